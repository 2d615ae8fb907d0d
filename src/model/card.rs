//! The model card (模型卡, Mitchell et al. 2019): what a model folder is, what it was made from, how well it did.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::train;
use crate::disk;
use crate::error::{Error, Result};

/// `card.json` of a model folder; `README.md` beside it says the same for people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    pub name: String,
    /// Date and fingerprint of the weights, and after `+` that of what `guikou tune` made of them: changes whenever an
    /// answer could.
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
    /// Marks on the reviewed messages that `guikou tune` calibrated it on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed: Option<Reviewed>,
}

/// What a calibrated model reached on the messages it was calibrated on, as shares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reviewed {
    pub messages: usize,
    /// By the marks of `guikou eval`: `level1`, `level2`, `petition`, `unit`, …
    pub marks: BTreeMap<String, ReviewedMarks>,
    /// Cases dispatched without a person (自动派单), and how many of them rightly.
    pub auto: Option<[f64; 2]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReviewedMarks {
    pub strict: f64,
    pub accepted: f64,
    pub top3: f64,
    pub calibration_error: f64,
}

/// The coverage–precision picture (`guikou eval --picture`), shown by the card where it lies beside it.
pub const PICTURE: &str = "coverage.svg";

const USE: &str = "\
## 用途与限制 What it is for, and not for

给市民诉求（12345 工单）建议分类、诉求类型、紧急程度和牵头单位，附概率。概率低于阈值、涉及举报人保护、紧急或群体性的来件由人决定；\
每条建议都带理由，可以改派。文本先脱敏再进模型，模型在本机运行，不联网。

不可用来认定事实、评价个人或决定处罚；不替代紧急电话。它只学过中文来件；换了分类目录、单位或城市，先用复核过的来件核对（`guikou eval`）再启用，\
并用 `guikou tune` 校准。

It proposes category, petition type, urgency and lead unit for citizens' requests, with probabilities; people decide what \
lies below the threshold or concerns protected reporters, emergencies or crowds. Texts are masked first, the model runs on \
this machine without a network. It establishes no facts, judges no person and replaces no emergency number. Check it on \
reviewed messages of your own before use (`guikou eval`), then calibrate it (`guikou tune`).

";

impl Reviewed {
    fn page(&self) -> String {
        let mut page = format!(
            "## 真实来件上的成绩 Marks on real messages\n\n{} 条人工复核的真实来件；概率和阈值在其上校准，故略偏乐观。\n\
             {} reviewed real messages; probabilities and threshold were calibrated on them, so the marks flatter a little.\n\n\
             | 项 mark | 严格 strict | 可接受 accepted | 前三 top-3 | 校准误差 calibration error |\n|---|---|---|---|---|\n",
            self.messages, self.messages
        );
        for (name, marks) in &self.marks {
            let [strict, accepted, top3] = [marks.strict, marks.accepted, marks.top3].map(|share| share * 100.0);
            let error = marks.calibration_error;
            page.push_str(&format!("| {name} | {strict:.1} % | {accepted:.1} % | {top3:.1} % | {error:.3} |\n"));
        }
        if let Some([coverage, precision]) = self.auto.map(|auto| auto.map(|share| share * 100.0)) {
            page.push_str(&format!(
                "\n自动派单：覆盖 {coverage:.1}%，其中派对 {precision:.1}%。\
                 Dispatched without a person: {coverage:.1} %, of which {precision:.1} % rightly.\n"
            ));
        }
        page + "\n"
    }
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

    /// The version of the weights alone: what two texts are compared by is the same whatever was tuned.
    pub fn weights(&self) -> &str {
        self.version.split('+').next().unwrap_or_default()
    }

    /// Writes `card.json` and the page for people.
    pub fn save(&self, dir: &Path) -> Result<()> {
        let card = serde_json::to_string_pretty(self)
            .map_err(|error| Error::internal("模型卡无法写成 JSON", "the model card is not JSON").because(error))?;
        disk::write(&dir.join("card.json"), (card + "\n").as_bytes())?;
        disk::write(&dir.join("README.md"), self.page(dir.join(PICTURE).is_file()).as_bytes())
    }

    /// `pictured`: the coverage–precision picture lies beside it.
    fn page(&self, pictured: bool) -> String {
        let mut page = format!(
            "# 模型卡 Model card: {}\n\n- 版本 version: `{}`\n- 训练日期 trained on: {}\n- 基础编码器 base: {}\n- 许可 licence: {}\n\n",
            self.name, self.version, self.trained_on, self.base, self.licence
        );
        page.push_str(USE);
        page.push_str(&self.reviewed.as_ref().map(Reviewed::page).unwrap_or_default());
        if pictured {
            page.push_str(&format!("![覆盖率–精确率 coverage and precision]({PICTURE})\n\n"));
        }
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
