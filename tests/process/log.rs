//! Ring 3: what processes log, one for each node or one for all.

use crate::network::{Network, example, signal, until};
use std::fs;

#[test]
fn a_hangup_reads_the_log_filter_again_and_a_bad_manifest_changes_nothing() {
    let network = Network::start();
    let node = network.node("data-1");
    let pid = node["pid"].as_u64().expect("a process id");
    let manifest = network.dir.join("data-1").join("node.toml");
    let written = fs::read_to_string(&manifest).expect("the manifest");

    fs::write(&manifest, format!("{written}\n[process.log]\nlevel = 1\n")).expect("a bad one");
    signal(pid, "HUP");
    until("the mistake is named", || said(&network, "log filter unchanged"));

    let text = written.replace("[process]\n", "[process]\nlog = { level = \"trace\" }\n");
    assert_ne!(text, written);
    fs::write(&manifest, text).expect("a good one");
    signal(pid, "HUP");
    until("the filter is read again", || said(&network, "log filter read again"));
    until("it holds", || said(&network, "\"level\":\"TRACE\""));
}

fn said(network: &Network, what: &str) -> Option<()> {
    network.log("data-1").contains(what).then_some(())
}

#[test]
fn a_network_in_one_process_runs_the_same_job_and_logs_to_one_file() {
    let network = Network::start_with(&["--validators", "0", "--one-process"]);
    let pids: Vec<_> =
        network.names().iter().map(|name| network.node(name)["pid"].clone()).collect();
    assert!(pids.len() == 6 && pids.iter().all(|pid| *pid == pids[0]), "{pids:?}");
    let output = network.job(&example("jobs/joint_statistics.toml"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let log = fs::read_to_string(network.dir.join("log")).expect("the log");
    assert_eq!(log.matches("\"message\":\"listening\"").count(), 6, "{log}");
    assert!(network.terminate().success());
}
