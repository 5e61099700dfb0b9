//! Ring 3: processes are killed, restarted and drained while they work.

use crate::network::{Network, TROUPE, example, is_alive, metric, until};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The deadline of the jobs below.
const DEADLINE: Duration = Duration::from_secs(20);

/// Rows that keep the parties busy for a while.
const ROWS: usize = 300_000;

/// Gives both data nodes so many rows that a job takes long enough to be hurt.
fn grow(network: &Network) {
    for (name, file, columns) in [
        ("data-1", "clinic.csv", "radius_mean,texture_mean,perimeter_mean,area_mean"),
        ("data-2", "laboratory.csv", "smoothness_mean,compactness_mean,concavity_mean,malignant"),
    ] {
        let mut text = format!("sample,{columns}\n");
        for row in 0..ROWS {
            let x = (row * 7919 % 1000) as f64 / 10.0;
            writeln!(text, "R{row},{x},{},{},{}", x + 1.0, 100.0 - x, row % 2).expect("a string");
        }
        fs::write(network.dir.join(name).join(file), text).expect("the data file");
        let old = network.kill(name);
        network.back(name, old);
    }
}

fn job_file(network: &Network) -> PathBuf {
    let text = fs::read_to_string(example("jobs/joint_statistics.toml")).expect("the shipped job");
    let file = network.dir.join("long.toml");
    fs::write(&file, text.replace("\"60s\"", "\"20s\"")).expect("a job file");
    file
}

/// Starts a job and kills `victim` once shares are moving; how the job ended, and how soon.
fn hurt(network: &Network, victim: &str) -> (Output, Duration) {
    let file = job_file(network);
    let before = moved(network);
    let began = Instant::now();
    let job = network
        .command(&["job", "run", file.to_str().expect("a plain path")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    until("shares move", || (moved(network) > before).then_some(()));
    let old = network.kill(victim);
    let output = job.wait_with_output().expect("the job ends");
    let took = began.elapsed();
    network.back(victim, old);
    until("all are ready again", || network.all_ready().then_some(()));
    (output, took)
}

/// Bytes of shares that the compute nodes have seen.
fn moved(network: &Network) -> u64 {
    let names = network.names();
    let compute = names.iter().filter(|name| name.starts_with("compute"));
    let received = compute.filter_map(|name| {
        let page = network.metrics(name)?;
        metric(&page, "troupe_mpc_bytes_total{direction=\"received\"}")
    });
    received.map(|bytes| bytes as u64).sum()
}

#[test]
fn a_killed_process_is_named_within_the_deadline_and_the_next_job_succeeds() {
    let network = Network::start();
    grow(&network);
    for victim in ["data-1", "data-2", "compute-1", "compute-2", "compute-3", "bootstrap"] {
        let (output, took) = hurt(&network, victim);
        assert!(took < DEADLINE + Duration::from_secs(10), "{victim}: took {took:?}");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if victim == "bootstrap" {
            // Nobody needs the directory once everybody has found each other.
            assert!(output.status.success(), "{told}");
        } else {
            assert_eq!(output.status.code(), Some(43), "{victim}: {told}");
            assert!(told.contains(victim), "{victim} is not named: {told}");
        }
        let next = network.job(&job_file(&network));
        let told = String::from_utf8_lossy(&next.stderr).into_owned();
        assert!(next.status.success(), "after {victim}: {told}");
    }
}

#[test]
fn sigterm_drains_every_process_and_leaves_none() {
    let network = Network::start();
    let record = network.record();
    let nodes = record["nodes"].as_array().expect("nodes");
    let pids: Vec<u64> = nodes.iter().map(|node| node["pid"].as_u64().expect("a pid")).collect();
    assert!(pids.iter().all(|pid| is_alive(*pid)));
    let dir = network.dir.clone();
    let status = network.terminate();
    assert_eq!(status.code(), Some(0));
    assert!(pids.iter().all(|pid| !is_alive(*pid)), "a process is left");
    assert!(!dir.join("devnet.json").exists());
}

#[test]
fn processes_end_with_the_command_that_started_them() {
    let network = Network::start();
    let record = network.record();
    let nodes = record["nodes"].as_array().expect("nodes");
    let pids: Vec<u64> = nodes.iter().map(|node| node["pid"].as_u64().expect("a pid")).collect();
    // As if somebody had killed it: nothing is left to drain the nodes in order.
    drop(network);
    until("no process is left", || pids.iter().all(|pid| !is_alive(*pid)).then_some(()));
}

#[test]
fn a_second_process_with_the_same_directory_is_refused_by_name_of_the_first() {
    let network = Network::start();
    let node: Value = network.node("compute-1");
    let pid = node["pid"].as_u64().expect("a pid");
    let second = Command::new(TROUPE)
        .args(["node", "--manifest"])
        .arg(network.dir.join("compute-1/node.toml"))
        .arg("--password-file")
        .arg(network.dir.join("password"))
        .output()
        .expect("the program runs");
    assert_eq!(second.status.code(), Some(20));
    let told = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(told.contains(&pid.to_string()), "{told}");
    assert!(is_alive(pid));
}
