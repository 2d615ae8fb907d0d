//! `guikou report daily|weekly|monthly|special`: operation reports as files, for cron as well.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::Local;
use clap::{Args, ValueEnum};

use super::{Desk, Shape, Which};
use crate::cli::export::{own, unwritable, with};
use crate::cli::show::{self, GOOD, PLAIN};
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::http::{Query, read_report};
use crate::insight::{ReportAsked, ReportKind};
use crate::report::archive::{self, Key};
use crate::report::{Print, print};

/// Which report, in what edition.
#[derive(Args)]
pub struct Wanted {
    /// 截至何时：日期或 RFC 3339 时间，默认现在；报告为此时已结束的最近一期
    #[arg(long, value_name = "时间")]
    as_of: Option<String>,
    /// 此时所在、尚未结束的一期，标明“本期未完”
    #[arg(long)]
    running: bool,
    /// 内部版或公开版（去标识，1 至 4 件的数字隐去）
    #[arg(long, value_enum, value_name = "版", default_value = "internal", hide_possible_values = true)]
    edition: Kind,
    /// 写到这个文件夹归档：各种格式，文件名含时段和输入摘要
    #[arg(long, value_name = "目录", conflicts_with_all = ["out", "json"])]
    archive: Option<PathBuf>,
}

/// Of a matter.
#[derive(Args)]
pub struct Special {
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    which: Which,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Internal,
    Public,
}

impl Special {
    pub fn run(&self, desk: &Desk, settings: &Settings, shape: &Shape) -> Result<()> {
        self.wanted.run(desk, settings, shape, ReportKind::Special, &self.which.given())
    }
}

impl Wanted {
    /// Read as a request is.
    pub fn run(
        &self,
        desk: &Desk,
        settings: &Settings,
        shape: &Shape,
        kind: ReportKind,
        more: &[(String, String)],
    ) -> Result<()> {
        let mut given = more.to_vec();
        given.extend(self.as_of.clone().map(|as_of| ("as_of".to_owned(), as_of)));
        given.push(("running".to_owned(), self.running.to_string()));
        let edition = if matches!(self.edition, Kind::Public) { "public" } else { "internal" };
        given.push(("edition".to_owned(), edition.to_owned()));
        let (now, zone) = (Local::now().fixed_offset(), desk.deadlines.offset());
        let (asked, _) = read_report(Query::of(given, zone), kind, &desk.taxonomy, now)?;
        let asked = ReportAsked { issuer: settings.reports.issuer.clone(), ..asked };
        let document = desk.insight.report(desk.ground(), &asked)?;
        let address = settings.reports.address.as_deref();
        if let Some(folder) = &self.archive {
            let key = Key { kind: kind.code().to_owned(), days: asked.period.days(), edition: asked.edition };
            for path in archive::file(folder, &key, &document, &settings.reports.formats, address)? {
                anstream::println!("{GOOD}✓{PLAIN} {}", path.display());
            }
            return Ok(());
        }
        match (&shape.out, shape.json) {
            (Some(out), _) => written(out, &print(&document, by_ending(out)?, address)?),
            (None, true) => show::json(&document),
            (None, false) => {
                let text = print(&document, Print::Markdown, None)?;
                anstream::print!("{}", String::from_utf8_lossy(&text));
                Ok(())
            }
        }
    }
}

fn by_ending(out: &Path) -> Result<Print> {
    let ending = out.extension().map(|ending| ending.to_string_lossy().into_owned()).unwrap_or_default();
    let known = Print::ALL.map(Print::code).join("、");
    Print::called(&ending).ok_or_else(|| {
        Error::setup(
            format!("不知道写成什么格式：文件名须以 {known} 结尾"),
            format!("unknown format: the name must end in {known}"),
        )
    })
}

/// Written under another name first: a file with the right name is always whole.
fn written(out: &Path, bytes: &[u8]) -> Result<()> {
    let part = with(out, ".part");
    let write = || {
        let mut file = own(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, out)
    };
    write().map_err(|error| unwritable(out).because(error))?;
    anstream::println!("{GOOD}✓{PLAIN} 报告已写到 {}", out.display());
    Ok(())
}
