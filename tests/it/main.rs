mod dataset;
mod linear;
