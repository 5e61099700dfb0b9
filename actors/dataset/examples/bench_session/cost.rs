//! Processor time, wall time and memory of this process.

use crate::process::Outcome;
use rustix::time::{ClockId, clock_gettime};
use std::fs;
use std::time::Duration;

/// Time of all threads, in user code and in the kernel.
pub(crate) fn cpu() -> Duration {
    read(ClockId::ProcessCPUTime)
}

/// A clock that only goes forward.
pub(crate) fn wall() -> Duration {
    read(ClockId::Monotonic)
}

fn read(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::from_nanos((time.tv_sec * 1_000_000_000 + time.tv_nsec).cast_unsigned())
}

/// Forgets the peak of memory.
pub(crate) fn forget_peak() -> Outcome<()> {
    Ok(fs::write("/proc/self/clear_refs", "5")?)
}

/// The most memory since then, in bytes.
pub(crate) fn peak() -> Outcome<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("no VmHWM")?;
    Ok(kibibytes.parse::<u64>()? << 10)
}
