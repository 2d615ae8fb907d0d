//! Averaging trainings (权重平均): models trained from one base on the same labels, their weights averaged, answer as an
//! ensemble of them would at the cost of one (model soups, Wortsman et al. 2022).

use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};

use super::card::Card;
use super::encoder::Encoder;
use super::heads::{self, Heads, Plan};
use super::weights::Config;
use crate::error::{Error, Result};

/// Refuses trainings that cannot be averaged: all must be whole, of the base's shape, and answer the labels of `plan`.
pub fn fits(dirs: &[PathBuf], plan: &Plan, base: &Config) -> Result<()> {
    for dir in dirs {
        Card::load(dir)?;
        if heads::read_plan(dir)? != *plan {
            let shown = dir.display();
            return Err(Error::invalid(
                format!("{shown} 的标签与训练文件的不同，不能平均：请用同样的标签训练"),
                format!("the labels of {shown} are not those of the files: train it on the same labels"),
            ));
        }
        let encoder = Encoder::load(dir)?;
        Heads::load(dir, plan, encoder.config().hidden_size)?;
        if encoder.config() != base {
            let shown = dir.display();
            return Err(Error::invalid(
                format!("{shown} 与基础模型的形状不同，不能平均"),
                format!("{shown} is not of the base model's shape and cannot be averaged"),
            ));
        }
    }
    Ok(())
}

/// Writes the mean of the encoders and heads of `dirs` to `out`; a folder named twice counts twice. See [`fits`].
pub fn average(dirs: &[PathBuf], out: &Path) -> Result<()> {
    for file in ["model.safetensors", "heads.safetensors"] {
        mean(dirs, file, out).map_err(|e| {
            let names: Vec<String> = dirs.iter().map(|dir| dir.display().to_string()).collect();
            let names = names.join("、");
            Error::setup(
                format!("这些模型不能平均：{names}（{file} 缺失、损坏或形状不同）"),
                format!("cannot average {names}: {file} is missing, damaged or of another shape"),
            )
            .because(e)
        })?;
    }
    Ok(())
}

/// A mean takes calibration, thresholds, marks, epochs and options of the first training averaged: what one of them held
/// out, another may have learnt.
pub fn as_its_first(first: &Path, card: &mut Card, out: &Path) -> Result<()> {
    for file in ["calibration.json", "thresholds.json"] {
        std::fs::copy(first.join(file), out.join(file)).map_err(|e| {
            let shown = first.join(file);
            let shown = shown.display();
            Error::setup(
                format!("{shown} 取不来：请检查它和磁盘"),
                format!("cannot copy {shown}: look at it and the disk"),
            )
            .because(e)
        })?;
    }
    let Card { version, marks, history, options, .. } = Card::load(first)?;
    card.base +=
        &format!("; 校准、留出集成绩、各轮和选项属 calibration, held-out marks, epochs and options of {version}");
    (card.marks, card.history, card.options) = (marks, history, options);
    Ok(())
}

fn mean(dirs: &[PathBuf], file: &str, out: &Path) -> candle_core::Result<()> {
    let share = 1.0 / dirs.len() as f64;
    let load = |dir: &PathBuf| candle_core::safetensors::load(dir.join(file), &Device::Cpu);
    let (Some(first), others) = (dirs.first().map(load).transpose()?, dirs.get(1..).unwrap_or_default()) else {
        return Ok(());
    };
    let others = others.iter().map(load).collect::<candle_core::Result<Vec<_>>>()?;
    let mixed = first.into_iter().map(|(name, tensor)| {
        let (kind, mut sum) = (tensor.dtype(), tensor.to_dtype(DType::F32)?);
        for other in &others {
            let Some(tensor) = other.get(&name) else { candle_core::bail!("{name} is missing") };
            sum = (sum + tensor.to_dtype(DType::F32)?)?;
        }
        Ok((name, (sum * share)?.to_dtype(kind)?))
    });
    let mixed = mixed.collect::<candle_core::Result<std::collections::HashMap<String, Tensor>>>()?;
    candle_core::safetensors::save(&mixed, out.join(file))
}
