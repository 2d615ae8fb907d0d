//! Bursts.
pub mod chance;
pub mod discovery;
pub mod ears;
pub mod farrington;
mod regression;
