//! Ring 3: the compute nodes of a development network have registered on its chain when it is ready.

use crate::network::{Network, example, until};
use crate::stakes::{latest, told};
use crate::wallet::ask;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Stdio;
use troupe_market::algorithm::{ALIGNMENT, MATCHING_COUNT, bit};
use troupe_market::call::abi::DataRegistry::getDatasetsCall;
use troupe_market::call::abi::TaskMarket::{self, getNodesCall, getTaskCall, openedCall};
use troupe_market::contract::{DATA, TASKS};

const LAT: u128 = 1_000_000_000_000_000_000;

fn registered(url: &str) -> Vec<TaskMarket::Node> {
    let asked = getNodesCall { afterId: 0, count: 64 };
    told(url, TASKS, &asked, &latest()).expect("a validator answers")
}

#[test]
fn compute_nodes_are_on_the_chain_when_the_network_is_ready_and_once() {
    let flags = ["--validators", "2", "--data", "2", "--compute", "3"];
    let network = Network::start_with(&flags);
    let url = network.rpc()[0].clone();
    let found = registered(&url);
    let names = ["compute-1", "compute-2", "compute-3"].map(|name| network.node(name));
    let text = |name: &serde_json::Value, key: &str| name[key].as_str().expect("a text").to_owned();
    let ids: BTreeSet<String> = found.iter().map(|node| hex::encode(node.node)).collect();
    assert_eq!(ids, names.each_ref().map(|name| text(name, "node_id")).into());
    let accounts: BTreeSet<String> = found.iter().map(|node| node.account.to_string()).collect();
    assert_eq!(accounts, names.each_ref().map(|name| text(name, "account")).into());
    assert!(found.iter().all(|node| node.stake == 1_000 * LAT && node.leftAt == 0));

    // Data nodes have something for fees, and have their data listed.
    until("all data sets are listed", || {
        let asked = getDatasetsCall { afterId: 0, count: 64 };
        let listed = told(&url, DATA, &asked, &latest())?;
        let names: BTreeSet<&str> = listed.iter().map(|one| one.listing.name.as_str()).collect();
        let all = BTreeSet::from(["clinic", "laboratory", "patients", "biopsies"]);
        (names == all).then_some(())
    });
    // Whoever comes back is still registered, and does not do it again.
    let old = network.kill("compute-2");
    network.back("compute-2", old);
    assert_eq!(registered(&url).len(), 3);
    assert!(network.log("compute-2").contains("in the market"));
    assert!(network.terminate().success());
}

