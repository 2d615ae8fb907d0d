//! The model card (模型卡, Mitchell et al. 2019): what a model folder is, what it was made from, how well it did.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::train;
use crate::error::{Error, Result};

/// `card.json` of a model folder; `README.md` beside it says the same for people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    pub name: String,
    /// Date and fingerprint of the weights: changes whenever an answer could.
    pub version: String,
    /// The day it was trained.
    pub trained_on: chrono::NaiveDate,
    /// The encoder it started from.
    pub base: String,
    pub licence: String,
    pub data: Vec<Source>,
    pub options: train::Options,
    pub history: Vec<train::Epoch>,
    /// Marks on the held-out part: head → mark → value.
    pub marks: BTreeMap<String, BTreeMap<String, f64>>,
}

/// One training file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    pub file: String,
    pub examples: usize,
    pub sha256: String,
}

impl Card {
    pub fn load(dir: &Path) -> Result<Self> {
        let file = dir.join("card.json");
        let missing = |e: std::io::Error| {
            Error::setup(
                format!("没有模型：{}（先用 guikou train 训练，或用 --model 指向已有模型）", dir.display()),
                format!("no model in {}: train one with `guikou train`, or point --model at one", dir.display()),
            )
            .because(e)
        };
        let text = std::fs::read_to_string(&file).map_err(missing)?;
        serde_json::from_str(&text).map_err(|e| {
            Error::setup("模型卡写错了", "the model card is broken").at(
                format!("{}:{}", file.display(), e.line()),
                e.to_string(),
                e.to_string(),
            )
        })
    }

    /// Writes `card.json` and the page for people.
    pub fn save(&self, dir: &Path) -> Result<()> {
        let write = |name: &str, text: String| {
            std::fs::write(dir.join(name), text).map_err(|e| {
                Error::setup(format!("写不进 {}", dir.display()), format!("cannot write to {}", dir.display()))
                    .because(e)
            })
        };
        write("card.json", serde_json::to_string_pretty(self).unwrap_or_default() + "\n")?;
        write("README.md", self.page())
    }

    fn page(&self) -> String {
        let mut page = format!(
            "# 模型卡 Model card: {}\n\n- 版本 version: `{}`\n- 训练日期 trained on: {}\n- 基础编码器 base: {}\n- 许可 licence: {}\n\n",
            self.name, self.version, self.trained_on, self.base, self.licence
        );
        page.push_str("## 数据 Data\n\n| 文件 file | 条数 examples | sha256 |\n|---|---|---|\n");
        for source in &self.data {
            page.push_str(&format!("| {} | {} | `{}` |\n", source.file, source.examples, source.sha256));
        }
        page.push_str(
            "\n## 留出集成绩 Marks on the held-out part\n\n| 头 head | 指标 mark | 值 value |\n|---|---|---|\n",
        );
        for (head, marks) in &self.marks {
            for (mark, value) in marks {
                page.push_str(&format!("| {head} | {mark} | {value:.4} |\n"));
            }
        }
        page.push_str(
            "\n留出集与训练集按近重复和事件分组，互不相交；它与训练集同一来源，真实来件上的成绩另测，见仓库 README。\n\
             The held-out part shares no near-duplicate and no event with the training part, but comes from the same \
             authors: marks on real messages were taken apart and stand in the repository's README.\n\n## 训练 Training\n\n",
        );
        page.push_str(&format!("```json\n{}\n```\n", serde_json::to_string_pretty(&self.options).unwrap_or_default()));
        for epoch in &self.history {
            page.push_str(&format!(
                "\n- epoch {}: loss {:.3}, held-out mark {:.4}",
                epoch.epoch, epoch.loss, epoch.mark
            ));
        }
        page.push('\n');
        page
    }
}
