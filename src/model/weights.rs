//! A model folder's `config.json` and `model.safetensors`, read and checked.

use std::path::{Path, PathBuf};

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The shape of a BERT encoder, as Hugging Face's `config.json` names it; other fields are ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub intermediate_size: usize,
    pub max_position_embeddings: usize,
    pub type_vocab_size: usize,
    pub layer_norm_eps: f64,
    /// Only `gelu` (the exact one, by erf) is known.
    pub hidden_act: String,
}

impl Config {
    /// Reads `dir/config.json` and refuses what no encoder can have.
    pub fn load(dir: &Path) -> Result<Self> {
        let path = dir.join("config.json");
        let config: Self = serde_json::from_slice(&read(&path)?).map_err(|error| {
            setup(&path, &format!("不是有效的模型配置:{error}"), &format!("is no valid model config: {error}"))
        })?;
        config.check().map_err(|(zh, en)| setup(&path, zh, en))?;
        Ok(config)
    }

    /// Values per head.
    pub fn head_size(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }

    fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let sizes = [
            self.vocab_size,
            self.hidden_size,
            self.num_hidden_layers,
            self.num_attention_heads,
            self.intermediate_size,
            self.max_position_embeddings,
            self.type_vocab_size,
        ];
        if sizes.contains(&0) {
            return Err(("各项尺寸必须大于 0", "every size must be greater than 0"));
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return Err((
                "hidden_size 必须能被 num_attention_heads 整除",
                "hidden_size must be a multiple of num_attention_heads",
            ));
        }
        if self.hidden_act != "gelu" {
            return Err(("hidden_act 只支持 gelu", "hidden_act must be gelu"));
        }
        if !(self.layer_norm_eps > 0.0 && self.layer_norm_eps < 1.0) {
            return Err(("layer_norm_eps 必须在 0 与 1 之间", "layer_norm_eps must lie between 0 and 1"));
        }
        Ok(())
    }
}

/// The bytes of a safetensors file and where they came from.
pub(super) struct Weights {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Weights {
    pub fn read(dir: &Path) -> Result<Self> {
        let path = dir.join("model.safetensors");
        Ok(Self { bytes: read(&path)?, path })
    }

    pub fn open(&self) -> Result<Tensors<'_>> {
        let tensors = SafeTensors::deserialize(&self.bytes).map_err(|error| {
            setup(
                &self.path,
                "不是完整的 safetensors 文件,请重新复制该文件",
                "is damaged or no safetensors file; copy it again",
            )
            .because(error)
        })?;
        Ok(Tensors { path: &self.path, tensors })
    }
}

/// The tensors of one file, by Hugging Face name; a leading `bert.` in the file is allowed.
pub(super) struct Tensors<'a> {
    path: &'a Path,
    tensors: SafeTensors<'a>,
}

impl Tensors<'_> {
    /// The tensor `name` in row-major f32; must have `shape`. Stored as F32, F16 or BF16.
    pub fn get(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let found = self.tensors.tensor(name).or_else(|_| self.tensors.tensor(&format!("bert.{name}")));
        let tensor = found.map_err(|_| {
            setup(self.path, &format!("缺少张量 {name},权重与 config.json 不配套"), &format!("lacks tensor {name}"))
        })?;
        if tensor.shape() != shape {
            let (got, want) = (tensor.shape(), shape);
            let zh = format!("张量 {name} 的形状是 {got:?},config.json 要求 {want:?}");
            return Err(setup(
                self.path,
                &zh,
                &format!("tensor {name} has shape {got:?}, config.json asks for {want:?}"),
            ));
        }
        let data = tensor.data();
        match tensor.dtype() {
            Dtype::F32 => Ok(data.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()),
            Dtype::F16 => Ok(data.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect()),
            Dtype::BF16 => Ok(data.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b).to_f32()).collect()),
            other => Err(setup(
                self.path,
                &format!("张量 {name} 的类型 {other:?} 不支持,请用 F32、F16 或 BF16"),
                &format!("tensor {name} is {other:?}; use F32, F16 or BF16"),
            )),
        }
    }
}

/// The bytes of a file of the model folder.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        setup(path, "无法读取,请检查模型目录", "cannot be read; check the model folder").because(error)
    })
}

/// An operator's error that names the file.
pub(super) fn setup(path: &Path, zh: &str, en: &str) -> Error {
    let path = path.display();
    Error::setup(format!("{path} {zh}"), format!("{path} {en}"))
}
