//! The themes of a survey's open answers, from proposal to signature (签认). A person decides; each step is kept.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::read::Readings;
use super::{Ground, Progress};
use crate::case::{AnswerKey, Frame, FrameStep, Mapped, NO_OPINION, QuestionKind, Theme};
use crate::dataset::survey::ThemesFile;
use crate::error::{Error, Kind, Result, Saying};
use crate::store::{FrameState, FrameVersion, KeptSurvey, Mapping, Offered};
use crate::themes::{self, Answer, Mapper, Proposal, ProposeOptions, QuoteRules};

/// So many answers are offered for confirmation for each theme, and so many stand by for those that are: of a proposal
/// the typical ones, of signed themes the most doubtful.
const OFFERED: usize = 6;
const KEPT: usize = 2 * OFFERED;
/// Open answers below which themes are not proposed: so few are read one by one.
const FEWEST: usize = 20;

/// 一次调查的主题表
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FrameBody {
    /// 调查编号
    pub survey: String,
    /// 版本，改一步加一；修改时须给出所看到的版本
    pub version: i64,
    pub at: DateTime<Utc>,
    pub state: FrameState,
    /// 主题和确认过的答案
    pub frame: Frame,
    /// 请确认的答案，最有用的在前：提出时为每个主题的典型答案，签认后为最拿不准的答案
    pub typical: Vec<Typical>,
    /// 怎样一步步改来的
    pub log: Vec<LogLine>,
}

/// 一个主题请人确认的答案
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Typical {
    /// 主题代码
    pub code: String,
    pub answers: Vec<TypicalAnswer>,
}

/// 一条请确认的答案
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TypicalAnswer {
    pub answer: AnswerKey,
    /// 原话，已脱敏
    pub text: String,
}

/// 改的一步
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LogLine {
    pub version: i64,
    pub at: DateTime<Utc>,
    pub actor: Option<String>,
    pub state: FrameState,
    /// 做了什么；整表替换、提出和签认时没有
    pub step: Option<FrameStep>,
}

/// 对主题表的修改：逐步，或整表替换
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FrameChange {
    /// 所看到的版本；还没有主题表时为 0
    pub version: i64,
    /// 依次做的各步
    #[serde(default)]
    pub steps: Vec<FrameStep>,
    /// 整表替换
    #[serde(default)]
    pub frame: Option<Frame>,
    /// 谁改的
    #[serde(default)]
    pub actor: Option<String>,
}

/// Who acts, and when.
#[derive(Debug, Clone)]
pub struct By {
    pub actor: Option<String>,
    pub now: DateTime<Utc>,
}

/// The themes as they stand; none where nothing was proposed.
pub fn frame_of(ground: Ground, id: &str) -> Result<Option<FrameBody>> {
    let kept = ground.store.survey(id)?;
    let versions = ground.store.frames(id)?;
    let Some(last) = versions.last().cloned() else { return Ok(None) };
    let log = versions.into_iter().map(|version| LogLine {
        version: version.version,
        at: version.at,
        actor: version.actor,
        state: version.state,
        step: version.step,
    });
    let typical = typical(&kept, &last.frame, &ground.store.offered(id)?);
    Ok(Some(FrameBody {
        survey: kept.id,
        version: last.version,
        at: last.at,
        state: last.state,
        frame: last.frame,
        typical,
        log: log.collect(),
    }))
}

/// What is still to be confirmed, with its words.
fn typical(kept: &KeptSurvey, frame: &Frame, offered: &BTreeMap<String, Vec<AnswerKey>>) -> Vec<Typical> {
    let confirmed: BTreeSet<&AnswerKey> = frame.confirmed.iter().map(|confirmed| &confirmed.answer).collect();
    let text = |answer: &AnswerKey| {
        let row = kept.answers.ids.iter().position(|id| *id == answer.respondent)?;
        kept.answers.texts(&answer.question)?.get(row)?.clone()
    };
    let theme = |theme: &Theme| {
        let answers = offered.get(&theme.code)?.iter().filter(|answer| !confirmed.contains(answer));
        let answers = answers
            .filter_map(|answer| Some(TypicalAnswer { text: text(answer)?, answer: answer.clone() }))
            .take(OFFERED);
        Some(Typical { code: theme.code.clone(), answers: answers.collect() })
    };
    frame.themes.iter().filter_map(theme).collect()
}

/// What a proposal starts from.
enum Start {
    /// No theme that anybody worked on; but codes that were given are not given again.
    Anew(BTreeSet<String>),
    /// Signed themes, which stay: only what they leave is proposed.
    Beside(FrameVersion),
}

