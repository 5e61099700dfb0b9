//! Ring 3: six real processes, one private computation on real data.

use crate::network::{Network, TROUPE, example, metric, until};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

fn column(file: &str, name: &str) -> Vec<f64> {
    let text = fs::read_to_string(example(file)).expect("a shipped file");
    let mut lines = text.lines();
    let header = lines.next().expect("a header");
    let place = header.split(',').position(|h| h == name).expect("a column of this name");
    lines
        .map(|line| line.split(',').nth(place).expect("a cell").parse().expect("a number"))
        .collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn covariance(a: &[f64], b: &[f64]) -> f64 {
    let (ma, mb) = (mean(a), mean(b));
    a.iter().zip(b).map(|(x, y)| (x - ma) * (y - mb)).sum::<f64>() / (a.len() as f64 - 1.0)
}

/// The result of the shipped job, computed in the clear from the shipped files.
fn exact(result: &Value) -> f64 {
    let clinic = |name| column("data/clinic.csv", name);
    let lab = |name| column("data/laboratory.csv", name);
    match result["name"].as_str().expect("a name") {
        "mean radius" => mean(&clinic("radius_mean")),
        "variance of the radius" => covariance(&clinic("radius_mean"), &clinic("radius_mean")),
        "mean area" => mean(&clinic("area_mean")),
        "variance of the area" => covariance(&clinic("area_mean"), &clinic("area_mean")),
        "malignant samples" => lab("malignant").iter().sum(),
        "mean concavity" => mean(&lab("concavity_mean")),
        "radius with diagnosis" => covariance(&clinic("radius_mean"), &lab("malignant")),
        "area with concavity" => covariance(&clinic("area_mean"), &lab("concavity_mean")),
        other => panic!("unknown result {other}"),
    }
}

#[test]
fn six_processes_compute_what_nobody_could_alone_and_only_the_receiver_learns_it() {
    let network = Network::start();
    assert_eq!(network.names().len(), 6);
    let output = network.job(&example("jobs/joint_statistics.toml"));
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let results = report["results"].as_array().expect("results");
    assert_eq!(results.len(), 8);
    for result in results {
        let (value, error) = (result["value"].as_f64().unwrap(), result["error"].as_f64().unwrap());
        let exact = exact(result);
        assert!((value - exact).abs() <= error, "{result}: {exact} in the clear");
        assert!(error < 2e-3 * exact.abs().max(1.0), "{result}: a useless bound");
    }
    assert_eq!(report["parties"].as_array().map(Vec::len), Some(3));

    // Every process shows its actors; the compute nodes that took part show what they moved.
    for name in network.names() {
        let page = network.metrics(&name).expect("a metrics page");
        for wanted in
            ["troupe_build_info", "troupe_actor_messages_total", "troupe_actor_queue_depth"]
        {
            assert!(page.contains(wanted), "{name} has no {wanted}");
        }
    }
    let page = network.metrics("compute-1").expect("a metrics page");
    assert!(page.contains("troupe_mpc_bytes_total{direction=\"sent\"}"), "{page}");
    until("the session is over everywhere", || {
        let page = network.metrics("compute-1")?;
        (metric(&page, "troupe_compute_jobs_running") == Some(0.0)).then_some(())
    });

    // The data nodes keep a record of the use, and nobody's log repeats a value of the data.
    for name in ["data-1", "data-2"] {
        assert!(network.dir.join(name).join("state/uses").metadata().is_ok_and(|m| m.len() > 0));
    }
    for name in network.names() {
        let log = network.log(&name);
        assert!(!log.contains("17.99") && !log.contains("0.3001"), "{name}: {log}");
    }
}

#[test]
fn a_network_that_is_no_development_network_is_found_by_flags() {
    let network = Network::start();
    let record = network.record();
    let owner = |name: &str| network.node(name)["node_id"].as_str().unwrap().to_owned();
    let text = fs::read_to_string(example("jobs/formula.toml")).unwrap();
    let text = text.replace("\"data-1\"", &format!("{:?}", owner("data-1")));
    let text = text.replace("\"data-2\"", &format!("{:?}", owner("data-2")));
    let file = network.dir.join("elsewhere.toml");
    fs::write(&file, text).unwrap();
    let id = record["chain_id"].to_string();
    let flags = [
        ("--bootstrap", record["bootstrap"][0].as_str().unwrap()),
        ("--node-key", record["user"]["key"].as_str().unwrap()),
        ("--node-password-file", record["user"]["password_file"].as_str().unwrap()),
        ("--network-id", &id),
        ("--results", network.dir.to_str().unwrap()),
        ("--dir", "nowhere"),
    ];
    let run = |words: &[&str]| {
        let mut command = Command::new(TROUPE);
        command.args(["--output", "json"]).args(words);
        command.args(flags.iter().flat_map(|(flag, value)| [*flag, *value]));
        let output = command.output().expect("the program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON")
    };
    let file = file.to_str().unwrap();
    assert!(run(&["job", "explain", file])["rounds"].as_u64().is_some());
    let found = run(&["job", "run", file]);
    let here: Value = serde_json::from_slice(&network.job(Path::new(file)).stdout).expect("JSON");
    for (one, other) in
        found["results"].as_array().unwrap().iter().zip(here["results"].as_array().unwrap())
    {
        let off = (one["value"].as_f64().unwrap() - other["value"].as_f64().unwrap()).abs();
        assert!(off <= 2.0 * one["error"].as_f64().unwrap(), "{one} and {other}");
    }
    // An owner needs no network for its node, only the socket.
    let socket = network.node("data-1")["control"].as_str().expect("a socket").to_owned();
    let mut command = Command::new(TROUPE);
    command.args(["--output", "json", "data", "list", "--dir", "nowhere", "--control", &socket]);
    let output = command.output().expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let offered: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(offered["datasets"][0]["name"], "clinic");
}

#[test]
fn what_the_policy_forbids_is_refused_by_the_owner_and_named() {
    let network = Network::start();
    let text = fs::read_to_string(example("jobs/joint_statistics.toml")).unwrap();
    let wrong = network.dir.join("wrong.toml");

    fs::write(&wrong, text.replace("dataset = \"laboratory\"", "dataset = \"payroll\"")).unwrap();
    let output = network.job(&wrong);
    assert_eq!(output.status.code(), Some(42));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("data-2") && told.contains("no data set payroll"), "{told}");

    fs::write(&wrong, text.replace("owner   = \"data-1\"", "owner   = \"data-7\"")).unwrap();
    let output = network.job(&wrong);
    assert_eq!(output.status.code(), Some(12));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("data-7"), "{told}");

    fs::write(&wrong, text.replace("clinic.area_mean", "clinic.aera_mean")).unwrap();
    let output = network.job(&wrong);
    assert_eq!(output.status.code(), Some(12));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("aera_mean") && told.contains("nearest is `clinic.area_mean`"), "{told}");
}

