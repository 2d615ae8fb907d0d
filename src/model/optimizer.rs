//! AdamW (Loshchilov & Hutter 2019), one pass over memory for each variable, and only over the rows of the word
//! table that a batch touched.
//!
//! candle's own walks every variable a dozen times, which for 24 M parameters costs a third of a training step.

use std::collections::HashMap;
use std::sync::Mutex;

use candle_core::{CpuStorage, Device, InplaceOp1, Layout, Result, Tensor, Var, bail};
use rayon::prelude::*;

use super::backward::{lend, values};
use super::graph::{Gradients, WORDS};

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.98;
const EPSILON: f32 = 1e-6;
/// Values handed to one thread at a time.
const CHUNK: usize = 1 << 15;

/// A variable with its two moments.
struct Slot {
    name: String,
    var: Var,
    /// Learning rate relative to the step's.
    pace: f32,
    decay: f32,
    moments: Mutex<(Vec<f32>, Vec<f32>)>,
}

pub struct AdamW {
    slots: Vec<Slot>,
    pub steps: u32,
}

/// One variable's update, run in place on its storage.
struct Update<'a> {
    slot: &'a Slot,
    grads: &'a Gradients,
    rate: f32,
    clip: f32,
    steps: u32,
}

impl Update<'_> {
    fn values(&self, theta: &mut [f32], grad: &[f32], m: &mut [f32], v: &mut [f32]) {
        let (warm1, warm2) = (1.0 - BETA1.powi(self.steps as i32), 1.0 - BETA2.powi(self.steps as i32));
        let (rate, keep) = (self.rate / warm1, 1.0 - self.rate * self.slot.decay);
        for (((theta, grad), m), v) in theta.iter_mut().zip(grad).zip(m).zip(v) {
            let g = grad * self.clip;
            *m = BETA1 * *m + (1.0 - BETA1) * g;
            *v = BETA2 * *v + (1.0 - BETA2) * g * g;
            *theta = *theta * keep - rate * *m / ((*v / warm2).sqrt() + EPSILON);
        }
    }
}

impl InplaceOp1 for Update<'_> {
    fn name(&self) -> &'static str {
        "adamw"
    }

    fn cpu_fwd(&self, theta: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let CpuStorage::F32(theta) = theta else { bail!("AdamW updates f32") };
        let Ok(mut moments) = self.slot.moments.lock() else { bail!("a training thread died") };
        let (m, v) = &mut *moments;
        if self.slot.name == WORDS {
            let width = layout.dims()[1];
            for (&id, grad) in &self.grads.words {
                let row = id as usize * width..(id as usize + 1) * width;
                self.values(&mut theta[row.clone()], grad, &mut m[row.clone()], &mut v[row]);
            }
        } else if let Some(grad) = self.grads.dense.get(&self.slot.name) {
            lend(grad, |grad| {
                (theta.par_chunks_mut(CHUNK).zip(grad.par_chunks(CHUNK)))
                    .zip(m.par_chunks_mut(CHUNK).zip(v.par_chunks_mut(CHUNK)))
                    .for_each(|((theta, grad), (m, v))| self.values(theta, grad, m, v));
            })?;
        }
        Ok(())
    }
}

fn squares(values: &[f32]) -> f64 {
    values.chunks(CHUNK).map(|c| c.iter().map(|x| x * x).sum::<f32>() as f64).sum()
}

impl AdamW {
    /// `vars`: name, variable, pace. Matrices decay by `decay`; biases, norms and embeddings do not.
    pub fn new<'a>(vars: impl Iterator<Item = (String, &'a Var, f32)>, decay: f32) -> Self {
        let slots = vars
            .map(|(name, var, pace)| {
                let matrix = var.rank() == 2 && !name.starts_with("embeddings");
                let zeros = vec![0f32; var.elem_count()];
                let moments = Mutex::new((zeros.clone(), zeros));
                Slot { decay: if matrix { decay } else { 0.0 }, var: var.clone(), name, pace, moments }
            })
            .collect();
        Self { slots, steps: 0 }
    }

    /// Applies one step's gradients, scaled down together where their norm exceeds 1.
    pub fn step(&mut self, grads: &Gradients, rate: f32) -> Result<()> {
        self.steps += 1;
        let mut total: f64 = grads.words.values().map(|row| squares(row)).sum();
        for grad in grads.dense.values() {
            total += lend(grad, squares)?;
        }
        let clip = (1.0 / total.sqrt().max(1e-12)).min(1.0) as f32;
        for slot in &self.slots {
            let update = Update { slot, grads, rate: rate * slot.pace, clip, steps: self.steps };
            slot.var.as_tensor().inplace_op1(&update)?;
        }
        Ok(())
    }

    /// Weights and moments by name, for a checkpoint.
    pub fn state(&self) -> Result<HashMap<String, Tensor>> {
        let mut state = HashMap::new();
        for slot in &self.slots {
            let Ok(moments) = slot.moments.lock() else { bail!("a training thread died") };
            let like = |values: &[f32]| Tensor::from_slice(values, slot.var.shape(), &Device::Cpu);
            state.insert(format!("{}#m", slot.name), like(&moments.0)?);
            state.insert(format!("{}#v", slot.name), like(&moments.1)?);
            state.insert(slot.name.clone(), slot.var.as_detached_tensor());
        }
        Ok(state)
    }

    /// Takes up a checkpoint.
    pub fn restore(&mut self, state: &HashMap<String, Tensor>, steps: u32) -> Result<()> {
        for slot in &self.slots {
            let get = |name: String| match state.get(&name) {
                Some(tensor) => Ok(tensor),
                None => bail!("the checkpoint lacks {name}"),
            };
            slot.var.set(get(slot.name.clone())?)?;
            let loaded = (values(get(format!("{}#m", slot.name))?)?, values(get(format!("{}#v", slot.name))?)?);
            let Ok(mut moments) = slot.moments.lock() else { bail!("a training thread died") };
            *moments = loaded;
        }
        self.steps = steps;
        Ok(())
    }
}
