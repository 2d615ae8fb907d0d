//! What is wrong with a file of answers, told before anything is computed (数据检查).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Error, Result};

/// 数据检查：答卷文件里要改的和要知道的。
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Checklist {
    /// 不改就不能计算的在前，其余按题目次序
    pub findings: Vec<Finding>,
}

/// 一处问题，和该怎么办。不含答卷内容。
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// 问题的种类，如 `duplicate_id`
    pub code: String,
    /// 不改就不能计算
    pub fatal: bool,
    /// 题号；不是某一题的事则没有
    pub question: Option<String>,
    /// 一共几处
    pub count: usize,
    /// 所在的行（文本文件）或表格行，从 1 起；只列前 20 处
    pub lines: Vec<usize>,
    /// 怎么回事，怎么办
    pub zh: String,
    /// The same in English
    pub en: String,
}

/// So many lines are named; more are counted.
const NAMED: usize = 20;

impl Finding {
    fn new(code: &str, fatal: bool, zh: impl Into<String>, en: impl Into<String>) -> Self {
        let (code, zh, en) = (code.to_owned(), zh.into(), en.into());
        Self { code, fatal, question: None, count: 1, lines: Vec::new(), zh, en }
    }

    /// One that must be mended before anything is computed.
    pub fn fatal(code: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(code, true, zh, en)
    }

    /// One that people should know.
    pub fn warning(code: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(code, false, zh, en)
    }

    pub fn of(mut self, question: &str) -> Self {
        self.question = Some(question.to_owned());
        self
    }

    /// Where it stands; each place counts once.
    pub fn on(mut self, lines: impl IntoIterator<Item = usize>) -> Self {
        let mut lines: Vec<usize> = lines.into_iter().collect();
        lines.sort_unstable();
        self.count = lines.len();
        lines.truncate(NAMED);
        self.lines = lines;
        self
    }

    /// `第 3、17 行` or `第 3、17……行（共 40 处）`; empty where no line is named.
    pub fn place(&self) -> String {
        if self.lines.is_empty() {
            return String::new();
        }
        let lines: Vec<String> = self.lines.iter().map(usize::to_string).collect();
        let lines = lines.join("、");
        if self.count > self.lines.len() {
            format!("第 {lines} …行（共 {} 处）", self.count)
        } else {
            format!("第 {lines} 行")
        }
    }
}

impl Checklist {
    pub fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub fn fatal(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.fatal)
    }

    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| !finding.fatal)
    }

    pub fn has(&self, code: &str) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }

    /// Fatal ones first; the order is kept otherwise.
    pub fn sorted(mut self) -> Self {
        self.findings.sort_by_key(|finding| !finding.fatal);
        self
    }

    /// Refuses what cannot be computed: one error that names every fatal finding.
    pub fn settle(&self) -> Result<()> {
        let count = self.fatal().count();
        if count == 0 {
            return Ok(());
        }
        let error = Error::invalid(
            format!("答卷文件有 {count} 处不改就不能计算："),
            format!("the file of answers has {count} places to mend before anything is computed"),
        );
        let at = |finding: &Finding| {
            let place = finding.place();
            if place.is_empty() { format!("/{}", finding.question.as_deref().unwrap_or(&finding.code)) } else { place }
        };
        Err(self.fatal().fold(error, |error, finding| error.at(at(finding), &finding.zh, &finding.en)))
    }
}

/// 答卷文件的一列，读作什么。
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SurveyColumn {
    /// 表格里的列号，如 `E`
    pub column: String,
    /// 列名；个人信息的列也有列名，但内容不读
    pub header: String,
    /// 读作哪一题；编号、时间等列和没有读的列没有题号
    pub question: Option<String>,
    /// 读作什么；`skip` 是没有读
    pub kind: super::QuestionKind,
    /// 是个人信息，已丢弃
    pub personal: bool,
}
