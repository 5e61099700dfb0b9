//! How far something long has come.

use std::fmt;
use troupe_types::{Bytes, Millis};

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The log is read and checked.
    Checking,
    /// The index is filled from a state file.
    Loading,
    /// The index takes over what came after that.
    Replaying,
    /// A state file is written.
    Writing,
}

/// How far it has come. Whoever gets it has a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// Bytes that are done.
    pub done: Bytes,
    /// Bytes there are, or that are expected; none when nobody can know.
    pub total: Bytes,
    /// Items that are done: records, or keys.
    pub items: u64,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Checking => "checking the log",
            Self::Loading => "reading the state file",
            Self::Replaying => "taking over later blocks",
            Self::Writing => "writing a state file",
        })
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { phase, done, total, .. } = self;
        match total.0 {
            0 => write!(f, "{phase}: {done}"),
            _ => write!(f, "{phase}: {done} of {total}"),
        }
    }
}

impl Progress {
    /// How long the rest takes at the speed so far, `elapsed` after the phase began.
    #[must_use]
    pub fn remaining(&self, elapsed: Millis) -> Option<Millis> {
        if self.done == Bytes::ZERO || self.total < self.done {
            return None;
        }
        let left = u128::from(self.total.0 - self.done.0);
        let millis = u128::from(elapsed.0) * left / u128::from(self.done.0);
        u64::try_from(millis).ok().map(Millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_takes_as_long_as_the_part_before_took_for_its_size() {
        let at = |done, total| Progress {
            phase: Phase::Loading,
            done: Bytes(done),
            total: Bytes(total),
            items: 0,
        };
        assert_eq!(at(25, 100).remaining(Millis::secs(2)), Some(Millis::secs(6)));
        assert_eq!(at(100, 100).remaining(Millis::secs(2)), Some(Millis(0)));
        assert_eq!(at(0, 100).remaining(Millis::secs(2)), None);
        assert_eq!(at(7, 0).remaining(Millis::secs(2)), None, "the total is not known");
    }
}
