//! `[process]`: what concerns the process as a whole.

use crate::section::Section;
use crate::setting::{Choice, Field, Setting, Word};
use crate::value::{Table, Value};
use std::borrow::Cow;
use std::path::PathBuf;
use troupe_types::Millis;

/// Settings of the process as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// How long a drain may take before what is left is lost.
    pub drain: Millis,
    /// How long one handler may run before it is reported.
    pub stuck: Millis,
    /// Size of the thread pools.
    pub threads: Threads,
    /// Everything the process keeps lies under it.
    pub data_dir: PathBuf,
    /// The keystore of the node's identity, relative to `data_dir`.
    pub node_key: PathBuf,
    /// What is logged, and how.
    pub log: Log,
}

/// Numbers of threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threads {
    /// Carry packets and their encryption.
    pub network: u32,
    /// Run urgent work: signatures, execution.
    pub urgent: u32,
    /// Run long work: private computation, proofs.
    pub jobs: u32,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    /// The least severe level that is logged.
    pub level: Level,
    /// Exceptions from the level by module, in the syntax of `tracing`: `troupe_net=debug`.
    pub filter: Option<String>,
    /// For people or for programs.
    pub format: LogFormat,
}

/// Severity of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// An operator must act.
    Error,
    /// An operator may have to act.
    Warn,
    /// The life of the process.
    Info,
    /// Single conversations.
    Debug,
    /// Everything.
    Trace,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

impl Choice for Level {
    const WANT: &'static str = "a level such as \"info\"";
    const ALL: &'static [(&'static str, Self)] = &[
        ("error", Self::Error),
        ("warn", Self::Warn),
        ("info", Self::Info),
        ("debug", Self::Debug),
        ("trace", Self::Trace),
    ];
}

impl Choice for LogFormat {
    const WANT: &'static str = "a log format such as \"json\"";
    const ALL: &'static [(&'static str, Self)] =
        &[("auto", Self::Auto), ("human", Self::Human), ("json", Self::Json)];
}

const DRAIN: Setting<Millis> = Setting {
    key: "drain",
    default: Millis::secs(20),
    range: Some((Millis::secs(1), Millis::secs(600))),
    why: "A supervisor kills what does not end in time; the drain must be shorter than its patience.",
};
const STUCK: Setting<Millis> = Setting {
    key: "stuck",
    default: Millis::secs(2),
    range: Some((Millis(100), Millis::secs(600))),
    why: "An actor that stays in one handler for longer holds up its whole thread; it is reported.",
};
const NETWORK: Setting<u32> = Setting {
    key: "network",
    default: 1,
    range: Some((1, 64)),
    why: "Carries packets and their encryption; one thread serves a few hundred peers.",
};
const URGENT: Setting<u32> = Setting {
    key: "urgent",
    default: 1,
    range: Some((1, 64)),
    why: "Runs what others wait for, such as signatures; long work never takes these threads.",
};
const JOBS: Setting<u32> = Setting {
    key: "jobs",
    default: 2,
    range: Some((1, 256)),
    why: "Runs long work such as private computation; more than the machine has cores gains nothing.",
};
const DATA_DIR: Setting<Cow<'static, str>> = Setting {
    key: "data_dir",
    default: Cow::Borrowed("/var/lib/troupe"),
    range: None,
    why: "Everything the process keeps lies under it; one process at a time may use it.",
};
const NODE_KEY: Setting<Cow<'static, str>> = Setting {
    key: "node_key",
    default: Cow::Borrowed("node-key.json"),
    range: None,
    why: "The encrypted keystore of the node's identity, relative to the data directory.",
};
const LEVEL: Setting<Word<Level>> = Setting {
    key: "level",
    default: Word(Level::Info),
    range: None,
    why: "The least severe level that is logged.",
};
const FILTER: Field = Field {
    key: "filter",
    why: "Exceptions from the level by module, such as troupe_net=debug, to look at one part closely.",
};
const FORMAT: Setting<Word<LogFormat>> = Setting {
    key: "format",
    default: Word(LogFormat::Auto),
    range: None,
    why: "People read lines, programs read JSON; auto asks whether the output is a terminal.",
};

impl Process {
    pub(crate) fn read(section: &mut Section<'_>) -> Self {
        Self {
            drain: section.get(&DRAIN),
            stuck: section.get(&STUCK),
            threads: section.table("threads", |threads| Threads {
                network: threads.get(&NETWORK),
                urgent: threads.get(&URGENT),
                jobs: threads.get(&JOBS),
            }),
            data_dir: PathBuf::from(section.get(&DATA_DIR).as_ref()),
            node_key: PathBuf::from(section.get(&NODE_KEY).as_ref()),
            log: section.table("log", |log| Log {
                level: log.get(&LEVEL).0,
                filter: log.optional::<Cow<'static, str>>(&FILTER).map(Cow::into_owned),
                format: log.get(&FORMAT).0,
            }),
        }
    }

    pub(crate) fn write(&self, out: &mut Table) {
        out.set(&DRAIN, &self.drain);
        out.set(&STUCK, &self.stuck);
        let mut threads = Table::default();
        threads.set(&NETWORK, &self.threads.network);
        threads.set(&URGENT, &self.threads.urgent);
        threads.set(&JOBS, &self.threads.jobs);
        out.nest("threads", threads);
        out.set(&DATA_DIR, &self.data_dir.to_string_lossy().into_owned().into());
        out.set(&NODE_KEY, &self.node_key.to_string_lossy().into_owned().into());
        let mut log = Table::default();
        log.set(&LEVEL, &Word(self.log.level));
        if let Some(filter) = &self.log.filter {
            log.put(FILTER.key, Value::Text(filter.clone()));
        }
        log.set(&FORMAT, &Word(self.log.format));
        out.nest("log", log);
    }
}
