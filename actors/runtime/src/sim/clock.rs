//! The clocks of one simulated process: right, skewed or running at a wrong rate.

use crate::clock::{Alarm, Clock};
use crate::sim::wheel::{NANOS_PER_MILLI, Nanos, Until, Wheel};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use troupe_types::{Millis, UnixMillis};

/// What wall clocks show when the world begins: 2026-01-01T00:00:00Z.
const EPOCH: u64 = 1_767_225_600_000;

/// How wrong the clocks of one machine are.
#[derive(Debug, Default)]
pub(crate) struct Skew {
    /// Milliseconds by which the wall clock is ahead; may change while the process runs.
    wall_ahead: AtomicI64,
    /// Parts per million by which every second is too short.
    fast_by: AtomicI64,
}

impl Skew {
    /// Moves the wall clock by so many milliseconds against true time, forwards or backwards.
    pub(crate) fn set_wall(&self, ahead: i64) {
        self.wall_ahead.store(ahead, Ordering::Relaxed);
    }

    /// Sets the rate; counts from the next start of the process, as its monotonic clock never jumps.
    pub(crate) fn set_rate(&self, fast_by: i64) {
        self.fast_by.store(fast_by, Ordering::Relaxed);
    }
}

/// The clock of one incarnation: its monotonic time begins with it, as a process's does.
pub(crate) struct ProcessClock {
    wheel: Arc<Wheel>,
    skew: Arc<Skew>,
    booted: Nanos,
    fast_by: i64,
}

impl ProcessClock {
    pub(crate) fn start(wheel: Arc<Wheel>, skew: Arc<Skew>) -> Self {
        let (booted, fast_by) = (wheel.nanos(), skew.fast_by.load(Ordering::Relaxed));
        Self { wheel, skew, booted, fast_by }
    }

    /// The instant of the world at which this clock shows `own` nanoseconds, or the next one after.
    fn world_time(&self, own: Nanos) -> Nanos {
        let true_span = if self.fast_by == 0 {
            own
        } else {
            let scaled = i128::from(own) * MILLION;
            let rate = MILLION + i128::from(self.fast_by);
            u64::try_from((scaled + rate - 1) / rate).unwrap_or(u64::MAX)
        };
        self.booted.saturating_add(true_span)
    }
}

const MILLION: i128 = 1_000_000;

impl Clock for ProcessClock {
    fn nanos(&self) -> u64 {
        let true_span = self.wheel.nanos() - self.booted;
        if self.fast_by == 0 {
            return true_span;
        }
        let own = i128::from(true_span) * (MILLION + i128::from(self.fast_by)) / MILLION;
        u64::try_from(own).unwrap_or(u64::MAX)
    }

    fn wall(&self) -> UnixMillis {
        let true_time = EPOCH + self.wheel.nanos() / NANOS_PER_MILLI;
        UnixMillis(true_time.saturating_add_signed(self.skew.wall_ahead.load(Ordering::Relaxed)))
    }

    fn alarm(&self, at: Millis) -> Alarm {
        let own = at.0.saturating_mul(NANOS_PER_MILLI);
        let at = if own == u64::MAX { u64::MAX } else { self.world_time(own) };
        Box::pin(Until::new(Arc::clone(&self.wheel), at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_alarm_never_rings_before_its_own_clock_says_so(
            booted in 0u64..1 << 50,
            fast_by in -200_000i64..200_000,
            at in 0u64..1 << 40,
        ) {
            let wheel = Arc::new(Wheel::default());
            wheel.advance(booted);
            let skew = Arc::new(Skew::default());
            skew.set_rate(fast_by);
            let clock = ProcessClock::start(Arc::clone(&wheel), skew);
            let rings = clock.world_time(at);
            wheel.advance(rings);
            prop_assert!(clock.nanos() >= at);
            // And not later than the grain of the scaled clock.
            prop_assert!(clock.nanos() - at <= 2);
        }
    }

    #[test]
    fn a_wall_clock_can_jump_back_and_the_monotonic_one_does_not() {
        let wheel = Arc::new(Wheel::default());
        let skew = Arc::new(Skew::default());
        let clock = ProcessClock::start(Arc::clone(&wheel), Arc::clone(&skew));
        wheel.advance(5 * NANOS_PER_MILLI);
        let before = clock.now();
        skew.set_wall(-60_000);
        wheel.advance(6 * NANOS_PER_MILLI);
        assert_eq!(clock.now().wall.0 + 59_999, before.wall.0);
        assert_eq!(clock.now().mono, before.mono.plus(Millis(1)));
    }
}
