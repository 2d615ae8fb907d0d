mod dataset;
mod linear;
mod score;
