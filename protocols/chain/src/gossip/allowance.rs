//! What a peer may cost.

use troupe_types::Millis;

/// Points that come back in a millisecond.
const REFILL: i64 = 20;
/// The most that is saved up.
const MOST: i64 = 200_000;
/// The deepest debt: ten seconds of silence.
const LEAST: i64 = -200_000;

/// What costs a peer points. An honest one spends a few of them on every transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A hash that it announced, a transaction that it pushed or pulled: no fault.
    Word,
    /// A transaction that was sound and not wanted: unpaid, stale, or known.
    Useless,
    /// One that no honest node sends on, or an answer to what was not asked.
    Invalid,
    /// An announced transaction was not delivered in time.
    Silence,
}

impl Fault {
    const fn cost(self) -> i64 {
        match self {
            Self::Word => 1,
            Self::Useless => 100,
            Self::Invalid => 10_000,
            Self::Silence => 20_000,
        }
    }
}

/// Points that a peer has left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    left: i64,
    at: Millis,
}

impl Allowance {
    pub(super) const fn new(now: Millis) -> Self {
        Self { left: MOST, at: now }
    }

    fn refill(&mut self, now: Millis) {
        let passed = i64::try_from(now.since(self.at).0).unwrap_or(i64::MAX);
        self.left = self.left.saturating_add(passed.saturating_mul(REFILL)).min(MOST);
        self.at = now;
    }

    pub(super) fn charge(&mut self, now: Millis, fault: Fault, times: usize) {
        self.refill(now);
        let times = i64::try_from(times).unwrap_or(i64::MAX);
        let cost = fault.cost().saturating_mul(times);
        self.left = self.left.saturating_sub(cost).max(LEAST);
    }

    pub(super) fn is_overdrawn(&mut self, now: Millis) -> bool {
        self.refill(now);
        self.left < 0
    }

    /// Whether nothing is lost when it is forgotten.
    pub(super) fn is_whole(&mut self, now: Millis) -> bool {
        self.refill(now);
        self.left == MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_a_flood_is_not_and_time_heals() {
        let mut allowance = Allowance::new(Millis(0));
        allowance.charge(Millis(0), Fault::Word, 200_000);
        assert!(!allowance.is_overdrawn(Millis(0)));
        allowance.charge(Millis(0), Fault::Word, usize::MAX);
        assert!(allowance.is_overdrawn(Millis(9_999)));
        assert!(!allowance.is_overdrawn(Millis(10_000)));
        assert!(!allowance.is_whole(Millis(19_999)));
        assert!(allowance.is_whole(Millis(20_000)));
    }

    #[test]
    fn twenty_invalid_ones_are_forgiven_and_the_next_is_not() {
        let mut allowance = Allowance::new(Millis(0));
        allowance.charge(Millis(0), Fault::Invalid, 20);
        assert!(!allowance.is_overdrawn(Millis(0)));
        allowance.charge(Millis(0), Fault::Invalid, 1);
        assert!(allowance.is_overdrawn(Millis(0)));
    }
}
