mod linear;
mod taxonomy;
