mod routing;
mod taxonomy;
