//! The tokenizer: a text becomes the ids of its WordPiece tokens, and each id knows where in the text it stands.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use tokenizers::Tokenizer;

use super::weights::{read, setup};
use crate::error::{Error, Result};

/// The `tokenizer.json` of a model folder.
pub struct Tokens {
    tokenizer: Tokenizer,
    cls: u32,
    sep: u32,
}

/// How long a sequence may get, and what stays of a longer one.
///
/// A complaint tells the matter first and asks for something last, so both ends are kept and the middle goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Ids at most, `[CLS]` and `[SEP]` among them.
    pub tokens: usize,
    /// How many of them are kept for the end of a text that is too long.
    pub tail: usize,
}

impl Limit {
    /// Three quarters for the beginning, one quarter for the end.
    pub fn of(tokens: usize) -> Self {
        Self { tokens, tail: tokens / 4 }
    }
}

/// A text as the encoder takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokenized {
    /// `[CLS]`, the text's tokens, `[SEP]`.
    pub ids: Vec<u32>,
    /// For each id the Unicode scalar values of the text it stands for; empty for `[CLS]` and `[SEP]`.
    pub offsets: Vec<Range<usize>>,
}

impl Tokens {
    /// Reads `dir/tokenizer.json`.
    pub fn load(dir: &Path) -> Result<Self> {
        let path = dir.join("tokenizer.json");
        let mut tokenizer = Tokenizer::from_bytes(read(&path)?)
            .map_err(|error| setup(&path, "不是有效的分词器文件", "is no valid tokenizer").because(error))?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).expect("no truncation has nothing to refuse");
        // A text that spells "[SEP]" means these five characters, not the end of a sequence.
        tokenizer.set_encode_special_tokens(true);
        let special = |token: &str| {
            tokenizer
                .token_to_id(token)
                .ok_or_else(|| setup(&path, &format!("词表缺少 {token}"), &format!("lacks {token} in its vocabulary")))
        };
        let (cls, sep) = (special("[CLS]")?, special("[SEP]")?);
        Ok(Self { tokenizer, cls, sep })
    }

    /// Size of the vocabulary, added tokens included.
    pub fn vocabulary(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// The ids of `characters`, as far as the vocabulary has them.
    pub fn known(&self, characters: &str) -> BTreeSet<u32> {
        characters.chars().filter_map(|c| self.tokenizer.token_to_id(&c.to_string())).collect()
    }

    /// The ids alone: a little faster than [`Self::encode`].
    pub fn ids(&self, text: &str, limit: Limit) -> Result<Vec<u32>> {
        let encoding = self.tokenizer.encode_fast(text, false).map_err(failed)?;
        Ok(framed(encoding.get_ids(), limit, self.cls, self.sep))
    }

    /// The ids and where in the text they stand.
    pub fn encode(&self, text: &str, limit: Limit) -> Result<Tokenized> {
        let encoding = self.tokenizer.encode_char_offsets(text, false).map_err(failed)?;
        let offsets: Vec<_> = encoding.get_offsets().iter().map(|(start, end)| *start..*end).collect();
        let end = offsets.last().map_or(0, |last| last.end);
        Ok(Tokenized {
            ids: framed(encoding.get_ids(), limit, self.cls, self.sep),
            offsets: framed(&offsets, limit, 0..0, end..end),
        })
    }
}

/// Cuts the middle out of what is too long and puts the first and the last around it.
fn framed<T: Clone>(all: &[T], limit: Limit, first: T, last: T) -> Vec<T> {
    let room = limit.tokens.saturating_sub(2);
    let (head, tail) = if all.len() <= room {
        (all, &all[..0])
    } else {
        let tail = limit.tail.min(room);
        (&all[..room - tail], &all[all.len() - tail..])
    };
    let mut framed = Vec::with_capacity(head.len() + tail.len() + 2);
    framed.push(first);
    framed.extend_from_slice(head);
    framed.extend_from_slice(tail);
    framed.push(last);
    framed
}

fn failed(error: tokenizers::Error) -> Error {
    Error::internal("分词失败", "the tokenizer failed").because(error)
}