/// Answers over the samples that both files have, in the clear.
fn common_samples() -> [(&'static str, f64); 2] {
    let read = |file: &str, name: &str| -> BTreeMap<String, f64> {
        let text = fs::read_to_string(example(file)).expect("a shipped file");
        let mut lines = text.lines();
        let header = lines.next().expect("a header");
        let place = header.split(',').position(|found| found == name).expect("a column");
        let cells = lines.map(|line| line.split(',').collect::<Vec<_>>());
        cells.map(|cells| (cells[0].to_owned(), cells[place].parse().expect("a number"))).collect()
    };
    let radius = read("data/patients.csv", "radius_mean");
    let malignant = read("data/biopsies.csv", "malignant");
    let both = radius.iter().filter_map(|(key, radius)| Some((*radius, *malignant.get(key)?)));
    let both: Vec<(f64, f64)> = both.collect();
    let count = both.len() as f64;
    let mean = both.iter().map(|(radius, _)| radius).sum::<f64>() / count;
    let share = both.iter().map(|(_, malignant)| malignant).sum::<f64>() / count;
    let products = both.iter().map(|(x, y)| (x - mean) * (y - share)).sum::<f64>();
    [("mean radius", mean), ("radius with diagnosis", products / (count - 1.0))]
}

fn task(url: &str, number: u64) -> Option<TaskMarket::Task> {
    told(url, TASKS, &getTaskCall { task: number }, &latest())
}

fn balance(url: &str, account: &str) -> u128 {
    let answer = ask(url, "eth_getBalance", json!([account, "latest"]));
    let told = answer.expect("it answers").expect("a balance");
    let digits = told.as_str().and_then(|text| text.strip_prefix("0x")).expect("a number");
    u128::from_str_radix(digits, 16).expect("below 2^128")
}

#[test]
fn a_job_is_settled_on_the_chain_and_who_loses_a_party_gets_its_deposit_back() {
    let network = Network::start_with(&["--validators", "2", "--data", "2", "--compute", "3"]);
    let url = network.rpc()[0].clone();
    let names = ["compute-1", "compute-2", "compute-3"];
    let account = |name: &str| network.node(name)["account"].as_str().expect("one").to_owned();
    let before = names.map(|name| balance(&url, &account(name)));

    let file = example("jobs/joint_statistics.toml");
    let output = network.job(&file);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["settled"]["task"], 1);
    assert_eq!(report["settled"]["fee"], (3 * LAT).to_string());
    let paid = task(&url, 1).expect("the task");
    assert_eq!((paid.phase, paid.end, paid.escrow), (7, 1, 0));
    let [first, others @ ..] = &paid.seats[..] else { panic!("no seats") };
    assert!(others.iter().all(|seat| {
        (seat.posting.result, seat.posting.transcript)
            == (first.posting.result, first.posting.transcript)
    }));
    // A third of the fee each; what they paid for gas is far below.
    for (name, before) in names.into_iter().zip(before) {
        let earned = balance(&url, &account(name)) - before;
        assert!(earned > LAT / 2 && earned <= LAT, "{name}: {earned}");
    }

    // What was paid for outlives the command, and so does what the chain says of it.
    let again = |flags: &[&str]| {
        let words = [&["job", "result", "1"], flags].concat();
        let output = network.command(&words).output().expect("the program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON")
    };
    let kept = again(&[]);
    assert_eq!(kept["results"], report["results"]);
    assert_eq!(kept["settled"], report["settled"]);
    assert_eq!(kept["chain"]["state"], "paid");
    assert_eq!(kept["chain"]["posted"], 3);
    assert_eq!(again(&["--offline"])["results"], report["results"]);
    let elsewhere = network.command(&["job", "result", "1", "--results", "elsewhere"]).output();
    assert_eq!(elsewhere.expect("the program runs").status.code(), Some(12));

    // A contract is shown the same numbers, and takes nobody's word for them.
    let folder = tempfile::tempdir().expect("a folder");
    let opening = folder.path().join("opening");
    again(&["--opening", opening.to_str().expect("a plain path")]);
    let digits = fs::read_to_string(&opening).expect("it is written");
    let bytes = hex::decode(digits.trim().trim_start_matches("0x")).expect("digits");
    let ask_for = |task: u64, bytes: Vec<u8>| {
        told(&url, TASKS, &openedCall { task, opening: bytes.into() }, &latest())
    };
    let shown = ask_for(1, bytes.clone()).expect("the parties posted this");
    let results = report["results"].as_array().expect("results");
    assert_eq!(shown.len(), results.len());
    for (shown, result) in shown.iter().zip(results) {
        assert_eq!(shown.name, result["name"].as_str().expect("a name"));
        let scale = 2f64.powi(shown.fraction.into()) * shown.divisor as f64;
        assert_eq!(shown.values.len(), 1);
        let (shown, told) = (shown.values[0] as f64 / scale, result["value"].as_f64());
        let told = told.expect("a number");
        // Whoever divides twice rounds twice.
        assert!((shown - told).abs() <= told.abs() * 1e-15, "{shown} and {told}");
    }
    let mut other = bytes;
    let last = other.len() - 1;
    other[last] ^= 1;
    assert!(ask_for(1, other).is_none(), "they posted something else");

    // Rows are matched within the task: agreed to, matched once the seats are taken, paid.
    let matched = network.job(&example("jobs/matched_statistics.toml"));
    assert!(matched.status.success(), "{}", String::from_utf8_lossy(&matched.stderr));
    let report: Value = serde_json::from_slice(&matched.stdout).expect("JSON");
    assert_eq!(
        (report["settled"]["task"].as_u64(), report["rows"][0].as_u64()),
        (Some(2), Some(380))
    );
    let exact = common_samples();
    for (name, exact) in exact {
        let results = report["results"].as_array().expect("results");
        let found = results.iter().find(|result| result["name"] == name).expect("an answer");
        let number = |key: &str| found[key].as_f64().expect("a number");
        assert!(
            (number("value") - exact).abs() <= number("error"),
            "{found}: {exact} in the clear"
        );
    }
    let paid = task(&url, 2).expect("the task");
    let alignment = bit(ALIGNMENT);
    assert_eq!((paid.phase, paid.end, paid.algorithms & alignment), (7, 1, alignment));

    // The same samples, and nobody is told which they are.
    let joined = network.job(&example("jobs/joined_statistics.toml"));
    assert!(joined.status.success(), "{}", String::from_utf8_lossy(&joined.stderr));
    let report: Value = serde_json::from_slice(&joined.stdout).expect("JSON");
    let results = report["results"].as_array().expect("results");
    let value = |name: &str| {
        let found = results.iter().find(|result| result["name"] == name);
        found.unwrap_or_else(|| panic!("{report}"))["value"].as_f64().expect("a number")
    };
    assert_eq!((results.len(), value("rows in common")), (6, 380.0));
    for (name, exact) in common_samples() {
        if let Some(found) = results.iter().find(|result| result["name"] == name) {
            let number = |key: &str| found[key].as_f64().expect("a number");
            assert!((number("value") - exact).abs() <= number("error"), "{found}: {exact}");
        }
    }
    let paid = task(&url, 3).expect("the task");
    assert_eq!((paid.phase, paid.end), (7, 1));
    assert_eq!(paid.algorithms & (bit(ALIGNMENT) | bit(MATCHING_COUNT)), bit(MATCHING_COUNT));

    // A party that is killed between its seat and the start has forgotten, gives up, and nobody is paid.
    let job = network
        .command(&["job", "run", file.to_str().expect("a plain path")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let seated = until("a seat is taken", || {
        let task = task(&url, 4)?;
        let seat = task.seats.iter().find(|seat| seat.accepted)?.id;
        let nodes = registered(&url);
        let node = nodes.iter().find(|node| node.id == seat)?;
        let id = hex::encode(node.node);
        names.into_iter().find(|name| network.node(name)["node_id"] == id.as_str())
    });
    let old = network.kill(seated);
    let output = job.wait_with_output().expect("the job ends");
    assert!(!output.status.success());
    network.back(seated, old);
    let over = until("the task is over", || task(&url, 4).filter(|task| task.end != 0));
    assert_eq!((over.end, over.escrow), (11, 0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(over.seats.iter().all(|seat| !seat.punished));
    assert!(registered(&url).iter().all(|node| node.stake == 1_000 * LAT && node.bound == 0));

    let listed = network.command(&["job", "list"]).output().expect("the program runs");
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    let ends: Vec<&Value> =
        listed["tasks"].as_array().expect("a list").iter().map(|task| &task["end"]).collect();
    assert_eq!(ends, [1, 1, 1, 11]);
    let here = listed["tasks"].as_array().expect("a list").iter().map(|task| &task["results"]);
    assert_eq!(here.collect::<Vec<_>>(), [true, true, true, false]);
}
