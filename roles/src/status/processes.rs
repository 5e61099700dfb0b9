//! The processes of a development network.

use super::chain::Head;
use super::metrics::{observed, total};
use crate::devnet::Record;
use crate::http::{self, Page};
use crate::output::columns;
use serde_json::{Value, json};
use std::time::Duration;

/// How long a process may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// One process as it is now.
pub(super) struct Process {
    name: String,
    role: String,
    pid: u32,
    /// Where its chain answers, if it has one.
    pub(super) rpc: Option<String>,
    /// `ready`, or why not.
    state: String,
    pub(super) is_ready: bool,
    peers: Option<f64>,
    jobs: Option<f64>,
    restarts: f64,
    /// The seconds that its blocks took to become final, added up, and their number.
    pub(super) finality: Option<(f64, f64)>,
}

/// Looks at every process.
pub(super) async fn look(record: &Record) -> Vec<Process> {
    futures_util::future::join_all(record.nodes.iter().map(|node| async {
        let base = node.metrics.trim_end_matches("/metrics").to_owned();
        let ready = format!("{base}/readyz");
        let (ready, metrics) =
            tokio::join!(http::get(&ready, PATIENCE), http::get(&node.metrics, PATIENCE));
        let process = Process::new(&node.name, &node.role, node.pid, ready, metrics);
        Process { rpc: node.rpc.clone(), ..process }
    }))
    .await
}

impl Process {
    fn new(
        name: &str,
        role: &str,
        pid: u32,
        ready: Result<Page, String>,
        metrics: Result<Page, String>,
    ) -> Self {
        let (is_ready, state) = match ready {
            Ok(page) if page.is_ok() => (true, "ready".to_owned()),
            Ok(page) => (false, page.text.trim().replace('\n', "; ")),
            Err(error) => (false, error),
        };
        let text = metrics.map(|page| page.text).unwrap_or_default();
        Self {
            name: name.to_owned(),
            role: role.to_owned(),
            pid,
            rpc: None,
            state,
            is_ready,
            peers: total(&text, "troupe_net_peers"),
            jobs: total(&text, "troupe_compute_jobs_running"),
            restarts: total(&text, "troupe_actor_restarts_total").unwrap_or(0.0),
            finality: observed(&text, "troupe_consensus_finality_seconds"),
        }
    }
}

/// The head of the chain of a process, if it has one that answers.
fn head_of<'a>(process: &Process, heads: &'a [Head]) -> Option<&'a Head> {
    let url = process.rpc.as_ref()?;
    heads.iter().find(|head| head.url == *url)
}

/// A line for each process.
pub(super) fn table(processes: &[Process], heads: &[Head]) -> String {
    let shown =
        |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
    let names = ["node", "role", "pid", "block", "pool", "peers", "jobs", "restarts", "state"];
    let mut rows = vec![names.map(str::to_owned).to_vec()];
    for process in processes {
        let head = head_of(process, heads);
        let of_head = |show: fn(&Head) -> u64| {
            head.map_or_else(|| "-".to_owned(), |head| show(head).to_string())
        };
        rows.push(vec![
            process.name.clone(),
            process.role.clone(),
            process.pid.to_string(),
            of_head(|head| head.header.height),
            of_head(|head| head.executable + head.queued),
            shown(process.peers),
            shown(process.jobs),
            process.restarts.to_string(),
            process.state.clone(),
        ]);
    }
    columns(&rows)
}

/// The same for programs.
pub(super) fn json(processes: &[Process], heads: &[Head]) -> Vec<Value> {
    let one = |process: &Process| {
        let head = head_of(process, heads);
        json!({
            "name": process.name, "role": process.role, "pid": process.pid,
            "ready": process.is_ready, "state": process.state, "peers": process.peers,
            "jobs": process.jobs, "restarts": process.restarts, "rpc": process.rpc,
            "height": head.map(|head| head.header.height),
            "pool": head.map(Head::pool),
        })
    };
    processes.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_is_not_ready_says_why() {
        let page = Page { status: 503, text: "member: not announced yet\n".into() };
        let process = Process::new("data-1", "data", 7, Ok(page), Err("gone".into()));
        assert!(!process.is_ready);
        assert_eq!(process.state, "member: not announced yet");
        assert!(table(&[process], &[]).contains("not announced yet"));
    }
}
