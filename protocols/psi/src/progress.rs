//! How often progress is told.

use crate::{Output, Phase};

/// Steps of one phase.
const STEPS: u128 = 32;

/// Tells each phase's start and then at most [`STEPS`] advances.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    told: Option<(Phase, u128)>,
}

impl Meter {
    pub(crate) fn tell(&mut self, phase: Phase, done: u64, total: u64, out: &mut Vec<Output>) {
        let step = u128::from(done) * STEPS / u128::from(total.max(1));
        if self.told.is_some_and(|told| told >= (phase, step)) {
            return;
        }
        self.told = Some((phase, step));
        out.push(Output::Progress { phase, done, total });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_is_told_at_its_start_and_at_most_thirty_two_times_after() {
        let (mut meter, mut out) = (Meter::default(), Vec::new());
        for done in 0..=10_000 {
            meter.tell(Phase::Points, done, 10_000, &mut out);
        }
        assert_eq!(out.len(), 33);
        meter.tell(Phase::Answers, 0, 0, &mut out);
        meter.tell(Phase::Answers, 0, 0, &mut out);
        assert_eq!(out.len(), 34);
    }
}
