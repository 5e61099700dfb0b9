//! Time, handed in. A process reads the machine's clocks; a simulation has a wheel of its own.

use rustix::time::{ClockId, clock_gettime};
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use troupe_types::{Millis, UnixMillis};
use troupe_wire::Now;

/// A future that completes at its time.
pub type Alarm = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where a node gets its time.
pub trait Clock: Send + Sync + 'static {
    /// Nanoseconds since the clock began; never goes back.
    fn nanos(&self) -> u64;

    /// Wall-clock time for records.
    fn wall(&self) -> UnixMillis;

    /// Completes once `nanos()` has reached `at`.
    fn alarm(&self, at: Millis) -> Alarm;

    /// Whether an alarm of an answered ask may stay armed for the next ask of its task. Worth it where
    /// arming is dear. A simulation says no: nothing of one world may reach into the next.
    fn keeps_alarms(&self) -> bool {
        false
    }

    /// Both times as machines take them.
    fn now(&self) -> Now {
        Now { mono: self.mono(), wall: self.wall() }
    }

    /// Monotonic milliseconds.
    fn mono(&self) -> Millis {
        millis(self.nanos())
    }
}

/// An instant in nanoseconds as an instant in whole milliseconds.
#[inline]
pub(crate) const fn millis(nanos: u64) -> Millis {
    Millis(nanos / 1_000_000)
}

/// The clocks of the machine.
///
/// Every message is timed thrice, and asking the operating system costs more than many a handler.
/// So a thread asks it once in a while and counts the processor's ticks in between, where these are
/// steady; elsewhere it asks each time.
#[derive(Debug)]
pub struct SystemClock {
    /// When it began, in nanoseconds of the operating system.
    start: u64,
    ticks: quanta::Clock,
}

/// So many nanoseconds a thread trusts the ticks. They are off by a few parts in a million, so by
/// less than what one look at the clock takes.
const TRUST: u64 = 1_000_000;

/// What a thread knows of the time.
#[derive(Clone, Copy)]
struct Reading {
    /// Ticks when the operating system was asked.
    ticks: u64,
    /// What it said, in nanoseconds.
    nanos: u64,
    /// The latest time that was told: none that follows is earlier.
    latest: u64,
}

thread_local! {
    static LAST: Cell<Reading> = const { Cell::new(Reading { ticks: 0, nanos: 0, latest: 0 }) };
}

/// Nanoseconds of the monotonic clock of the operating system.
fn ask() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    // Both are positive: the clock began when the machine did.
    time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs()
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { start: ask(), ticks: quanta::Clock::new() }
    }
}

impl Clock for SystemClock {
    #[inline]
    fn nanos(&self) -> u64 {
        let ticks = self.ticks.raw();
        let last = LAST.get();
        let since = self.ticks.delta_as_nanos(last.ticks, ticks);
        let reading = if since < TRUST {
            Reading { latest: last.latest.max(last.nanos + since), ..last }
        } else {
            let nanos = ask();
            Reading { ticks, nanos, latest: last.latest.max(nanos) }
        };
        LAST.set(reading);
        reading.latest.saturating_sub(self.start)
    }

    fn wall(&self) -> UnixMillis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn keeps_alarms(&self) -> bool {
        true
    }

    fn alarm(&self, at: Millis) -> Alarm {
        let clock = Self { start: self.start, ticks: self.ticks.clone() };
        Box::pin(async move {
            // Rings again where the ticks lag behind the timers by a hair.
            while let left @ 1.. = at.0.saturating_sub(clock.mono().0) {
                tokio::time::sleep(Duration::from_millis(left)).await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_agrees_with_the_operating_systems_and_never_goes_back() {
        let clock = SystemClock::default();
        let began = ask();
        let mut last = 0;
        for round in 0..400_000u32 {
            let (before, told, after) = (ask(), clock.nanos(), ask());
            assert!(told >= last, "round {round}");
            last = told;
            let (least, most) = (before - began, after - clock.start);
            // A few parts in a million of what a thread trusts its ticks for, with room to spare.
            assert!(told + 20_000 >= least && told <= most + 20_000, "{least} {told} {most}");
        }
    }

    #[test]
    fn clocks_that_follow_one_another_know_nothing_of_each_other() {
        for _ in 0..100 {
            let clock = SystemClock::default();
            assert!(clock.nanos() < 1_000_000_000);
        }
    }

    #[tokio::test]
    async fn an_alarm_never_rings_before_its_time() {
        let clock = SystemClock::default();
        for span in [0, 1, 2, 5, 20] {
            let at = clock.mono().plus(Millis(span));
            clock.alarm(at).await;
            assert!(clock.mono() >= at);
        }
    }
}
