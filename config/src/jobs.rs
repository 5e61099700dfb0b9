//! `[actor.jobs] settings`: what the owner's jobs may take, and where they leave what they found.

use crate::section::Section;
use crate::setting::Setting;
use std::borrow::Cow;
use std::path::PathBuf;
use troupe_types::Bytes;

/// What a `jobs` actor keeps, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobsSettings {
    /// The folder of results, relative to the data directory.
    pub results: PathBuf,
    /// The folder in which jobs are written down, relative to the data directory.
    pub folder: PathBuf,
    /// The most jobs that go on at the same time.
    pub at_once: u32,
}

const RESULTS: Setting<Cow<'static, str>> = Setting {
    key: "results",
    default: Cow::Borrowed("results"),
    range: None,
    why: "Folder below data_dir for what jobs found; nobody but the user of the process can read it.",
};
const FOLDER: Setting<Cow<'static, str>> = Setting {
    key: "folder",
    default: Cow::Borrowed("jobs"),
    range: None,
    why: "Folder below data_dir in which jobs are written down, so that a process that starts again knows them.",
};
const AT_ONCE: Setting<u32> = Setting {
    key: "at_once",
    default: 8,
    range: Some((1, 64)),
    why: "Jobs that go on at the same time; what comes above is refused, and nothing is paid for it.",
};

/// What a job that goes on, or has ended and is remembered, may hold: its file, its plan and shares of results.
const JOB: Bytes = Bytes::mib(16);
/// Jobs that ended and are remembered.
const REMEMBERED: u64 = 16;

impl JobsSettings {
    /// Reads the settings table of a `jobs` actor.
    pub fn read(section: &mut Section<'_>) -> Self {
        Self {
            results: PathBuf::from(section.get(&RESULTS).into_owned()),
            folder: PathBuf::from(section.get(&FOLDER).into_owned()),
            at_once: section.get(&AT_ONCE),
        }
    }

    /// What jobs may hold in memory.
    #[must_use]
    pub const fn memory(&self) -> Bytes {
        Bytes(JOB.0.saturating_mul(self.at_once as u64 + REMEMBERED))
    }
}
