//! Ring 3: a node of somebody who asks runs jobs for its owner, whoever listens and however often it starts again.

use crate::network::{Network, TROUPE, example, metric, signal, until, until_within};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

const WHOLE: &[&str] = &["--validators", "2", "--data", "2", "--compute", "3", "--requester", "1"];
const PARTIES: [&str; 3] = ["compute-1", "compute-2", "compute-3"];
const LAT: u128 = 1_000_000_000_000_000_000;

/// The owner of the node.
struct Owner<'a> {
    network: &'a Network,
    socket: String,
}

impl<'a> Owner<'a> {
    fn of(network: &'a Network) -> Self {
        let socket = network.node("requester-1")["control"].as_str().expect("one").to_owned();
        Self { network, socket }
    }

    fn run(&self, words: &[&str]) -> Output {
        let words = [&["job"], words, &["--control", &self.socket]].concat();
        // Commands that only ask a node know of no network.
        let is_of_network = ["run", "explain"].contains(&words[1]);
        let mut command = match is_of_network {
            true => self.network.command(&words),
            false => {
                let mut command = Command::new(TROUPE);
                command.args(["--output", "json"]).args(&words);
                command
            }
        };
        command.output().expect("the program runs")
    }

    #[track_caller]
    fn good(&self, words: &[&str]) -> Value {
        let output = self.run(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Its code, and what it says.
    #[track_caller]
    fn bad(&self, words: &[&str]) -> (i32, String) {
        let output = self.run(words);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{words:?}");
        (output.status.code().expect("it ended by itself"), said)
    }
}

/// The nodes that are told of, by their names.
fn called(nodes: &Value) -> Vec<&str> {
    let all = nodes.as_array().expect("nodes").iter();
    let mut all: Vec<&str> = all.map(|node| node["name"].as_str().expect("a name")).collect();
    all.sort_unstable();
    all
}

fn written(network: &Network, name: &str, text: &str) -> PathBuf {
    let path = network.dir.join(name);
    fs::write(&path, text).expect("it is written");
    path
}

#[test]
fn a_node_runs_jobs_for_its_owner_whoever_listens() {
    let network = Network::start_with(WHOLE);
    let owner = Owner::of(&network);
    let file = example("jobs/joint_statistics.toml");
    let file = file.to_str().expect("a plain path");

    // What is wrong is said before anybody is asked.
    let text = fs::read_to_string(file).expect("a shipped file");
    let broken = written(&network, "broken.toml", &text.replace("layout", "lay_out"));
    let (code, said) = owner.bad(&["run", broken.to_str().expect("plain"), "--detach"]);
    assert!(code == 12 && said.contains("broken.toml") && said.contains("lay_out"), "{said}");
    let wrong = written(&network, "wrong.toml", &text.replace("data-1", "data-7"));
    let (code, said) = owner.bad(&["run", wrong.to_str().expect("plain")]);
    assert!(code == 12 && said.contains("nearest is \\\"data-"), "{code} {said}");
    assert_eq!(owner.good(&["explain", file])["rows"], 569);
    let (code, _) = owner.bad(&["watch", "1"]);
    assert_eq!(code, 2, "there is none yet");

    // Nobody listens while it goes on.
    let begun = owner.good(&["run", file, "--detach"]);
    assert_eq!(begun["task"], 1, "{begun}");
    let report = owner.good(&["watch", "1"]);
    assert_eq!(report["results"].as_array().expect("results").len(), 8);
    assert_eq!(report["settled"]["task"], 1);
    assert_eq!(report["settled"]["fee"], (3 * LAT).to_string());
    let account = network.node("requester-1")["account"].clone();
    assert_eq!(report["settled"]["payer"], account, "its own account pays");
    let again = owner.good(&["watch", "joint statistics of a clinic and its laboratory"]);
    assert_eq!(again["results"], report["results"]);
    let kept = owner.good(&["result", "1"]);
    assert_eq!((&kept["results"], &kept["chain"]["state"]), (&report["results"], &"paid".into()));
    let listed = owner.good(&["list"]);
    assert_eq!(listed["tasks"].as_array().expect("tasks").len(), 1);
    assert_eq!(listed["tasks"][0]["results"], true);
    let jobs = listed["jobs"].as_array().expect("jobs");
    let outcomes: Vec<&str> = jobs.iter().filter_map(|job| job["outcome"].as_str()).collect();
    assert!(outcomes.len() == 2 && outcomes[1] == "well", "{outcomes:?}");
    assert_eq!(owner.good(&["status", "1"])["state"], "ended");

    let page = network.metrics("requester-1").expect("a page");
    assert_eq!(metric(&page, "troupe_jobs_running"), Some(0.0));
    assert!(page.contains("troupe_jobs_ended_total{outcome=\"done\"} 1"), "{page}");

    // A node that starts again knows what it did.
    let old = network.kill("requester-1");
    network.back("requester-1", old);
    let kept = owner.good(&["watch", "1"]);
    assert_eq!((&kept["results"], &kept["settled"]), (&report["results"], &report["settled"]));
    assert!(network.terminate().success());
}

#[test]
fn a_job_goes_on_when_its_node_was_killed_before_anybody_computed() {
    let network = Network::start_with(WHOLE);
    let owner = Owner::of(&network);
    let file = example("jobs/training.toml");
    let text = fs::read_to_string(file).expect("a shipped file");
    let text = text.replace("malignancy.onnx", "m.onnx").replace("epochs   = 10", "epochs   = 300");
    let file = written(&network, "job.toml", &text);
    let file = file.to_str().expect("a plain path");
    let begun = owner.good(&["run", file, "--detach"]);
    assert_eq!(begun["task"], 1);
    let old = network.kill("requester-1");
    network.back("requester-1", old);
    // The task is the same, and so are its results: nobody had shared anything yet.
    let report = owner.good(&["watch", "1"]);
    assert_eq!(report["settled"]["task"], 1);
    assert_eq!(called(&report["parties"]), PARTIES, "as whoever began it calls them");
    let names: Vec<&str> = report["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|result| result["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(names, ["weights", "accuracy", "auc"]);
    // Whoever listens, or asks later, gets the model as whoever runs a job does.
    let asked = ["watch", "result"].map(|word| {
        let path = network.dir.join(format!("{word}.onnx"));
        let said = owner.run(&[word, "1", "--onnx", path.to_str().expect("plain")]);
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        fs::read(path).expect("the model")
    });
    assert!(asked[0] == asked[1] && asked[0].windows(7).any(|part| part == b"Sigmoid"));

    // Once parties have begun, nobody takes their results any more: the deposit comes back at a deadline.
    let begun = owner.good(&["run", file, "--detach"]);
    assert_eq!(begun["task"], 2);
    until("the parties compute", || {
        (owner.good(&["status", "2"])["owners_let_start"] == "2 of 2").then_some(())
    });
    let old = network.kill("requester-1");
    network.back("requester-1", old);
    let (code, said) = owner.bad(&["watch", "2"]);
    assert_eq!(code, 43, "{said}");
    assert!(said.contains("lost by a restart of its node: task 2 ended: "), "{said}");
    let status = owner.good(&["status", "2"]);
    assert!(status["end"].as_u64().is_some_and(|end| end > 1), "{status}");
    assert_eq!(status["held"], "0", "the deposit is back");
    let jobs = owner.good(&["list"])["jobs"].clone();
    assert_eq!(jobs[0]["outcome"], "well");
    assert!(jobs[1]["outcome"].as_str().expect("a line").starts_with("lost by a restart"));
    assert!(
        network.terminate().success(),
        "no party waits for whoever should have taken the results"
    );
}

/// Whoever asks cannot choose parties by telling only some of them: owners hand the job to those whom the chain has elected, and
/// parties keep a place of a worker for it.
#[test]
fn the_elected_take_their_seats_while_whoever_asks_says_nothing() {
    let network = Network::start_with(&[WHOLE, &["--workers", "1"]].concat());
    let owner = Owner::of(&network);
    let status = |what: &str| {
        let output = network.command(&["job", "status", "1"]).output().expect("the program runs");
        let status: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        status[what].clone()
    };
    let file = example("jobs/joint_statistics.toml");
    let begun = owner.good(&["run", file.to_str().expect("a plain path"), "--detach"]);
    assert_eq!(begun["task"], 1);
    until("owners have agreed", || (status("owners_agreed") == "2 of 2").then_some(()));
    let pid = network.node("requester-1")["pid"].as_u64().expect("a process id");
    signal(pid, "STOP");
    assert_eq!(status("seats_accepted"), "0 of 0", "nobody is elected yet");
    until_within(Duration::from_secs(60), "the elected have their seats", || {
        (status("seats_accepted") == "3 of 3").then_some(())
    });
    let handed = "handed to an elected node";
    assert!(["data-1", "data-2"].iter().any(|data| network.log(data).contains(handed)));
    PARTIES.iter().for_each(|party| {
        assert!(network.log(party).contains("a worker has the seat"), "{party}");
    });
    signal(pid, "CONT");
    let report = owner.good(&["watch", "1"]);
    assert_eq!(
        (&report["settled"]["task"], called(&report["parties"])),
        (&1.into(), PARTIES.to_vec())
    );
    for party in PARTIES {
        let sent = |name: &str| {
            let page = network.metrics(name).expect("a page");
            metric(&page, "troupe_mpc_bytes_total{direction=\"sent\"}").unwrap_or(0.0)
        };
        assert!(sent(&format!("{party}-worker-1")) > 0.0 && sent(party) <= 0.0, "{party}");
    }
    assert!(network.terminate().success());
}

#[test]
fn without_a_chain_a_node_matches_and_computes_for_its_owner_and_ends_what_is_cancelled() {
    let flags = ["--validators", "0", "--compute", "3", "--requester", "1"];
    let mut network = Network::start_with(&flags);
    let owner = Owner::of(&network);
    let shipped = example("jobs/matching.toml");
    let matching = shipped.to_str().expect("a plain path");
    let report = owner.good(&["run", matching]);
    assert_eq!(report["count"], 569);
    let computed = example("jobs/joint_statistics.toml");
    let report = owner.good(&["run", computed.to_str().expect("plain")]);
    assert_eq!(report["settled"], Value::Null);

    // With room for one job, and one that takes long: it goes on until somebody ends it.
    let home = PathBuf::from(network.node("requester-1")["dir"].as_str().expect("a folder"));
    let manifest = home.join("node.toml");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    let text = text + "\n[actor.jobs]\nsettings = { at_once = 1 }\n";
    fs::write(&manifest, text).expect("it is written");
    let old = network.kill("requester-1");
    network.back("requester-1", old);
    let text = fs::read_to_string(example("jobs/training.toml")).expect("a shipped file");
    let text = text.replace("epochs   = 10", "epochs   = 300").replace("malignancy.onnx", "m.onnx");
    let long = written(&network, "long.toml", &text);
    let long = long.to_str().expect("a plain path");
    let begun = owner.good(&["run", long, "--detach"]);
    assert_eq!((&begun["run"], &begun["task"]), (&3.into(), &Value::Null), "numbers go on");
    let (code, said) = owner.bad(&["run", long, "--detach"]);
    assert!(code == 42 && said.contains("1 job goes on already, the limit is 1"), "{code} {said}");
    assert_eq!(owner.good(&["cancel", "3", "--run"])["run"], 3);
    let (code, said) = owner.bad(&["watch", "3", "--run"]);
    assert!(code == 43 && said.contains("it was cancelled"), "{code} {said}");
    assert_eq!(owner.good(&["run", matching])["count"], 569, "there is room again");
    // A node without the actor says so.
    let socket = network.node("data-1")["control"].as_str().expect("one").to_owned();
    let other = Owner { network: &network, socket };
    let (code, said) = other.bad(&["list"]);
    assert!(code == 40 && said.contains("runs no jobs"), "{code} {said}");
    // What goes on when the node ends is named, and does not keep it.
    owner.good(&["run", long, "--detach"]);
    assert!(network.end().success());
    let log = network.log("requester-1");
    assert!(log.contains("the process ends before a job does"), "{log}");
}
