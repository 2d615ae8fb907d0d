//! Vectors of meaning (句向量) from the base encoder, which was made for comparing texts by the cosine.
//!
//! The encoder that routes was trained away from that: themes that routing need not tell apart lie together in it.

use std::path::Path;

use super::encoder::Encoder;
use super::tokenizer;
use super::tokens::{Limit, Tokens};
use crate::error::Result;

/// Tokens of a text that are read, at most.
const LONGEST: usize = 256;

/// The base encoder (`models/base`), read-only.
pub struct Vectors {
    tokens: Tokens,
    encoder: Encoder,
    limit: Limit,
}

impl Vectors {
    pub fn load(dir: &Path) -> Result<Self> {
        let encoder = Encoder::load(dir)?;
        let (tokens, limit) = tokenizer(dir, encoder.config(), LONGEST)?;
        Ok(Self { tokens, encoder, limit })
    }

    /// One vector per text, in order, of length 1: that of `[CLS]`, as the encoder was trained.
    pub fn of(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let ids = texts.iter().map(|text| self.tokens.ids(text, self.limit)).collect::<Result<Vec<_>>>()?;
        let encoded = self.encoder.encode(&ids)?;
        Ok(encoded.cls.chunks_exact(encoded.hidden).map(|row| super::unit(row.to_vec())).collect())
    }
}
