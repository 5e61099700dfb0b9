//! The log of a process: started once, its filter read again when somebody asks.

use crate::exit::{ExitCode, Failure, Outcome};
use crate::manifest::{OverrideArgs, Source};
use std::fs::OpenOptions;
use std::path::Path;
use tokio::signal::unix::{SignalKind, signal};
use troupe_config::{Log, LogFormat as Written};
use troupe_runtime::log::{self, LogControl, LogFormat, LogSink};

/// Starts the log on standard error.
pub(super) fn start(settings: &Log) -> Outcome<LogControl> {
    let format = match settings.format {
        Written::Auto => LogFormat::Auto,
        Written::Human => LogFormat::Human,
        Written::Json => LogFormat::Json,
    };
    log::start(&filter(settings), format, LogSink::Stderr)
        .map_err(|error| Failure::about(ExitCode::BadManifest, "process.log", error))
}

/// Starts the log on standard error, for a process without a manifest.
pub(crate) fn start_log(filter: &str) -> Outcome<LogControl> {
    log::start(filter, LogFormat::Auto, LogSink::Stderr)
        .map_err(|error| Failure::about(ExitCode::Usage, "--log", error))
}

/// Starts the log at the end of a file, for a process that hosts several nodes.
pub(crate) fn start_in(file: &Path) -> Outcome<()> {
    let bad = |error: &dyn std::fmt::Display| {
        Failure::about(ExitCode::BadFile, file.display(), error.to_string())
    };
    let opened = OpenOptions::new().create(true).append(true).open(file);
    let sink = LogSink::File(opened.map_err(|error| bad(&error))?);
    log::start("info", LogFormat::Json, sink).map_err(|error| bad(&error))?;
    Ok(())
}

fn filter(settings: &Log) -> String {
    let level = format!("{:?}", settings.level).to_lowercase();
    match &settings.filter {
        Some(exceptions) => format!("{level},{exceptions}"),
        None => level,
    }
}

/// Reads the manifest's `process.log` again at every SIGHUP. A manifest that does not load changes
/// nothing. Never completes.
pub(super) async fn follow(control: LogControl, source: Source, over: OverrideArgs) {
    let Ok(mut asked) = signal(SignalKind::hangup()) else { return };
    while asked.recv().await.is_some() {
        let loaded = source.load(&over).map_err(|failure| failure.to_string());
        let set = loaded.and_then(|found| {
            let filter = filter(&found.loaded.manifest.process.log);
            control.set(&filter).map_err(|error| error.to_string()).map(|()| filter)
        });
        match set {
            Ok(filter) => tracing::info!(filter, "log filter read again"),
            Err(error) => tracing::warn!(error, "log filter unchanged"),
        }
    }
}
