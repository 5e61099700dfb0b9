//! How often and how fast an actor is rebuilt.

use std::collections::VecDeque;
use troupe_types::Millis;

/// The pause grows with every fall and is forgotten after a quiet window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestartPolicy {
    /// The pause before the first rebuild.
    pub first_pause: Millis,
    /// The longest pause; each one doubles the one before.
    pub longest_pause: Millis,
    /// Falls older than this are forgotten.
    pub window: Millis,
    /// So many falls within the window are survived; one more stops the node.
    pub limit: u32,
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self {
            first_pause: Millis(50),
            longest_pause: Millis::secs(10),
            window: Millis::secs(60),
            limit: 10,
        }
    }
}

/// The falls of one actor.
#[derive(Debug, Default)]
pub(crate) struct Falls(VecDeque<Millis>);

impl Falls {
    /// Counts a fall: the pause before the rebuild, or `None` when it was one too many.
    pub(crate) fn next_pause(&mut self, now: Millis, policy: &RestartPolicy) -> Option<Millis> {
        while self.0.front().is_some_and(|fall| fall.plus(policy.window) < now) {
            self.0.pop_front();
        }
        if self.0.len() >= policy.limit as usize {
            return None;
        }
        let doublings = u32::try_from(self.0.len()).unwrap_or(u32::MAX).min(20);
        self.0.push_back(now);
        let pause = policy.first_pause.0.saturating_mul(1 << doublings);
        Some(Millis(pause).at_most(policy.longest_pause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_are_forgotten_after_the_window() {
        let policy = RestartPolicy {
            first_pause: Millis(50),
            longest_pause: Millis(150),
            window: Millis(10_000),
            limit: 4,
        };
        let mut falls = Falls::default();
        let pauses: Vec<_> = (0..4).map(|at| falls.next_pause(Millis(at), &policy)).collect();
        assert_eq!(pauses, [50, 100, 150, 150].map(|ms| Some(Millis(ms))));
        assert_eq!(falls.next_pause(Millis(9), &policy), None);
        assert_eq!(falls.next_pause(Millis(20_000), &policy), Some(Millis(50)));
    }
}