impl Start {
    /// `seen` is the version that is given up; without one nothing that a person worked on is.
    fn of(standing: Option<FrameVersion>, seen: Option<i64>) -> Result<Self> {
        let version = standing.as_ref().map_or(0, |version| version.version);
        match (standing, seen) {
            (_, Some(seen)) if seen != version => {
                let zh = format!("主题表已是第 {version} 版，不是第 {seen} 版：请看过再重新归纳");
                let en = format!("the themes are at version {version}, not {seen}: look at them first");
                Err(Error::new(Kind::Conflict, zh, en))
            }
            (None, _) => Ok(Self::Anew(BTreeSet::new())),
            (Some(standing), None) if standing.state == FrameState::Signed => Ok(Self::Beside(standing)),
            (Some(standing), None) if standing.state == FrameState::Edited => {
                let version = standing.version;
                let zh = format!("主题表改过还没有签认：请先签认；要放弃它重新归纳，请给出 version：{version}");
                let en = format!("the themes were edited: sign them first, or give them up with version {version}");
                Err(Error::new(Kind::Conflict, zh, en))
            }
            // Nobody has worked on a mere proposal.
            (Some(standing), None) => Ok(Self::Anew(standing.frame.retired)),
            (Some(standing), Some(_)) => Ok(Self::Anew(given(&standing.frame))),
        }
    }
}

/// Every code that a frame has given, but those that are fixed.
fn given(frame: &Frame) -> BTreeSet<String> {
    let themes = frame.themes.iter().filter(|theme| theme.is_theme());
    let codes = themes.flat_map(|theme| std::iter::once(&theme.code).chain(theme.sub.iter().map(|sub| &sub.code)));
    codes.chain(&frame.retired).cloned().collect()
}

/// Whether [`propose`] would be refused.
pub fn may_propose(ground: Ground, id: &str, seen: Option<i64>) -> Result<()> {
    Start::of(ground.store.frame(id)?, seen).map(drop)
}

/// Proposes themes: anew where nobody worked on any, else beside those that were signed, which stay as they are. With
/// `seen`, the version that stands is given up. None where what is signed leaves nothing to propose. Takes the model's
/// time.
pub fn propose(
    ground: Ground,
    readings: &Readings,
    id: &str,
    seen: Option<i64>,
    by: &By,
    progress: Progress,
) -> Result<Option<FrameBody>> {
    let standing_now = ground.store.frame(id)?;
    let before = standing_now.as_ref().map_or(0, |version| version.version);
    let start = Start::of(standing_now, seen)?;
    let kept = ground.store.survey(id)?;
    let answers = readings.of(ground, &kept, progress)?;
    if answers.len() < FEWEST {
        let open = kept.survey.of_kind(QuestionKind::Open).count();
        let zh = format!("开放题共 {open} 题、{} 条答案，少于 {FEWEST} 条：不必归纳，请逐条阅读", answers.len());
        let en = format!("{} open answers are too few for themes (at least {FEWEST}): read them", answers.len());
        return Err(Error::new(Kind::Invalid, zh, en));
    }
    if answers.iter().all(|answer| answer.whole.vector.is_empty()) {
        let zh = "归纳主题要用基础编码器（models/base），现在没有：请放好再试，或按描述自己增加主题";
        let en =
            "proposing takes the base encoder (models/base), which is missing: put it there, or add themes yourself";
        return Err(Error::new(Kind::NotReady, zh, en));
    }
    let options = ProposeOptions::default();
    let told = told(progress);
    let (state, proposal) = match start {
        Start::Anew(given) => (FrameState::Proposed, themes::propose(&answers, &options, &told).beyond(given)),
        Start::Beside(signed) => {
            let (codes, offered) = (stood(ground, id, &answers)?, ground.store.offered(id)?);
            let old = Proposal { frame: signed.frame, codes, typical: Vec::new() };
            let new = themes::extend(&old, &answers, &options, &told);
            if new.frame == old.frame {
                return Ok(None);
            }
            let typical = new.typical.into_iter().filter(|(code, _)| !old.frame.themes.iter().any(|t| t.code == *code));
            (FrameState::Edited, Proposal { typical: offered.into_iter().chain(typical).collect(), ..new })
        }
    };
    progress(1, 1)?;
    let offered: Offered = proposal.typical.into_iter().collect();
    let version = version(by, state, None, proposal.frame);
    ground.store.add_frame(id, before, &version, None, Some(&offered))?;
    standing(ground, id).map(Some)
}

/// What the crafts tell of their progress; whether to go on is asked between them.
fn told<'a>(progress: Progress<'a>) -> impl Fn(usize, usize) + Sync + 'a {
    move |done, all| drop(progress(done, all))
}

