//! What the figures say: how much, where, and what is growing.
//!
//! Pure reckoning over what the store gave out; it asks no clock and keeps nothing.

pub mod burst;
