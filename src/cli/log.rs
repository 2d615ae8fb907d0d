//! The log: to standard error, as text or as JSON lines.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};
use crate::error::{Error, Result};

/// Starts logging for the whole process.
pub fn start(log: &Log) -> Result<()> {
    let filter = EnvFilter::try_new(&log.level).map_err(|error| {
        let zh = format!("log.level 无效：{}", log.level);
        Error::setup(zh, format!("log.level is not valid: {}", log.level)).because(error)
    })?;
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let base = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    match log.format {
        LogFormat::Text => base.with_ansi(colours).init(),
        LogFormat::Json => base.json().flatten_event(true).init(),
    }
    // The usual hook prints what the panic says, which may quote a citizen's text; the place is enough to mend it.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!("程序在 {place} 处崩溃");
    }));
    Ok(())
}
