//! Time, handed in. A process reads the machine's clocks; a simulation has a wheel of its own.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
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
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn nanos(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn wall(&self) -> UnixMillis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn keeps_alarms(&self) -> bool {
        true
    }

    fn alarm(&self, at: Millis) -> Alarm {
        let until = self.start.checked_add(Duration::from_millis(at.0));
        Box::pin(async move {
            match until {
                Some(instant) => tokio::time::sleep_until(instant.into()).await,
                None => std::future::pending().await,
            }
        })
    }
}