/// For each answer that was mapped when the themes were signed the code of each of its clauses: its theme, where it has
/// but one. Of several nobody knows which clause is which.
fn stood(ground: Ground, id: &str, answers: &[Answer]) -> Result<Vec<(AnswerKey, Vec<String>)>> {
    let mapping = ground.store.mapping(id)?.unwrap_or_default();
    let code = |mapped: &Mapped| match mapped.themes.as_slice() {
        [one] => one.sub.first().map_or(&one.code, |sub| &sub.code).clone(),
        _ => NO_OPINION.to_owned(),
    };
    let codes: BTreeMap<&AnswerKey, String> =
        mapping.mapped.iter().map(|mapped| (&mapped.answer, code(mapped))).collect();
    let of = |answer: &Answer| {
        let code = codes.get(&answer.key)?;
        Some((answer.key.clone(), vec![code.clone(); answer.parts.len().max(1)]))
    };
    Ok(answers.iter().filter_map(of).collect())
}

/// Changes the themes; all steps, or on an error none.
pub fn change(ground: Ground, id: &str, change: FrameChange, now: DateTime<Utc>) -> Result<FrameBody> {
    let named = Named::of(ground, &ground.store.survey(id)?);
    let by = By { actor: change.actor, now };
    let standing_now = ground.store.frame(id)?.map(|version| version.frame);
    let mut frame = match (change.frame, standing_now) {
        (Some(frame), standing) => whole(frame, &standing.unwrap_or_default(), &named)?,
        (None, Some(standing)) => standing,
        (None, None) => themes::empty_frame(),
    };
    let mut made = Vec::new();
    for (at, step) in change.steps.iter().enumerate() {
        let known = match step {
            FrameStep::Link { category: Some(code), .. } => named.category(code),
            FrameStep::Confirm { answer, .. } => named.answer(answer),
            _ => Ok(()),
        };
        let next = known.and_then(|()| themes::signed(&frame, step).map_err(|error| error.saying));
        frame = next.map_err(|saying| {
            let wrong = Error::invalid("有一步不能做，见 errors", "a step cannot be done, see errors");
            wrong.at(format!("/steps/{at}"), saying.zh, saying.en)
        })?;
        made.push(version(&by, FrameState::Edited, Some(step.clone()), frame.clone()));
    }
    if made.is_empty() {
        made.push(version(&by, FrameState::Edited, None, frame));
    }
    ground.store.add_frames(id, change.version, &made)?;
    standing(ground, id)
}

/// Takes the themes from a `themes.toml`. It need not say which version was seen where nobody worked on what stands.
pub fn change_by(ground: Ground, id: &str, file: ThemesFile, by: By) -> Result<FrameBody> {
    let standing = ground.store.frame(id)?;
    let version = match (file.version, standing) {
        (Some(version), _) => version,
        (None, None) => 0,
        (None, Some(standing)) if standing.state == FrameState::Proposed => standing.version,
        (None, Some(FrameVersion { version, .. })) => {
            let zh = format!("主题表已改到第 {version} 版：请看过，再在文件开头写 version = {version}");
            let en = format!(
                "the themes stand at version {version}: look at them, then begin the file with version = {version}"
            );
            return Err(Error::invalid(zh, en));
        }
    };
    let By { actor, now } = by;
    change(ground, id, FrameChange { version, frame: Some(file.frame), actor, ..FrameChange::default() }, now)
}

/// Signs the themes as they stand, and maps every answer by them.
pub fn sign(
    ground: Ground,
    readings: &Readings,
    id: &str,
    seen: i64,
    by: &By,
    progress: Progress,
) -> Result<FrameBody> {
    let kept = ground.store.survey(id)?;
    let Some(last) = ground.store.frame(id)? else { return Err(super::answers::not_signed()) };
    let answers = readings.of(ground, &kept, progress)?;
    let floods = themes::floods(&answers);
    let taught = readings.taught(ground, &last.frame)?;
    let heard = told(progress);
    let mapper = Mapper::learn(&last.frame, &taught, &answers, &heard);
    progress(1, 1)?;
    let mapper = match readings.attitude(ground)? {
        Some(attitude) => mapper.feeling(attitude),
        None => mapper,
    };
    let mapped = mapper.map(&answers, &floods, &heard);
    progress(1, 1)?;
    let asked = KEPT * last.frame.themes.len();
    let offered = mapper.to_confirm(&answers, &floods, asked).into_iter().collect();
    let quoted = |theme: &Theme| {
        (theme.code.clone(), themes::quotes(&mapper, &theme.code, &answers, &mapped, QuoteRules::default()))
    };
    let quotes = last.frame.themes.iter().filter(|theme| theme.is_theme()).map(quoted).collect();
    let mut frame = last.frame.clone();
    for (code, links) in themes::links(&frame, &taught, &answers, &mapped, 1) {
        let theme = frame.themes.iter_mut().find(|theme| theme.code == code && theme.category.is_none());
        if let Some(theme) = theme {
            theme.category = links.into_iter().next();
        }
    }
    let version = version(by, FrameState::Signed, None, frame);
    let mapping = Mapping { mapped, floods, quotes };
    ground.store.add_frame(id, seen, &version, Some(&mapping), Some(&offered))?;
    standing(ground, id)
}

