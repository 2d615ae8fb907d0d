//! Bursts (突增): what is more than usual, as far as other figures need it.

pub mod chance;
pub mod discovery;
