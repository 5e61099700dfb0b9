//! What is counted, for whoever watches the process.

use prometheus::{IntCounterVec, IntGaugeVec, Opts};
use troupe_market::task::Phase;
use troupe_runtime::{Error, Metrics};

/// The phases of tasks that are not over.
const OPEN: [Phase; 6] =
    [Phase::Consent, Phase::Draw, Phase::Accept, Phase::Start, Phase::Compute, Phase::Settle];

/// How something ended that was handed to the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Refused,
    Withdrawn,
}

/// Counters and gauges. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Meters {
    tasks: IntGaugeVec,
    deeds: IntCounterVec,
}

impl Meters {
    pub(crate) fn register(metrics: &Metrics) -> Result<Self, Error> {
        let valid = "the names are valid";
        let help = "Tasks that are not over and concern this process, by their phase.";
        let tasks = Opts::new("troupe_market_tasks", help);
        let help = "Things done on the chain for tasks and offers, by how they ended.";
        let deeds = Opts::new("troupe_market_deeds_total", help);
        let meters = Self {
            tasks: IntGaugeVec::new(tasks, &["phase"]).expect(valid),
            deeds: IntCounterVec::new(deeds, &["outcome"]).expect(valid),
        };
        metrics.register(meters.tasks.clone())?;
        metrics.register(meters.deeds.clone())?;
        meters.show(core::iter::empty());
        Ok(meters)
    }

    /// Shows how many tasks are in which phase.
    pub(crate) fn show(&self, phases: impl Iterator<Item = u8>) {
        let mut counts = [0i64; OPEN.len()];
        for phase in phases {
            let at = OPEN.iter().position(|open| *open as u8 == phase);
            if let Some(count) = at.and_then(|at| counts.get_mut(at)) {
                *count += 1;
            }
        }
        for (phase, count) in OPEN.iter().zip(counts) {
            self.tasks.with_label_values(&[phase.name()]).set(count);
        }
    }

    pub(crate) fn ended(&self, outcome: Outcome) {
        let outcome = match outcome {
            Outcome::Done => "done",
            Outcome::Refused => "refused",
            Outcome::Withdrawn => "withdrawn",
        };
        self.deeds.with_label_values(&[outcome]).inc();
    }
}
