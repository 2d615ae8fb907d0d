//! The model: what a text is about, computed here.

pub mod linear;
