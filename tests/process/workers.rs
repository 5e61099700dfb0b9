//! Ring 3: compute parties of several processes.

use crate::network::{Network, example, metric, signal, until, until_within};
use serde_json::Value;
use std::time::Duration;

const PARTIES: [&str; 3] = ["compute-1", "compute-2", "compute-3"];

fn shown(network: &Network, name: &str, metric_name: &str) -> Option<f64> {
    metric(&network.metrics(name)?, metric_name)
}

fn all_enlisted(network: &Network, party: &str, count: f64) {
    until("all workers are known to their party", || {
        (shown(network, party, "troupe_compute_workers") == Some(count)).then_some(())
    });
}

fn all_have_workers(network: &Network, count: f64) {
    PARTIES.iter().for_each(|party| all_enlisted(network, party, count));
}

/// Bytes of shares that a process sent.
fn moved(network: &Network, name: &str) -> f64 {
    shown(network, name, "troupe_mpc_bytes_total{direction=\"sent\"}").unwrap_or(0.0)
}

fn good(network: &Network, file: &str) -> Value {
    let output = network.job(&example(file));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn workers_compute_for_their_parties_and_parties_themselves_where_none_is_left() {
    let flags = ["--validators", "0", "--data", "2", "--compute", "3", "--workers", "1"];
    let network = Network::start_with(&flags);
    all_have_workers(&network, 1.0);
    let report = good(&network, "jobs/formula.toml");
    let plain = &report["results"];
    // The parties are who was asked for; the shares went to their workers alone.
    for party in PARTIES {
        let worker = format!("{party}-worker-1");
        assert!(moved(&network, &worker) > 0.0, "{worker}");
        assert!(moved(&network, party) <= 0.0, "{party}");
        assert!(network.log(&worker).contains("enlisted as a worker"));
    }
    assert_eq!(report["parties"].as_array().map(Vec::len), Some(3));

    // One that was killed is back in a moment.
    let old = network.kill("compute-1-worker-1");
    network.back("compute-1-worker-1", old);
    // A party without workers computes itself, as soon as it knows that there is none.
    let pid = network.node("compute-2-worker-1")["pid"].as_u64().expect("a number");
    signal(pid, "STOP");
    until_within(Duration::from_secs(40), "the worker is forgotten", || {
        (shown(&network, "compute-2", "troupe_compute_workers") == Some(0.0)).then_some(())
    });
    all_enlisted(&network, "compute-1", 1.0);
    let again = good(&network, "jobs/formula.toml");
    for (one, other) in plain.as_array().unwrap().iter().zip(again["results"].as_array().unwrap()) {
        let off = (one["value"].as_f64().unwrap() - other["value"].as_f64().unwrap()).abs();
        assert!(off <= 2.0 * one["error"].as_f64().unwrap(), "{one} and {other}");
    }
    assert!(moved(&network, "compute-2") > 0.0);
    assert!(moved(&network, "compute-1-worker-1") > 0.0);
    signal(pid, "CONT");
    all_enlisted(&network, "compute-2", 1.0);
    assert!(network.terminate().success());
}

#[test]
fn what_workers_compute_is_settled_in_the_name_of_their_parties() {
    let flags = ["--validators", "2", "--data", "2", "--compute", "3", "--workers", "2"];
    let network = Network::start_with(&flags);
    all_have_workers(&network, 2.0);
    let report = good(&network, "jobs/joint_statistics.toml");
    assert_eq!(report["settled"]["task"], 1);
    for party in PARTIES {
        let workers = [1, 2].map(|worker| moved(&network, &format!("{party}-worker-{worker}")));
        let busy = workers.iter().filter(|bytes| **bytes > 0.0).count();
        assert_eq!(busy, 1, "{party}: {workers:?}");
        assert!(moved(&network, party) <= 0.0, "{party}");
        assert!(network.log(party).contains("a worker has the seat"), "{party}");
    }
    until("all slots are free again", || {
        let free =
            |name: &&str| shown(&network, name, "troupe_compute_worker_slots_free") == Some(32.0);
        PARTIES.iter().all(free).then_some(())
    });
    assert!(network.terminate().success());
}
