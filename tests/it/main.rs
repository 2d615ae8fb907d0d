//! One binary for all behaviour a user could name; each module is one of them.

mod dataset;
mod golden;
mod linear;
mod masking;
mod routing;
mod score;
mod segment;
mod taxonomy;
mod tidy;
