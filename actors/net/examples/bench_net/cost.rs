//! CPU and wall time of a stretch of work.

use std::fs;
use std::time::{Duration, Instant};

/// A measurement: begun, then ended with the number of things done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    cpu: u64,
    begun: Instant,
    wall: Duration,
    count: u64,
}

impl Cost {
    pub(crate) fn begin() -> Self {
        Self { cpu: cpu_nanos(), begun: Instant::now(), wall: Duration::ZERO, count: 0 }
    }

    pub(crate) fn end(self, count: u64) -> Self {
        Self { cpu: cpu_nanos() - self.cpu, wall: self.begun.elapsed(), count, ..self }
    }

    pub(crate) fn cpu_each(&self) -> f64 {
        self.cpu as f64 / self.count as f64
    }

    pub(crate) fn wall_each(&self) -> f64 {
        self.wall.as_nanos() as f64 / self.count as f64
    }

    pub(crate) fn by_second(&self) -> f64 {
        self.count as f64 / self.wall.as_secs_f64()
    }
}

/// CPU time of all threads of this process, in nanoseconds.
fn cpu_nanos() -> u64 {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux tells a process its threads");
    tasks
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
        .filter_map(|stat| stat.split(' ').next()?.parse::<u64>().ok())
        .sum()
}

#[expect(clippy::disallowed_macros, reason = "a benchmark prints its figures")]
pub(crate) fn report(what: &str, unit: &str, mut runs: Vec<Cost>) {
    runs.sort_unstable_by(|a, b| a.cpu_each().total_cmp(&b.cpu_each()));
    let cost = runs[runs.len() / 2];
    let range = match runs.as_slice() {
        [least, .., most] => {
            format!(" ({:.1} to {:.1})", least.cpu_each() / 1e3, most.cpu_each() / 1e3)
        }
        _ => String::new(),
    };
    println!(
        "{what:<36} {:>8.2} us CPU of both ends{range}, {:>8.2} us wall, {:>7.0} {unit}s a second",
        cost.cpu_each() / 1e3,
        cost.wall_each() / 1e3,
        cost.by_second(),
    );
}

#[expect(clippy::disallowed_macros, reason = "a benchmark prints its figures")]
pub(crate) fn report_bytes(what: &str, cost: Cost) {
    println!(
        "{what:<40} {:>9.3} ns CPU of both ends a byte, {:>6.3} ns wall, {:>9.0} MiB a second",
        cost.cpu_each(),
        cost.wall_each(),
        cost.by_second() / f64::from(1 << 20),
    );
}
