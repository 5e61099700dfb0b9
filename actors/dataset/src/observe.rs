//! What a data owner shows of its matchings on its metrics page.

use prometheus::{IntCounterVec, IntGauge, Opts};
use troupe_runtime::{Error, Metrics, Traffic};

/// Counters and gauges of all matchings of a process.
#[derive(Debug, Clone)]
pub(crate) struct Meters {
    pub(crate) running: IntGauge,
    runs: IntCounterVec,
    bytes: IntCounterVec,
}

impl Meters {
    pub(crate) fn register(metrics: &Metrics) -> Result<Self, Error> {
        let counters = |name: &str, help: &str, label: &str| {
            IntCounterVec::new(Opts::new(name, help), &[label]).expect("the names are valid")
        };
        let running = IntGauge::new("troupe_psi_running", "Matchings of rows that run.");
        let meters = Self {
            running: running.expect("the name is valid"),
            runs: counters("troupe_psi_runs_total", "Matchings of rows that ended.", "outcome"),
            bytes: counters("troupe_psi_bytes_total", "Bytes that matchings moved.", "direction"),
        };
        metrics.register(meters.running.clone())?;
        metrics.register(meters.runs.clone())?;
        metrics.register(meters.bytes.clone())?;
        Ok(meters)
    }

    pub(crate) fn ended(&self, is_well: bool, traffic: Traffic) {
        let outcome = if is_well { "finished" } else { "failed" };
        self.runs.with_label_values(&[outcome]).inc();
        self.bytes.with_label_values(&["sent"]).inc_by(traffic.sent);
        self.bytes.with_label_values(&["received"]).inc_by(traffic.received);
    }
}
