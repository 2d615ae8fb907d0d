//! Labelled examples (样例) kept with the model, so that a suggestion can show decided cases like the one at hand.
//!
//! Vectors are int8 with one scale (they have length 1): recall at 10 measured 0.98 of exact, a quarter of the room.

use std::collections::HashSet;
use std::io::{ErrorKind, Write};
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::case::Similar;
use crate::error::{Error, Result};

/// One line of `examples.jsonl`; the text is masked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    pub id: String,
    pub category: String,
    pub unit: String,
    pub text: String,
    /// Whoever wrote it needs protection (举报人保护): learnt from, never shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protected: bool,
}

/// All examples with their vectors, row by row.
#[derive(Default)]
pub struct Examples {
    lines: Vec<Example>,
    vectors: Vec<i8>,
    width: usize,
}

/// The largest component of a unit vector that is kept exactly; larger ones are cut. Of 512 components none is near.
const REACH: f32 = 0.5;

fn narrow(value: f32) -> i8 {
    (value / REACH * 127.0).round().clamp(-127.0, 127.0) as i8
}

impl Examples {
    pub fn of(lines: Vec<Example>, embeddings: &[Vec<f32>]) -> Self {
        let width = embeddings.first().map_or(0, Vec::len);
        let vectors = embeddings.iter().flatten().map(|x| narrow(*x)).collect();
        Self { lines, vectors, width }
    }

    /// The `count` examples nearest to a unit vector, nearest first; none of a reporter who needs protection.
    pub fn nearest(&self, embedding: &[f32], count: usize) -> Vec<Similar> {
        if embedding.len() != self.width || self.width == 0 {
            return Vec::new();
        }
        let score = |row: &[i8]| row.iter().zip(embedding).map(|(a, b)| *a as f32 * b).sum::<f32>() * REACH / 127.0;
        let mut scored: Vec<(f32, usize)> = self.vectors.chunks_exact(self.width).map(score).zip(0..).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let shown = scored.into_iter().filter(|(_, i)| !self.lines[*i].protected);
        let similar = shown.take(count).map(|(score, i)| {
            let Example { id, category, unit, text, .. } = self.lines[i].clone();
            Similar { case: id, score: score.clamp(-1.0, 1.0), category, unit, text }
        });
        similar.collect()
    }

    /// Each example's category with its embedding.
    pub fn embedded(&self) -> impl Iterator<Item = (&str, Vec<f32>)> {
        let wide = |row: &[i8]| row.iter().map(|x| f32::from(*x) * REACH / 127.0).collect();
        let rows = self.vectors.chunks_exact(self.width.max(1)).map(wide);
        self.lines.iter().map(|line| line.category.as_str()).zip(rows)
    }

    /// Which of the texts, masked, stand among the examples.
    pub fn known(&self, texts: &[&str]) -> Vec<bool> {
        let known: HashSet<&str> = self.lines.iter().map(|line| line.text.as_str()).collect();
        texts.iter().map(|text| known.contains(text)).collect()
    }

    /// Writes `examples.jsonl` and `examples.safetensors`.
    pub fn save(&self, dir: &Path) -> Result<()> {
        let failed = |e: Box<dyn std::error::Error + Send + Sync>| {
            Error::setup(format!("写不进 {}", dir.display()), format!("cannot write to {}", dir.display())).because(e)
        };
        let mut lines = String::new();
        for line in &self.lines {
            lines.push_str(&serde_json::to_string(line).map_err(|e| failed(e.into()))?);
            lines.push('\n');
        }
        own(&dir.join("examples.jsonl"))
            .and_then(|mut file| file.write_all(lines.as_bytes()))
            .map_err(|e| failed(e.into()))?;
        let bytes: Vec<u8> = self.vectors.iter().map(|x| x.cast_unsigned()).collect();
        let tensor = Tensor::from_vec(bytes, (self.lines.len(), self.width), &Device::Cpu);
        let file = dir.join("examples.safetensors");
        let save = |tensor: Tensor| candle_core::safetensors::save(&[("vectors", tensor)].into(), file);
        tensor.and_then(save).map_err(|e| failed(e.into()))
    }

    /// Reads what `save` wrote; a folder without examples has none.
    pub fn load(dir: &Path) -> Result<Self> {
        let file = dir.join("examples.jsonl");
        let Ok(text) = std::fs::read_to_string(&file) else { return Ok(Self::default()) };
        let mut lines = Vec::new();
        for (number, line) in text.lines().enumerate() {
            lines.push(serde_json::from_str(line).map_err(|e| {
                let at = format!("{}:{}", file.display(), number + 1);
                Error::setup("样例文件有坏行", "a line of the example file is broken").at(
                    at,
                    e.to_string(),
                    e.to_string(),
                )
            })?);
        }
        let file = dir.join("examples.safetensors");
        let read = || -> candle_core::Result<(Vec<u8>, usize)> {
            let raw = candle_core::safetensors::load(&file, &Device::Cpu)?;
            let Some(tensor) = raw.get("vectors") else { candle_core::bail!("`vectors` is missing") };
            let (rows, width) = tensor.dims2()?;
            if rows != lines.len() || tensor.dtype() != DType::U8 {
                candle_core::bail!("{rows} vectors for {} examples", lines.len());
            }
            Ok((tensor.flatten_all()?.to_vec1::<u8>()?, width))
        };
        let (bytes, width) = read().map_err(|e| {
            Error::setup(format!("样例向量读不了：{}", file.display()), format!("cannot read {}", file.display()))
                .because(e)
        })?;
        Ok(Self { lines, vectors: bytes.into_iter().map(u8::cast_signed).collect(), width })
    }
}

/// A new file for its owner only: it holds what citizens wrote.
fn own(path: &Path) -> std::io::Result<std::fs::File> {
    std::fs::remove_file(path).or_else(|e| if e.kind() == ErrorKind::NotFound { Ok(()) } else { Err(e) })?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_example_survives_rounding_and_the_disk() {
        let unit = |angle: f32| {
            let mut v = vec![0f32; 16];
            (0..16).for_each(|i| v[i] = (angle * (i + 1) as f32).sin());
            let norm = v.iter().map(|x| x * x).sum::<f32>().sqrt();
            v.into_iter().map(|x| x / norm).collect::<Vec<f32>>()
        };
        let line = |i: usize| Example {
            id: format!("e{i}"),
            category: "0101".into(),
            unit: "ZJJ".into(),
            text: "…".into(),
            protected: i == 2,
        };
        let vectors: Vec<Vec<f32>> = (0..5).map(|i| unit(0.3 + i as f32)).collect();
        let dir = tempfile::tempdir().unwrap();
        Examples::of((0..5).map(line).collect(), &vectors).save(dir.path()).unwrap();
        let found = Examples::load(dir.path()).unwrap().nearest(&vectors[3], 2);
        assert_eq!(found[0].case, "e3");
        assert!(found[0].score > 0.98 && found[1].score < found[0].score);
        let all = Examples::load(dir.path()).unwrap().nearest(&vectors[2], 5);
        assert!(all.len() == 4 && all.iter().all(|similar| similar.case != "e2"), "{all:?}");
    }
}