fn standing(ground: Ground, id: &str) -> Result<FrameBody> {
    frame_of(ground, id)?.ok_or_else(|| Error::internal("主题表没有写入", "the themes were not kept"))
}

fn version(by: &By, state: FrameState, step: Option<FrameStep>, frame: Frame) -> FrameVersion {
    FrameVersion { version: 0, at: by.now, actor: by.actor.clone(), state, step, frame }
}

/// What a frame may name outside itself: categories of the hotline, open answers of the survey.
struct Named<'a> {
    ground: Ground<'a>,
    answers: BTreeSet<AnswerKey>,
}

impl<'a> Named<'a> {
    fn of(ground: Ground<'a>, kept: &KeptSurvey) -> Self {
        let answers = kept.survey.of_kind(QuestionKind::Open).flat_map(|question| {
            let texts = kept.answers.texts(&question.id).unwrap_or_default();
            let told = kept.answers.ids.iter().zip(texts).filter(|(_, text)| text.is_some());
            told.map(|(respondent, _)| AnswerKey::new(&question.id, respondent))
        });
        Self { ground, answers: answers.collect() }
    }

    fn category(&self, code: &str) -> Result<(), Saying> {
        let unknown = || Saying::new(format!("目录里没有分类 {code}"), format!("there is no category {code}"));
        self.ground.taxonomy.category(code).map(drop).ok_or_else(unknown)
    }

    fn answer(&self, key: &AnswerKey) -> Result<(), Saying> {
        let unknown = || Saying::new(format!("没有答案 {key}"), format!("there is no answer {key}"));
        self.answers.contains(key).then_some(()).ok_or_else(unknown)
    }
}

/// A whole frame as a person wrote it: every code once, every theme named, and what it names outside itself is there.
/// What is fixed is put back, and codes that `old` gave and it has not are retired.
fn whole(mut frame: Frame, old: &Frame, named: &Named) -> Result<Frame> {
    let fixed = themes::empty_frame().themes;
    let lacking = |theme: &Theme| frame.themes.iter().all(|one| one.code != theme.code);
    let lacking: Vec<_> = fixed.into_iter().filter(lacking).collect();
    frame.themes.extend(lacking);
    let standing = Frame { retired: BTreeSet::new(), ..frame.clone() };
    frame.retired.extend(given(old));
    frame.retired = frame.retired.difference(&given(&standing)).cloned().collect();
    let mut codes = BTreeSet::new();
    let mut error = Error::invalid("主题表有误", "the themes are wrong");
    let mut wrong = false;
    let subs = frame.themes.iter().enumerate().flat_map(|(at, theme)| {
        let own = (format!("/frame/theme/{at}"), theme.code.clone(), theme.name.clone());
        let sub = move |(n, sub): (usize, &crate::case::SubTheme)| {
            (format!("/frame/theme/{at}/sub/{n}"), sub.code.clone(), sub.name.clone())
        };
        std::iter::once(own).chain(theme.sub.iter().enumerate().map(sub))
    });
    for (place, code, name) in subs {
        if code.trim().is_empty() || name.trim().is_empty() {
            (error, wrong) = (error.at(place.clone(), "代码和名称都要有", "code and name are needed"), true);
        }
        if !codes.insert(code) {
            (error, wrong) = (error.at(place, "代码重复", "the code is used twice"), true);
        }
    }
    for (at, theme) in frame.themes.iter().enumerate() {
        if let Some(link) = theme.category.as_ref().filter(|link| link.confirmed)
            && let Err(saying) = named.category(&link.code)
        {
            (error, wrong) = (error.at(format!("/frame/theme/{at}/category"), saying.zh, saying.en), true);
        }
    }
    for (at, confirmed) in frame.confirmed.iter().enumerate() {
        if let Err(saying) = named.answer(&confirmed.answer) {
            (error, wrong) = (error.at(format!("/frame/confirmed/{at}/answer"), saying.zh, saying.en), true);
        }
        if let Some(code) = confirmed.codes.iter().find(|code| !codes.contains(*code)) {
            let place = format!("/frame/confirmed/{at}");
            (error, wrong) = (error.at(place, format!("没有主题 {code}"), format!("there is no theme {code}")), true);
        }
    }
    if wrong { Err(error) } else { Ok(frame) }
}
