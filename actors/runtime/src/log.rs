//! Logs: for people on a terminal, JSON otherwise; the filter can be changed while the process runs.

use crate::fault::Error;
use std::fmt;
use std::fs::File;
use std::io::IsTerminal;
use std::sync::Mutex;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layered, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt as format, reload};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// Human on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

/// Where log lines go.
#[derive(Debug)]
pub enum LogSink {
    /// Standard error.
    Stderr,
    /// The end of a file.
    File(File),
}

/// Changes the filter of a running process.
#[derive(Clone)]
pub struct LogControl(reload::Handle<EnvFilter, Registry>);

impl fmt::Debug for LogControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogControl")
    }
}

impl LogControl {
    /// Replaces the filter: `info,troupe_net=debug`.
    pub fn set(&self, filter: &str) -> Result<(), Error> {
        let filter = parse(filter)?;
        self.0.reload(filter).map_err(|error| Error::LogFilter(error.to_string()))
    }
}

fn parse(filter: &str) -> Result<EnvFilter, Error> {
    EnvFilter::try_new(filter).map_err(|error| Error::LogFilter(error.to_string()))
}

/// Starts logging, once per process.
pub fn start(filter: &str, format: LogFormat, sink: LogSink) -> Result<LogControl, Error> {
    let (filter, handle) = reload::Layer::new(parse(filter)?);
    let is_human = match format {
        LogFormat::Auto => matches!(sink, LogSink::Stderr) && std::io::stderr().is_terminal(),
        LogFormat::Human => true,
        LogFormat::Json => false,
    };
    let lines = match sink {
        LogSink::Stderr => written(is_human, std::io::stderr),
        LogSink::File(file) => written(is_human, Mutex::new(file)),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .try_init()
        .map_err(|error| Error::LogFilter(error.to_string()))?;
    Ok(LogControl(handle))
}

type Lines = Box<dyn Layer<Layered<reload::Layer<EnvFilter, Registry>, Registry>> + Send + Sync>;

fn written(is_human: bool, writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static) -> Lines {
    if is_human {
        format::layer().with_writer(writer).with_target(false).boxed()
    } else {
        format::layer().with_writer(writer).json().flatten_event(true).boxed()
    }
}