#[test]
fn an_owner_adds_a_file_while_its_node_runs_and_takes_it_back() {
    let network = Network::start();
    let data = |words: &[&str]| {
        let output = network.command(words).output().expect("the program runs");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), errors, serde_json::from_slice::<Value>(&output.stdout).ok())
    };
    let file = example("data/clinic.csv");
    let policy = network.dir.join("policy.toml");
    fs::write(&policy, "requesters = [\"*\"]\nallow = [\"statistics\"]\nmax_uses = 1\n").unwrap();
    let add = [
        "data",
        "add",
        file.to_str().unwrap(),
        "--name",
        "extra",
        "--column",
        "sample:key",
        "--column",
        "radius_mean:number",
        "--column",
        "area_mean:number",
        "--policy",
        policy.to_str().unwrap(),
    ];
    let (code, errors, added) = data(&add);
    assert_eq!(code, Some(0), "{errors}");
    assert_eq!(added.expect("JSON")["rows"].as_u64(), Some(569));
    let listed = data(&["data", "list"]).2.expect("JSON");
    let names: Vec<_> = listed["datasets"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["name"].clone(), one["from"].clone()))
        .collect();
    let want = [("clinic", "manifest"), ("extra", "added"), ("patients", "manifest")];
    assert_eq!(names, want.map(|(name, from)| (name.into(), from.into())));
    let extra = data(&["data", "list", "extra"]).2.expect("JSON");
    assert_eq!((&extra["uses_left"], &extra["policy"]["max_uses"]), (&1.into(), &1.into()));
    assert_eq!(
        extra["columns"][0],
        serde_json::json!({ "name": "sample", "kind": "key", "low": null, "high": null })
    );

    let text = fs::read_to_string(example("jobs/joint_statistics.toml")).unwrap();
    let job = network.dir.join("extra.toml");
    fs::write(&job, text.replace("dataset = \"clinic\"", "dataset = \"extra\"")).unwrap();
    assert!(network.job(&job).status.success());
    let spent = network.job(&job);
    let told = String::from_utf8_lossy(&spent.stderr).into_owned();
    assert!(told.contains("as often as its policy allows"), "{told}");
    assert_eq!(data(&["data", "remove", "extra"]).0, Some(0));
    let (code, errors, _) = data(&["data", "remove", "clinic"]);
    assert_eq!(code, Some(42), "{errors}");
    let (code, errors, _) = data(&["data", "list", "--control", "nowhere.sock"]);
    assert_eq!(code, Some(40), "{errors}");
    assert!(errors.contains("nowhere.sock: ") && errors.contains("does the node run?"), "{errors}");
    let gone = String::from_utf8_lossy(&network.job(&job).stderr).into_owned();
    assert!(gone.contains("no data set extra"), "{gone}");
}

