//! `guikou survey figures`, `guikou survey answers`: what a survey says, on the terminal or as JSON.

use clap::Args;

use crate::analytics::survey::Share;
use crate::cli::show::{FAINT, PLAIN, json};
use crate::error::Result;
use crate::survey::{self, AnswersAsked, Ground, QuestionsAsked};

#[derive(Args)]
pub struct Figures {
    #[arg(value_name = "编号")]
    id: String,
    /// 只要这一题；不给则为全部封闭题
    #[arg(long, value_name = "题号")]
    question: Option<String>,
    /// 与这道背景题交叉，随 JSON 给出
    #[arg(long, value_name = "题号", requires = "json")]
    by: Option<String>,
    /// 不加权
    #[arg(long)]
    unweighted: bool,
    /// 打印 JSON，与接口一致
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub struct Answers {
    #[arg(value_name = "编号")]
    id: String,
    /// 题号；不给则为全部开放题
    #[arg(long, value_name = "题号")]
    question: Option<String>,
    /// 封闭题：选了这一项的
    #[arg(long, value_name = "选项")]
    option: Option<String>,
    /// 开放题：说到这个主题或子主题的
    #[arg(long, value_name = "代码")]
    theme: Option<String>,
    /// 跳过前几份
    #[arg(long, value_name = "份数", default_value_t = 0)]
    skip: usize,
    /// 最多几份
    #[arg(long, value_name = "份数", default_value_t = 100)]
    most: usize,
    /// 打印 JSON，与接口一致
    #[arg(long)]
    json: bool,
}

impl Figures {
    pub fn run(&self, ground: Ground) -> Result<()> {
        let (question, by) = (self.question.clone(), self.by.clone());
        let figures = survey::figures(ground, &self.id, &QuestionsAsked { question, by, weighted: !self.unweighted })?;
        if self.json {
            return json(&figures);
        }
        for closed in &figures.questions {
            let few = if closed.few { "，不足 30 份，不宜解读" } else { "" };
            anstream::println!("{}  {} {FAINT}{} 份回答{few}{PLAIN}", closed.question, closed.text, closed.answered);
            closed.parts.iter().for_each(|part| line(part.share, &part.option));
            if let Some(satisfaction) = &closed.satisfaction {
                line(satisfaction.of_expressed, "满意率（以表了态的为底）");
            }
        }
        if let Some(caveat) = &figures.caveat {
            anstream::println!("{FAINT}{caveat}{PLAIN}");
        }
        Ok(())
    }
}

/// Count, share and interval before what they are of, so that columns stand under each other.
fn line(share: Option<Share>, of: &str) {
    let Some(Share { count, share, low, high, .. }) = share else {
        anstream::println!("{:>6}  {:>6}  {of} {FAINT}不显示{PLAIN}", "", "");
        return;
    };
    let interval = low.zip(high).map(|(low, high)| format!("{:.1}—{:.1}%", low * 100.0, high * 100.0));
    anstream::println!("{count:>6}  {:>5.1}%  {of} {FAINT}{}{PLAIN}", share * 100.0, interval.unwrap_or_default());
}

impl Answers {
    pub fn run(&self, ground: Ground) -> Result<()> {
        let asked = AnswersAsked {
            question: self.question.clone(),
            option: self.option.clone(),
            theme: self.theme.clone(),
            skip: self.skip,
            most: self.most,
            ..AnswersAsked::default()
        };
        let list = survey::answers(ground, &self.id, &asked)?;
        if self.json {
            return json(&list);
        }
        anstream::println!("{} {FAINT}共 {} 条，{} 人{PLAIN}", list.text, list.total, list.people);
        for answer in &list.answers {
            let themes: Vec<&str> = answer.themes.iter().map(|theme| theme.code.as_str()).collect();
            let said = [answer.chosen.join("、"), answer.text.clone().unwrap_or_default()];
            let said: Vec<&String> = said.iter().filter(|said| !said.is_empty()).collect();
            let said: Vec<&str> = said.iter().map(|said| said.as_str()).collect();
            let (question, respondent) = (&answer.question, &answer.respondent);
            anstream::println!(
                "{FAINT}{question}/{respondent}{PLAIN}  {} {FAINT}{}{PLAIN}",
                said.join("："),
                themes.join(" ")
            );
        }
        if let Some(next) = list.next {
            anstream::println!("{FAINT}还有：--skip {next}{PLAIN}");
        }
        Ok(())
    }
}
