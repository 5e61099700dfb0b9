//! What nodes hold against each other: the same measure as the real network has.

use crate::sim::wheel::{NANOS_PER_MILLI, Nanos};

/// A point is forgotten every second.
const FORGOTTEN: Nanos = 1_000 * NANOS_PER_MILLI;
/// So many points are too many.
const REFUSED: u64 = 100;
/// How long a peer with too many points is not spoken to.
const COOL_DOWN: Nanos = 60_000 * NANOS_PER_MILLI;

/// A message that breaks the rules: three within a minute are too many.
pub(crate) const BROKEN: u64 = 40;
/// A bulk stream without a session.
pub(crate) const FOREIGN: u64 = 10;

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Score {
    pub(crate) violations: u64,
    points: u64,
    counted: Nanos,
    refused_until: Nanos,
}

impl Score {
    /// Counts a misdeed; true when the peer is refused from now on.
    pub(crate) fn count(&mut self, weight: u64, now: Nanos) -> bool {
        self.violations += 1;
        let forgotten = (now - self.counted) / FORGOTTEN;
        self.points = self.points.saturating_sub(forgotten) + weight;
        self.counted = now;
        let is_refused = self.points >= REFUSED;
        if is_refused {
            self.refused_until = now + COOL_DOWN;
            self.points = 0;
        }
        is_refused
    }

    pub(crate) fn is_refused(&self, now: Nanos) -> bool {
        now < self.refused_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_broken_message_within_a_minute_is_one_too_many() {
        let second = 1_000 * NANOS_PER_MILLI;
        let mut score = Score::default();
        assert!(!score.count(BROKEN, 0) && !score.count(BROKEN, second));
        assert!(score.count(BROKEN, 2 * second) && score.is_refused(61 * second));
        assert!(!score.is_refused(62 * second));
        let mut slow = Score::default();
        assert!((0..20).all(|n| !slow.count(BROKEN, n * 41 * second)));
        assert_eq!(slow.violations, 20);
    }
}
