//! `troupe status`: a development network on one screen.

use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::http::{self, Page};
use crate::output::{Report, columns};
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
#[command(
    after_help = "Example: troupe status\nExample: troupe --output json status --dir .devnet"
)]
pub(crate) struct StatusArgs {
    /// Directory of the development network
    #[arg(long, default_value = ".devnet", env = "TROUPE_DEVNET_DIR")]
    dir: PathBuf,
}

/// One process as it is now.
struct Seen {
    name: String,
    role: String,
    pid: u32,
    /// `ready`, or why not.
    state: String,
    is_ready: bool,
    peers: Option<f64>,
    jobs: Option<f64>,
    restarts: f64,
}

pub(crate) fn run(args: &StatusArgs) -> Outcome<Report> {
    let record = Record::read(&args.dir)?;
    let seen = troupe_runtime::run(async {
        futures_util::future::join_all(record.nodes.iter().map(|node| async {
            let base = node.metrics.trim_end_matches("/metrics").to_owned();
            let ready = format!("{base}/readyz");
            let (ready, metrics) =
                tokio::join!(http::get(&ready, PATIENCE), http::get(&node.metrics, PATIENCE));
            Seen::new(&node.name, &node.role, node.pid, ready, metrics)
        }))
        .await
    });
    let unready: Vec<&Seen> = seen.iter().filter(|one| !one.is_ready).collect();
    if unready.len() == seen.len() {
        let text = "no process of the network answers";
        return Err(Failure::about(ExitCode::Unreachable, args.dir.display(), text));
    }
    Ok(report(&seen))
}

impl Seen {
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
            state,
            is_ready,
            peers: total(&text, "troupe_net_peers"),
            jobs: total(&text, "troupe_compute_jobs_running"),
            restarts: total(&text, "troupe_actor_restarts_total").unwrap_or(0.0),
        }
    }
}

/// The sum of all samples of a metric.
fn total(text: &str, name: &str) -> Option<f64> {
    let samples = text.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        let value = match rest.as_bytes().first()? {
            b'{' => rest.rsplit_once("} ")?.1,
            b' ' => rest.trim_start(),
            _ => return None,
        };
        value.split(' ').next()?.parse::<f64>().ok()
    });
    samples.fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
}

fn report(seen: &[Seen]) -> Report {
    let shown =
        |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
    let head = ["node", "role", "pid", "peers", "jobs", "restarts", "state"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for one in seen {
        rows.push(vec![
            one.name.clone(),
            one.role.clone(),
            one.pid.to_string(),
            shown(one.peers),
            shown(one.jobs),
            one.restarts.to_string(),
            one.state.clone(),
        ]);
    }
    let nodes: Vec<Value> = seen
        .iter()
        .map(|one| {
            json!({
                "name": one.name, "role": one.role, "pid": one.pid, "ready": one.is_ready,
                "state": one.state, "peers": one.peers, "jobs": one.jobs,
                "restarts": one.restarts,
            })
        })
        .collect();
    Report::new(columns(&rows), json!({ "nodes": nodes }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_one_metric_are_added_up_and_no_others() {
        let text = "# HELP a x\na{b=\"c} d\"} 2\na{b=\"e\"} 3.5\na_more 7\nplain 4\n";
        assert_eq!(total(text, "a"), Some(5.5));
        assert_eq!(total(text, "plain"), Some(4.0));
        assert_eq!(total(text, "none"), None);
    }

    #[test]
    fn a_process_that_is_not_ready_says_why() {
        let page = Page { status: 503, text: "member: not announced yet\n".into() };
        let seen = Seen::new("data-1", "data", 7, Ok(page), Err("gone".into()));
        assert!(!seen.is_ready);
        assert_eq!(seen.state, "member: not announced yet");
        assert!(report(&[seen]).text.contains("not announced yet"));
    }
}
