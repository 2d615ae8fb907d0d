//! One binary for all behaviour a user could name; each module is one of them.

mod broken_model;
mod cli;
mod dataset;
mod door;
mod explain;
mod golden;
mod learn;
mod linear;
mod masking;
mod page;
mod refuse;
mod routing;
mod score;
mod segment;
mod submit;
mod taxonomy;
mod tidy;