#[test]
fn two_owners_match_their_rows_and_what_they_share_is_computed_on() {
    let network = Network::start();
    let run = |file: &std::path::Path| -> Value {
        let output = network.job(file);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{errors}");
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let counted = run(&example("jobs/matching.toml"));
    assert_eq!(counted["count"].as_u64(), Some(569));
    assert_eq!(counted["keys"].as_array().map(Vec::len), Some(0));
    assert!(counted["owners"][0]["sent_bytes"].as_u64() > Some(569 * 32));

    // Matched, rows come in an order that nobody chose; were the two owners' different, covariances would be wrong.
    let text = fs::read_to_string(example("jobs/joint_statistics.toml")).unwrap();
    let text = text.replace("layout   = \"aligned\"", "layout   = \"matched\"");
    let text = text.replace("\"clinic\"\n\n", "\"clinic\"\nkeys    = [\"sample\"]\n\n");
    let text = text.replace("\"laboratory\"\n\n", "\"laboratory\"\nkeys    = [\"sample\"]\n\n");
    let matched = network.dir.join("matched.toml");
    fs::write(&matched, text).unwrap();
    let report = run(&matched);
    assert_eq!(report["rows"][0].as_u64(), Some(569));
    let results = report["results"].as_array().expect("results");
    assert_eq!(results.len(), 8);
    for result in results {
        let (value, error) = (result["value"].as_f64().unwrap(), result["error"].as_f64().unwrap());
        let exact = exact(result);
        assert!((value - exact).abs() <= error, "{result}: {exact} in the clear");
    }

    // Files in other orders, which are only partly of the same samples, and keys of other names: a model of those.
    let text = fs::read_to_string(example("jobs/matched_training.toml")).unwrap();
    fs::write(&matched, text.replace("output   = \"malignancy.onnx\"", "")).unwrap();
    let report = run(&matched);
    assert_eq!(report["rows"][0].as_u64(), Some(380));
    let results = report["results"].as_array().expect("results");
    let accuracy = results.iter().find(|result| result["name"] == "accuracy").expect("a metric");
    assert!(accuracy["value"].as_f64() > Some(0.85), "{accuracy}");

    // Which rows are common stays with the owners: the policy of the examples returns their number alone.
    let text = fs::read_to_string(example("jobs/matching.toml")).unwrap();
    fs::write(&matched, text.replace("learn     = \"count\"", "learn     = \"rows\"")).unwrap();
    let output = network.job(&matched);
    assert_eq!(output.status.code(), Some(42));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("by the policy of") && told.contains("stays with its owners"), "{told}");
    fs::write(
        &matched,
        text.replace("learn     = \"count\"", "learn     = \"rows\"")
            .replace("\"returned\"", "\"kept\""),
    )
    .unwrap();
    let kept = run(&matched);
    assert!(kept["count"].is_null());
    let session = kept["session"].as_str().expect("a session");
    for name in ["data-1", "data-2"] {
        let file = network.dir.join(name).join(format!("state/match-{session}.csv"));
        let rows = until("the result is written", || fs::read_to_string(&file).ok());
        assert_eq!(rows.lines().count(), 570, "{name}");
        let page = network.metrics(name).expect("a metrics page");
        assert!(page.contains("troupe_psi_runs_total{outcome=\"finished\"}"), "{name}");
        // No key is in a log.
        assert!(!network.log(name).contains("S001"), "{name}");
    }
}

