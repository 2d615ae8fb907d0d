//! One binary for all behaviour a user could name; each module is one of them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test stops at the first surprise and may say what it measured"
)]

mod alerts;
mod backup;
mod broken_model;
mod bursts;
mod cli;
mod crash;
mod dataset;
mod deadlines;
mod demo;
mod departments;
mod door;
mod duplicates;
mod events;
mod explain;
mod export;
mod frame;
mod golden;
mod hotspots;
mod import;
mod keep;
mod learn;
mod life;
mod linear;
mod masking;
mod matters;
mod models;
mod newcomers;
mod once;
mod page;
mod planted;
mod quality;
mod refuse;
mod reports;
mod review;
mod routing;
mod scope;
mod score;
mod search;
mod segment;
mod submit;
mod survey_closed;
mod survey_disclosure;
mod survey_door;
mod survey_files;
mod survey_summary;
mod survey_work;
mod surveys;
mod taxonomy;
mod themes;
mod tidy;
mod trends;
mod tune;
mod volumes;
