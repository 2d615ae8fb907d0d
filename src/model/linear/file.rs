//! The machine on disk: one safetensors file. Tensors: `buckets` u32, `idf` f32, `counts` u16 (weights of each
//! feature), `classes` u8 or u16, `weights` i8, `scale` f32, `bias` f32; the metadata says under the format's name which
//! head has how many labels. It is a single entry because several are written in random order, and the same machine
//! must give the same file.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};

use super::features::Features;
use super::{Linear, Weights, ranges};
use crate::case::Head;
use crate::disk;
use crate::error::{Error, Result};

/// The file's name in a model folder.
pub const FILE: &str = "linear.safetensors";
/// What the metadata must say; raised when the features or the layout change.
const FORMAT: &str = "guikou-linear-1";

impl Linear {
    /// Writes [`FILE`] into `folder`, which must stand.
    pub fn save(&self, folder: &Path) -> Result<()> {
        disk::write(&folder.join(FILE), &self.to_bytes()?)
    }

    /// Reads what [`Linear::save`] wrote.
    pub fn load(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let failed = |error: std::io::Error| {
            let path = path.display();
            Error::setup(
                format!("读不了线性模型 {path}：请换一个完整的模型目录，或重新训练"),
                format!("cannot read the linear model {path}: name a complete model folder or train again"),
            )
            .because(error)
        };
        let bytes = std::fs::read(&path).map_err(failed)?;
        Self::from_bytes(&bytes).map_err(|what| {
            let path = path.display();
            Error::setup(
                format!("线性模型 {path} 已损坏或版本不符：请重新训练"),
                format!("the linear model {path} is damaged or of another version: train again"),
            )
            .because(what)
        })
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        let Weights { starts, entries, scale, bias } = &self.weights;
        let counts: Vec<u8> = starts.windows(2).flat_map(|pair| ((pair[1] - pair[0]) as u16).to_le_bytes()).collect();
        let narrow = scale.len() <= 256;
        let classes: Vec<u8> = (entries.iter())
            .flat_map(|(class, _)| class.to_le_bytes().into_iter().take(if narrow { 1 } else { 2 }))
            .collect();
        let weights: Vec<u8> = entries.iter().flat_map(|(_, weight)| weight.to_le_bytes()).collect();
        let buckets: Vec<u8> = self.features.buckets.iter().flat_map(|bucket| bucket.to_le_bytes()).collect();
        let floats = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
        let tensors = [
            ("buckets", Dtype::U32, self.features.len(), buckets),
            ("idf", Dtype::F32, self.features.len(), floats(&self.features.idf)),
            ("counts", Dtype::U16, self.features.len(), counts),
            ("classes", if narrow { Dtype::U8 } else { Dtype::U16 }, entries.len(), classes),
            ("weights", Dtype::I8, entries.len(), weights),
            ("scale", Dtype::F32, scale.len(), floats(scale)),
            ("bias", Dtype::F32, bias.len(), floats(bias)),
        ];
        let views = tensors.iter().map(|(name, dtype, length, bytes)| {
            TensorView::new(*dtype, vec![*length], bytes).map(|view| (*name, view))
        });
        let views: Vec<_> = views.collect::<Result<_, _>>().map_err(broken)?;
        serialize(views, Some(self.metadata())).map_err(broken)
    }

    fn metadata(&self) -> HashMap<String, String> {
        let heads: BTreeMap<Head, usize> = self.labels();
        let heads = serde_json::to_string(&heads).expect("a map of names and numbers is JSON");
        HashMap::from([(FORMAT.into(), heads)])
    }

    /// What is wrong is said in a few words for the log; the caller names the file.
    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
        let said = header.metadata().as_ref().ok_or("no metadata")?;
        // `heads` is what the first version called it.
        let heads = said.get(FORMAT).or_else(|| said.get("heads")).ok_or(format!("its format is not {FORMAT}"))?;
        let heads: BTreeMap<Head, usize> = serde_json::from_str(heads).map_err(|error| format!("heads: {error}"))?;
        let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
        let model = Self {
            features: Features { buckets: numbers(&file, "buckets")?, idf: floats(&file, "idf")? },
            heads: ranges(heads.into_iter()),
            weights: Weights {
                starts: starts(&numbers(&file, "counts")?),
                entries: entries(&file)?,
                scale: floats(&file, "scale")?,
                bias: floats(&file, "bias")?,
            },
        };
        model.sound().then_some(model).ok_or_else(|| "its tensors do not fit each other".into())
    }

    /// Whether every index that [`Weights::margins`] will follow leads somewhere.
    fn sound(&self) -> bool {
        let Weights { starts, entries, scale, bias } = &self.weights;
        let classes = self.heads.values().map(|range| range.end).max().unwrap_or(0);
        self.features.buckets.is_sorted()
            && self.features.idf.len() == self.features.len()
            && starts.len() == self.features.len() + 1
            && starts.last().is_some_and(|end| *end as usize == entries.len())
            && (scale.len(), bias.len()) == (classes, classes)
            && entries.iter().all(|(class, _)| usize::from(*class) < classes)
    }
}

fn broken(error: safetensors::SafeTensorError) -> Error {
    Error::internal("线性模型写不成文件", "the linear model cannot be serialized").because(error)
}

/// Running sums from 0.
fn starts(counts: &[u32]) -> Vec<u32> {
    let sums = counts.iter().scan(0u32, |sum, count| {
        *sum = sum.wrapping_add(*count);
        Some(*sum)
    });
    std::iter::once(0).chain(sums).collect()
}

fn entries(file: &SafeTensors) -> Result<Vec<(u16, i8)>, String> {
    let classes = numbers(file, "classes")?;
    let weights = tensor(file, "weights")?;
    if weights.dtype() != Dtype::I8 || weights.data().len() != classes.len() {
        return Err("weights and classes differ in length".into());
    }
    Ok(classes.iter().zip(weights.data()).map(|(class, weight)| (*class as u16, *weight as i8)).collect())
}

/// A tensor of unsigned numbers, 1, 2 or 4 bytes each.
fn numbers(file: &SafeTensors, name: &str) -> Result<Vec<u32>, String> {
    let tensor = tensor(file, name)?;
    let bytes = match tensor.dtype() {
        Dtype::U8 => 1,
        Dtype::U16 => 2,
        Dtype::U32 => 4,
        other => return Err(format!("{name} is {other:?}")),
    };
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0u32, |number, byte| number << 8 | u32::from(*byte));
    Ok(tensor.data().chunks_exact(bytes).map(number).collect())
}

fn floats(file: &SafeTensors, name: &str) -> Result<Vec<f32>, String> {
    let tensor = tensor(file, name)?;
    if tensor.dtype() != Dtype::F32 {
        return Err(format!("{name} is {:?}", tensor.dtype()));
    }
    let (floats, _) = tensor.data().as_chunks::<4>();
    Ok(floats.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

fn tensor<'a>(file: &SafeTensors<'a>, name: &str) -> Result<TensorView<'a>, String> {
    file.tensor(name).map_err(|error| error.to_string())
}
