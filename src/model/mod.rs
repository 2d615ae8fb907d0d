//! The model: what a text is about, computed here.

pub mod linear;
//! The transformer: tokens in, hidden states out.
pub mod encoder;
mod kernels;
pub mod tokens;
pub mod weights;