#[test]
fn a_trained_model_is_judged_on_the_rows_of_others_and_shown_to_nobody() {
    let network = Network::start_with(&["--validators", "0", "--data", "3"]);
    let run = |file: &std::path::Path| {
        let output = network.job(file);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), told, serde_json::from_slice::<Value>(&output.stdout).ok())
    };
    let training = network.dir.join("training.toml");
    let model = network.dir.join("malignancy.onnx");
    let text = fs::read_to_string(example("jobs/training.toml")).unwrap();
    fs::write(&training, text.replace("malignancy.onnx", model.to_str().unwrap())).unwrap();
    let (is_done, told, trained) = run(&training);
    assert!(is_done, "{told}");
    let trained = trained.expect("JSON");
    let weights = trained["results"].as_array().expect("results").iter();
    let weights: Vec<f64> = weights
        .filter_map(|result| result["value"].as_array())
        .find(|values| values.len() == 8)
        .expect("seven weights and a bias")
        .iter()
        .map(|weight| weight.as_f64().expect("a number"))
        .collect();

    let (model, policy) = (model.to_str().unwrap(), example("policies/model.toml"));
    let policy = policy.to_str().expect("a plain path");
    let add =
        ["data", "add", model, "--name", "malignancy", "--node", "data-3", "--policy", policy];
    let output = network.command(&add).output().expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (is_done, told, judged) = run(&example("jobs/prediction.toml"));
    assert!(is_done, "{told}");
    let judged = judged.expect("JSON");
    let judged = |name: &str| {
        let results = judged["results"].as_array().expect("results");
        let found = results.iter().find(|result| result["name"].as_str() == Some(name));
        found.unwrap_or_else(|| panic!("{judged}"))["value"].as_f64().expect("a number")
    };

    // The same in the clear, with what its owner alone knows by now.
    let scaled = [
        ("data/clinic.csv", "radius_mean", 14.0, 3.5),
        ("data/clinic.csv", "texture_mean", 19.0, 4.0),
        ("data/clinic.csv", "perimeter_mean", 92.0, 24.0),
        ("data/clinic.csv", "area_mean", 655.0, 350.0),
        ("data/laboratory.csv", "smoothness_mean", 0.1, 0.014),
        ("data/laboratory.csv", "compactness_mean", 0.1, 0.05),
        ("data/laboratory.csv", "concavity_mean", 0.09, 0.08),
    ];
    let features = scaled.map(|(file, name, from, by)| {
        column(file, name).into_iter().map(|value| (value - from) / by).collect::<Vec<f64>>()
    });
    let label = column("data/laboratory.csv", "malignant");
    let said = |row: usize| {
        let sum = features.iter().zip(&weights).map(|(feature, weight)| feature[row] * weight);
        sum.sum::<f64>() + weights[7]
    };
    let right = (0..label.len()).filter(|row| (said(*row) > 0.0) == (label[*row] == 1.0)).count();
    let accuracy = right as f64 / label.len() as f64;
    // A rounded sum may fall to the other side of the middle for one row.
    assert!((judged("accuracy") - accuracy).abs() < 1.5 / label.len() as f64, "{accuracy}");
    assert!(judged("auc") > 0.98 && accuracy > 0.9, "{accuracy}");

    // What would show the model, or what it says of a row, is refused by its owner.
    let text = fs::read_to_string(example("jobs/prediction.toml")).unwrap();
    let wrong = network.dir.join("wrong.toml");
    for (changed, want) in [
        (
            text.replace("activation = \"sigmoid\"", "activation = \"identity\""),
            "the layers of malignancy are: 1 sigmoid",
        ),
        (
            text.replace("    \"(lab.smoothness_mean - 0.1) / 0.014\",\n", ""),
            "malignancy takes 7 features, the task has 6",
        ),
        (
            text.replace("dataset = \"malignancy\"", "dataset = \"nothing\""),
            "no data set nothing",
        ),
        (
            "name = \"weights\"\n[[input]]\nname = \"m\"\nowner = \"data-3\"\ndataset = \"malignancy\"\n\
             [[ask]]\nname = \"weights\"\nformula = \"sum(m.`bias 0`)\"\n"
                .to_owned(),
            "malignancy is a model, which can only be applied",
        ),
    ] {
        assert_ne!(changed, text);
        fs::write(&wrong, changed).unwrap();
        let (is_done, told, _) = run(&wrong);
        assert!(!is_done && told.contains(want), "{told}");
    }
}
