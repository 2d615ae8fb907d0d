//! `GET /v1/models`: which model answers, and how often the one in its shadow would have said the same.

use std::sync::Arc;

use axum::extract::State;
use metrics::counter;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::Answer;
use crate::http::desk::Desk;
use crate::http::problem::{Problem, Refusals};
use crate::triage::{Shadow, Tally, Triage};

/// Pairs of categories named, at most.
const PAIRS: usize = 20;

/// 当前模型与影子模型。
#[derive(Debug, Serialize, ToSchema)]
pub struct Models {
    /// 作答的模型
    pub champion: Champion,
    /// 影子模型：只作比较，不影响建议；未设置或载入失败时为 null
    pub challenger: Option<Challenger>,
}

/// 作答的模型；没有载入模型时为 `keywords`。
#[derive(Debug, Serialize, ToSchema)]
pub struct Champion {
    #[schema(example = "default")]
    pub name: String,
    #[schema(example = "20261123-12c1735d")]
    pub version: String,
}

/// 影子模型与作答模型的比较，从启动时算起。
#[derive(Debug, Serialize, ToSchema)]
pub struct Challenger {
    pub name: String,
    pub version: String,
    /// 已比较的诉求数
    pub compared: u64,
    /// 因来不及比较而略过的诉求数
    pub dropped: u64,
    pub agreement: Agreement,
    /// 二级分类不一致的组合，最多 20 组，次数多的在前
    pub disagreements_by_category: Vec<Disagreement>,
    /// 启动时间，RFC 3339
    pub since: String,
}

/// 一致率，0 到 1；尚未比较时为 null。
#[derive(Debug, Serialize, ToSchema)]
pub struct Agreement {
    /// 二级分类
    pub category: Option<f64>,
    /// 一级分类
    pub domain: Option<f64>,
    /// 牵头单位
    pub unit: Option<f64>,
    /// 处置决定
    pub decision: Option<f64>,
}

/// 一组不一致的二级分类；空串表示没有给出分类。
#[derive(Debug, Serialize, ToSchema)]
pub struct Disagreement {
    pub champion: String,
    pub challenger: String,
    pub count: u64,
}

/// 当前模型，及影子模型与它的一致率
#[utoipa::path(get, path = "/v1/models", tag = "目录与版本", operation_id = "models",
    responses((status = 200, description = "模型 · models", body = Models), Refusals))]
pub async fn models(State(desk): State<Arc<Desk>>) -> Result<Answer<Models>, Problem> {
    let triage = desk.ready()?;
    let name = triage.champion().unwrap_or("keywords").to_owned();
    let champion = Champion { name, version: triage.versions().model };
    Ok(Answer(Models { champion, challenger: triage.shadow().map(Challenger::of) }))
}

impl Challenger {
    fn of(shadow: &Shadow) -> Self {
        let tally = shadow.tally();
        let share = |same: u64| (tally.compared > 0).then(|| same as f64 / tally.compared as f64);
        let Tally { compared, category, domain, unit, decision, .. } = tally;
        Self {
            name: shadow.name.clone(),
            version: shadow.version.clone(),
            compared,
            dropped: shadow.dropped(),
            agreement: Agreement {
                category: share(category),
                domain: share(domain),
                unit: share(unit),
                decision: share(decision),
            },
            disagreements_by_category: pairs(&tally),
            since: shadow.since.to_rfc3339_opts(chrono::SecondsFormat::Secs, false),
        }
    }
}

/// Most frequent first; equal counts by their codes.
fn pairs(tally: &Tally) -> Vec<Disagreement> {
    let pairs = tally.disagreements.iter().map(|((champion, challenger), count)| Disagreement {
        champion: champion.clone(),
        challenger: challenger.clone(),
        count: *count,
    });
    let mut pairs: Vec<Disagreement> = pairs.collect();
    pairs.sort_by_key(|pair| std::cmp::Reverse(pair.count));
    pairs.truncate(PAIRS);
    pairs
}

/// Brings the counters of the shadow up to date, before someone reads them.
pub fn publish(triage: &Triage) {
    let Some(shadow) = triage.shadow() else { return };
    let Tally { compared, category, domain, unit, decision, .. } = shadow.tally();
    let version = || shadow.version.clone();
    counter!("guikou_shadow_compared_total", "challenger" => version()).absolute(compared);
    counter!("guikou_shadow_dropped_total", "challenger" => version()).absolute(shadow.dropped());
    for (question, same) in [("category", category), ("domain", domain), ("unit", unit), ("decision", decision)] {
        counter!("guikou_shadow_agreed_total", "challenger" => version(), "question" => question).absolute(same);
    }
}
