//! The model: what a text is about, computed here.

pub mod linear;
pub mod score;
pub mod split;
