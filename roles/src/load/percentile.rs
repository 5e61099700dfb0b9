//! How long things took, by rank.

use serde_json::{Value, json};
use std::time::Duration;

/// Times, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ranked(Vec<Duration>);

impl Ranked {
    pub(super) fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The least time that so many per cent do not exceed: the nearest rank.
    pub(super) fn at(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().unwrap_or_default()
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let [p50, p90, p99, max] = [50, 90, 99, 100].map(|percent| self.at(percent).as_millis());
        format!("p50 {p50} ms, p90 {p90} ms, p99 {p99} ms, longest {max} ms")
    }

    /// In milliseconds.
    pub(super) fn json(&self) -> Value {
        let [p50, p90, p99, max] =
            [50, 90, 99, 100].map(|percent| self.at(percent).as_secs_f64() * 1_000.0);
        json!({ "p50": p50, "p90": p90, "p99": p99, "max": max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        let ranked = Ranked::new((1..=10).rev().map(Duration::from_millis).collect());
        let at = |percent| ranked.at(percent).as_millis();
        assert_eq!(
            [at(0), at(10), at(11), at(50), at(90), at(99), at(100)],
            [1, 1, 2, 5, 9, 10, 10]
        );
        assert_eq!(Ranked::new(Vec::new()).at(50), Duration::ZERO);
        assert_eq!(ranked.text(), "p50 5 ms, p90 9 ms, p99 10 ms, longest 10 ms");
    }
}
