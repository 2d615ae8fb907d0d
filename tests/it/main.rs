mod masking;
mod segment;
