//! How much processor time processes of this machine use.

use crate::devnet::Record;
use std::time::Duration;

/// Ticks of the clock in which the system counts, a second: fixed in what Linux tells programs.
const TICKS: u64 = 100;

/// A process and what it has used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) name: String,
    pub(super) pid: u32,
    pub(super) time: Duration,
}

/// What every node that has a chain has used; those in one process are one.
pub(super) fn of_nodes(record: Option<&Record>) -> Vec<Used> {
    let mut all: Vec<Used> = Vec::new();
    for node in record.iter().flat_map(|record| &record.nodes).filter(|node| node.rpc.is_some()) {
        if let Some(same) = all.iter_mut().find(|used| used.pid == node.pid) {
            same.name = format!("{}, {}", same.name, node.name);
            continue;
        }
        // Another machine's process, or one that is gone, has no time to tell.
        if let Some(time) = of_process(&node.pid.to_string()) {
            all.push(Used { name: node.name.clone(), pid: node.pid, time });
        }
    }
    all
}

/// What this process has used.
pub(super) fn of_this() -> Duration {
    of_process("self").unwrap_or_default()
}

fn of_process(pid: &str) -> Option<Duration> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    parse(&text)
}

/// Fields 14 and 15, user and system time; the second is a name in brackets that may hold anything.
// proc_pid_stat(5)
fn parse(stat: &str) -> Option<Duration> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ').skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis(user.checked_add(system)?.checked_mul(1_000 / TICKS)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_system_time_are_added() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 0 0 0 150 25 0 0 20 0 1 0 5 0 0\n";
        assert_eq!(parse(stat), Some(Duration::from_millis(1_750)));
        assert_eq!(parse("7 (a) S 1"), None);
        assert_eq!(parse(""), None);
    }
}
