//! `GET /v1/alerts/stream`: alerts as they are raised (server-sent events, WHATWG HTML §9.2).

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::error::{Error, Result};
use crate::http::desk::{Desk, Seat};
use crate::http::problem::{Problem, Refusals};
use crate::store::AlertEntry;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// A comment so often, so that nobody between thinks that the connection is dead.
const ALIVE: Duration = Duration::from_secs(15);
/// Entries read at once, and events that wait for a slow listener.
const AT_ONCE: usize = 100;
const WAITING: usize = 16;

/// 预警事件流：发出、升级、确认、解除，随时推送
///
/// `text/event-stream`；`id` 为变动序号，断线后带 `Last-Event-ID` 重连即从其后接着给，不给则从此刻起。每 15 秒有一行注释保持
/// 连接。`event` 为 raised、escalated、acknowledged、dismissed 或 joined，`data` 为该次变动（AlertEntry）。
#[utoipa::path(get, path = "/v1/alerts/stream", tag = "统计", operation_id = "stream_alerts",
    params(("Last-Event-ID" = Option<i64>, Header, description = "最后收到的变动序号 · the last id received")),
    responses((status = 200, description = "事件流 · events", body = AlertEntry, content_type = "text/event-stream"), Refusals))]
pub async fn stream(State(desk): State<Arc<Desk>>, seat: Seat, headers: HeaderMap) -> Result<Response, Problem> {
    let listening = desk.alarms.seat()?;
    let resumed = last_event(&headers)?;
    let last = desk.cross(seat, |triage| triage.store().last_alert_entry()).await??;
    let after = resumed.map_or(last, |resumed| resumed.min(last));
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(feed(Arc::clone(&desk), after, listening, sender));
    let events = Sse::new(Events(receiver)).keep_alive(KeepAlive::new().interval(ALIVE));
    // Proxies that gather answers would hold alerts back.
    Ok(([(header::CACHE_CONTROL, "no-store"), (HeaderName::from_static("x-accel-buffering"), "no")], events)
        .into_response())
}

fn last_event(headers: &HeaderMap) -> Result<Option<i64>> {
    let Some(value) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.trim().parse().ok()).filter(|number: &i64| *number >= 0);
    number.map(Some).ok_or_else(|| {
        let (zh, en) = ("不是本接口给出的事件 id", "is no id that this stream gave");
        Error::invalid("请求头 Last-Event-ID 不符合要求", "Last-Event-ID is wrong").at("Last-Event-ID", zh, en)
    })
}

/// What a listener still has to get. Ends with the server, or when the listener has gone.
struct Events(mpsc::Receiver<Event>);

impl Stream for Events {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|event| event.map(Ok))
    }
}

/// Gives one listener all that comes after an entry.
async fn feed(desk: Arc<Desk>, mut after: i64, _listening: OwnedSemaphorePermit, sender: mpsc::Sender<Event>) {
    let mut news = desk.alarms.news();
    while !news.borrow_and_update().over {
        let here = Arc::clone(&desk);
        let read = tokio::task::spawn_blocking(move || {
            here.ready().and_then(|triage| triage.store().alert_entries(after, AT_ONCE))
        });
        let Ok(Ok(entries)) = read.await else { return };
        let more = entries.len() == AT_ONCE;
        for entry in entries {
            after = entry.n;
            let Some(event) = event(&entry) else { return };
            let mut end = desk.alarms.news();
            tokio::select! {
                sent = sender.send(event) => if sent.is_err() { return },
                _ = end.wait_for(|news| news.over) => return,
            }
        }
        if !more {
            tokio::select! {
                changed = news.changed() => if changed.is_err() { return },
                () = sender.closed() => return,
            }
        }
    }
}

fn event(entry: &AlertEntry) -> Option<Event> {
    let turn = serde_json::to_value(entry.turn).ok()?;
    let data = serde_json::to_string(entry).ok()?;
    Some(Event::default().id(entry.n.to_string()).event(turn.as_str()?).data(data))
}
