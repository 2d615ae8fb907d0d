//! guikou 归口 — the local brain of a 12345 citizen hotline.
//!
//! A citizen's complaint comes in as a text; a *case* goes out: what it is about, which unit answers for it, and why.
//!
//! ```text
//!                               main
//!  faces         cli ─── config         http (+ pages)      report
//!                           │              │           (documents printed)
//!  walks         triage          insight        survey        learning
//!           (one complaint)  (one question)  (one survey)  (one model)
//!                 │                │              │             │
//!  crafts    text     model    issues   routing   deadline    store    analytics       dataset
//!           (jieba)  (candle)                   (calendar)  (sqlite)   (polars)   (csv,xlsx,jsonl,parquet)
//!            themes
//!      (open answers)
//!              │         │        │        │           │          │         │
//!  nouns     case  ────────►  taxonomy  ────────►  disk  ────────►  error
//! ```
//!
//! **The one rule.** *A module uses only what stands below it, never what stands beside it.* Each library has one
//! door. `tests/it/tidy.rs` holds both as a table; the table is the one that runs.

#![forbid(unsafe_code)]

pub mod analytics;
pub mod case;
pub mod cli;
pub mod config;
pub mod dataset;
pub mod deadline;
pub mod disk;
pub mod error;
pub mod http;
pub mod insight;
pub mod issues;
pub mod learning;
pub mod model;
pub mod report;
pub mod routing;
pub mod store;
pub mod survey;
pub mod taxonomy;
pub mod text;
pub mod themes;
pub mod triage;
