//! How often progress is told.

use crate::{Output, Phase};

/// Steps of one phase.
const STEPS: u128 = 32;

/// Tells each phase's start and then at most [`STEPS`] advances.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    phase: Option<Phase>,
    step: u128,
}

impl Meter {
    pub(crate) fn tell<T>(
        &mut self,
        phase: Phase,
        done: u64,
        total: u64,
        out: &mut Vec<Output<T>>,
    ) {
        let step = u128::from(done) * STEPS / u128::from(total.max(1));
        if self.phase == Some(phase) && step <= self.step {
            return;
        }
        self.phase = Some(phase);
        self.step = step;
        out.push(Output::Progress { phase, done, total });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_is_told_at_its_start_and_at_most_thirty_two_times_after() {
        let mut meter = Meter::default();
        let mut out: Vec<Output> = Vec::new();
        for done in 0..=10_000 {
            meter.tell(Phase::Inputs, done, 10_000, &mut out);
        }
        assert_eq!(out.len(), 33);
        let last = Output::Progress { phase: Phase::Inputs, done: 10_000, total: 10_000 };
        assert_eq!(out.last(), Some(&last));
        meter.tell(Phase::Revealing, 0, 0, &mut out);
        assert_eq!(out.len(), 34);
    }
}
