//! What a compute party shows on its metrics page.

use prometheus::{Histogram, HistogramOpts, IntCounterVec, IntGauge, Opts};
use troupe_runtime::{Error, Metrics};
use troupe_types::Millis;

/// Counters and gauges of all sessions of a process.
#[derive(Debug, Clone)]
pub(super) struct Meters {
    pub(super) running: IntGauge,
    slots: IntGauge,
    bytes: IntCounterVec,
    round: Histogram,
}

impl Meters {
    /// Where nobody else counts those that wait, there are none: a session that finds no slot is refused at once, so that its
    /// receiver can go elsewhere.
    pub(super) fn register(
        metrics: &Metrics,
        most: u32,
        has_no_queue: bool,
    ) -> Result<Self, Error> {
        let gauge = |name: &str, help: &str| IntGauge::new(name, help).expect("the name is valid");
        let bytes = Opts::new("troupe_mpc_bytes_total", "Bytes of shares and results.");
        let round = HistogramOpts::new("troupe_mpc_round_seconds", "Time of a round of a session.")
            .buckets(prometheus::exponential_buckets(0.000_25, 4.0, 10).expect("a valid series"));
        let meters = Self {
            running: gauge("troupe_compute_jobs_running", "Sessions that run."),
            slots: gauge("troupe_compute_slots", "Sessions that can run at a time."),
            bytes: IntCounterVec::new(bytes, &["direction"]).expect("the names are valid"),
            round: Histogram::with_opts(round).expect("the name is valid"),
        };
        metrics.register(meters.running.clone())?;
        metrics.register(meters.slots.clone())?;
        metrics.register(meters.bytes.clone())?;
        metrics.register(meters.round.clone())?;
        meters.slots.set(i64::from(most));
        if has_no_queue {
            metrics
                .register(gauge("troupe_compute_jobs_waiting", "Sessions that wait for a slot."))?;
        }
        Ok(meters)
    }

    pub(super) fn moved(&self, sent: u64, received: u64) {
        self.bytes.with_label_values(&["sent"]).inc_by(sent);
        self.bytes.with_label_values(&["received"]).inc_by(received);
    }

    pub(super) fn round_took(&self, span: Millis) {
        self.round.observe(span.0 as f64 / 1_000.0);
    }
}
