//! `GET /v1/quality…`: how good advice is, what was changed and sent back, what drifts, what to look at next.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, FixedOffset};
use serde::Serialize;

use crate::dataset::export::Format;
use crate::error::Result;
use crate::http::desk::{Desk, Seat};
use crate::http::export;
use crate::http::figures::{self, now};
use crate::http::problem::{Problem, Refusals};
use crate::http::query::{self, FigureQuery, QualityQuery, Query};
use crate::insight::{AskedQuality, Bounds, Changes, Drift, Ground, Insight, Quality, Returns, Review, Table};
use crate::store::Filter;
use crate::triage::Triage;

/// 建议质量：建议与人工认定相符的比例、覆盖率—准确率曲线、自动派单的实际准确率、校准
///
/// 不给起止即最近 30 天（含今天）。只有已认定的案件能分对错；认定从严到宽有三种：审定、反馈（未审定）、承办答复（单位接办并答复、
/// 没有退回，只用于单位），有几种的取最严的一种，`ruling` 限定最宽到哪一种。
///
/// 请留意取舍的偏差：认定不是随机的。概率高的往往不看就采纳，没有单位反对就算正确，所以总的准确率偏高；被审定的多半是有争议的，
/// 所以只看审定又偏低。`rulings` 分列各种依据，真实的准确率在其间。要不偏的数字，请随机抽一批自动派单的案件逐件审定。
///
/// 看单位时，紧急转接和告知渠道由规则定去向、概率也是规则给的，只在 `decisions` 里列出，不计入其余各项。
///
/// `curve` 是若把阈值设在各处会怎样：覆盖率用全部案件，准确率用已认定的，均附 Wilson 95% 区间；`automatic` 扣除了概率虽高而因规则
/// 须人工的（`held`，按现行阈值以上的比例折算）。`decisions` 里 `auto` 一行是自动派单的实际准确率。
///
/// `calibration` 把已认定的案件按概率分成件数大致相等的箱，比较模型说的与人认定的；`error` 是期望校准误差（Guo 等 2017），
/// `by_chance` 是概率完全准确时全凭偶然也会有的误差，两者相近即没有理由怀疑概率。
#[utoipa::path(get, path = "/v1/quality", tag = "统计", operation_id = "quality", params(FigureQuery, QualityQuery),
    responses((status = 200, description = "建议质量 · quality of advice", body = Quality), Refusals))]
pub async fn quality(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Response, Problem> {
    answer(&desk, seat, query, "quality", Insight::quality, Quality::table).await
}

/// 校准：与 `/v1/quality` 相同，下载时为校准表
#[utoipa::path(get, path = "/v1/quality/calibration", tag = "统计", operation_id = "quality_calibration",
    params(FigureQuery, QualityQuery),
    responses((status = 200, description = "建议质量 · quality of advice", body = Quality), Refusals))]
pub async fn calibration(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Response, Problem> {
    answer(&desk, seat, query, "calibration", Insight::quality, Quality::calibration_table).await
}

/// 退单：各单位退回了多少、因为什么
///
/// 一件由几个单位先后退回的，算最后一次退回它的单位和原因。分母是曾派给该单位的案件。按代码排列，不排名。
#[utoipa::path(get, path = "/v1/quality/returns", tag = "统计", operation_id = "quality_returns",
    params(FigureQuery, QualityQuery),
    responses((status = 200, description = "退单 · returns by unit and reason", body = Returns), Refusals))]
pub async fn returns(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Response, Problem> {
    answer(&desk, seat, query, "returns", Insight::returns, Returns::table).await
}

/// 改动：建议与认定不同的，从哪里改到哪里
#[utoipa::path(get, path = "/v1/quality/changes", tag = "统计", operation_id = "quality_changes",
    params(FigureQuery, QualityQuery),
    responses((status = 200, description = "改动 · what people changed, pair by pair", body = Changes), Refusals))]
pub async fn changes(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Response, Problem> {
    answer(&desk, seat, query, "changes", Insight::changes, Changes::table).await
}

/// 漂移：来件和建议的构成与基期相比变了多少
///
/// 群体稳定性指数 `PSI = Σ(本期占比 − 基期占比)·ln(本期占比 / 基期占比)`，每类两期各加半件。通用界限 0.1 和 0.25 出自 Siddiqi
/// 2006，不看件数；件数少、类别多时，没有变化也会超过：平均为 (类数−1)(1/n+1/m)，20 次里约有 1 次超过临界值
/// χ²(类数−1)·(1/n+1/m)（Yurdakul 2018）。所以先与临界值比，不超过即“平稳”，超过了再看界限。期望不足 5 件的类合为一类。
#[utoipa::path(get, path = "/v1/quality/drift", tag = "统计", operation_id = "quality_drift",
    params(FigureQuery, QualityQuery),
    responses((status = 200, description = "漂移 · drift against the period before", body = Drift), Refusals))]
pub async fn drift(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Response, Problem> {
    answer(&desk, seat, query, "drift", Insight::drift, Drift::table).await
}

/// 复核队列：最值得人看一看的案件及理由
///
/// 存疑的：已认定，但与有把握的建议相反（置信学习，Northcutt 等 2021；建议在认定之前给出，没有学过它）。拿不准的：审定和反馈都没有，
/// 前两个候选难分高下，且彼此不相像。看过后用 `POST /v1/complaints/{id}/feedback` 审定（`settled` 为 true，`actor` 为“复核”），
/// 就不再列出；审定的由 `/v1/quality/corrections` 导出，供 `guikou train --corrections` 学习。须保护举报人的不在其中。
#[utoipa::path(get, path = "/v1/quality/review", tag = "统计", operation_id = "quality_review",
    params(FigureQuery, QualityQuery),
    responses((status = 200, description = "复核队列 · cases to look at next", body = Review), Refusals))]
pub async fn review(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Response, Problem> {
    answer(&desk, seat, query, "review", Insight::review, Review::table).await
}

/// 更正：范围内人工审定过的案件，可直接交给 `guikou train --corrections`；默认 jsonl，最多 10000 件
#[utoipa::path(get, path = "/v1/quality/corrections", tag = "统计", operation_id = "quality_corrections", params(FigureQuery),
    responses(
        (status = 200, description = "审定过的案件 · cases that people settled, as a file", content(
            (export::Download = "application/x-ndjson"),
            (export::Download = "text/csv"),
            (export::Download = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (export::Download = "application/vnd.apache.parquet"))),
        Refusals))]
pub async fn corrections(State(desk): State<Arc<Desk>>, seat: Seat, query: Query) -> Result<Response, Problem> {
    let (scope, format) = query.figures(desk.ready()?.taxonomy())?;
    let filter = Filter { scope, now: now(), ..Filter::default() };
    export::file(&desk, seat, filter, format.unwrap_or(Format::Jsonl), true).await
}

async fn answer<T: Serialize + Send + 'static>(
    desk: &Arc<Desk>,
    seat: Seat,
    query: Query,
    name: &str,
    work: fn(&Insight, Ground, &AskedQuality, DateTime<FixedOffset>) -> Result<T>,
    table: fn(&T) -> Table,
) -> Result<Response, Problem> {
    let triage = desk.ready()?;
    let offset = triage.deadlines().offset();
    let now = now().with_timezone(&offset);
    let (asked, format) = query::quality(query, triage.taxonomy(), bounds(triage))?;
    let work = move |insight: &Insight, ground: Ground| work(insight, ground, &asked, now);
    figures::answer(desk, seat, name, format, work, table).await
}

fn bounds(triage: &Triage) -> Bounds {
    Bounds::of(triage.thresholds().auto, triage.thresholds().suggest)
}
