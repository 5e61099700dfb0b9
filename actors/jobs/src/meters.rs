//! What is counted, for whoever watches the process.

use crate::error::Class;
use prometheus::{IntCounterVec, IntGauge, Opts};
use troupe_runtime::{Error, Metrics};

/// How a job ended that has results.
const DONE: &str = "done";

/// Counters and gauges of all jobs of a process. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Meters {
    pub(crate) running: IntGauge,
    ended: IntCounterVec,
}

impl Default for Meters {
    /// Those that nobody looks at.
    fn default() -> Self {
        let valid = "the names are valid";
        let help = "Jobs that go on.";
        let running = IntGauge::new("troupe_jobs_running", help).expect(valid);
        let help = "Jobs that ended, by how: done, or the class of why there is no result.";
        let ended = Opts::new("troupe_jobs_ended_total", help);
        let ended = IntCounterVec::new(ended, &["outcome"]).expect(valid);
        Self { running, ended }
    }
}

impl Meters {
    pub(crate) fn register(metrics: &Metrics) -> Result<Self, Error> {
        let meters = Self::default();
        metrics.register(meters.running.clone())?;
        metrics.register(meters.ended.clone())?;
        // What has not happened yet is 0, not unknown.
        for word in Class::ALL.map(Class::word).into_iter().chain([DONE]) {
            meters.ended.with_label_values(&[word]);
        }
        Ok(meters)
    }

    /// One more; without a class, it has results.
    pub(crate) fn ended(&self, class: Option<Class>) {
        self.ended.with_label_values(&[class.map_or(DONE, Class::word)]).inc();
    }
}
