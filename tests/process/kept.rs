//! Ring 3: a model that nobody has, trained by three processes, kept over their restarts, applied by them for its holder alone.

use crate::network::{Network, TROUPE, example, until};
use serde_json::Value;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PARTIES: [&str; 3] = ["compute-1", "compute-2", "compute-3"];

#[track_caller]
fn good(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Its code, and what it says.
#[track_caller]
fn bad(output: &Output) -> (i32, String) {
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let code = output.status.code().expect("it ended by itself");
    (code, String::from_utf8_lossy(&output.stderr).into_owned())
}

fn run(network: &Network, words: &[&str]) -> Output {
    network.command(words).output().expect("the program runs")
}

/// The shipped prediction, by a model of this name.
fn prediction(network: &Network, name: &str) -> PathBuf {
    let text = fs::read_to_string(example("jobs/kept_prediction.toml")).expect("a shipped file");
    let file = network.dir.join("prediction.toml");
    let text = text.replace("0123456789abcdef", name);
    let text = text.replace("our samples\"\n", "our samples\"\ndeadline = \"20s\"\n");
    fs::write(&file, text).expect("it is written");
    file
}

fn value(report: &Value, name: &str) -> f64 {
    let results = report["results"].as_array().expect("results");
    let found = results.iter().find(|result| result["name"] == name);
    found.unwrap_or_else(|| panic!("{report}"))["value"].as_f64().expect("a number")
}

/// What the same job comes to in the clear, with a model that was trained by the same steps on the same rows.
fn in_the_clear(network: &Network) -> Value {
    let models = network.dir.join("simulated");
    let simulate = |file: &Path| {
        let words = ["job", "simulate", file.to_str().expect("plain"), "--compare", "--models"];
        good(&run(network, &[&words[..], &[models.to_str().expect("plain")]].concat()))
    };
    let trained = simulate(&example("jobs/kept_training.toml"));
    let file = prediction(network, trained["model"].as_str().expect("a name"));
    simulate(&file)
}

/// That a model is judged to be as good as in the clear.
#[track_caller]
fn check(judged: &Value, clear: &Value) {
    for name in ["accuracy", "auc"] {
        let results = clear["results"].as_array().expect("results").iter();
        let want = results.filter(|one| one["name"] == name).find_map(|one| one["clear"].as_f64());
        let (got, want) = (value(judged, name), want.expect("it was compared"));
        // Weights differ by what truncation leaves to chance: two rows may fall to the other side of the middle.
        assert!((got - want).abs() < 2.5 / 569.0 && want > 0.9, "{name}: {got} for {want}");
    }
}

/// Trains a model, restarts those that have it, and has it applied; what it is called.
fn trained_and_applied(network: &Network, task: u64) -> String {
    let trained = good(&network.job(&example("jobs/kept_training.toml")));
    let name = trained["model"].as_str().expect("a name").to_owned();
    let shown: Vec<&str> = trained["results"]
        .as_array()
        .expect("results")
        .iter()
        .filter_map(|result| result["name"].as_str())
        .collect();
    assert_eq!(shown, ["accuracy", "auc"], "nobody learns the weights");
    assert!(value(&trained, "accuracy") > 0.9, "{trained}");
    let listed = good(&run(network, &["job", "models"]));
    let model = &listed["models"][0];
    assert_eq!((&model["model"], &model["task"]), (&name.clone().into(), &task.into()));
    let names = |told: &Value| -> Vec<String> {
        let all = told.as_array().expect("three").iter();
        all.map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
    };
    let parties = names(&model["parties"]);

    for party in PARTIES {
        let old = network.kill(party);
        network.back(party, old);
    }
    let file = prediction(network, &name[..8]);
    let explained = good(&run(network, &["job", "explain", file.to_str().expect("plain")]));
    assert_eq!(
        (&explained["model"], &explained["hostile_majority"]),
        (&model["model"], &Value::Null)
    );
    let said: Vec<&str> =
        explained["parties"].as_array().expect("three").iter().filter_map(Value::as_str).collect();
    assert_eq!(said, parties);
    // Whoever spoke to a process that was killed notices it after seconds.
    let clear = in_the_clear(network);
    let file = prediction(network, &name[..8]);
    let judged = until("the parties are reached again", || {
        let output = network.job(&file);
        (task != 0 || output.status.success()).then(|| good(&output))
    });
    assert_eq!(names(&judged["parties"]), parties, "the same three in the same seats");
    check(&judged, &clear);
    name
}

/// What somebody remembers of a model, with another line in it, for that somebody alone.
fn remembered(text: &str, (from, to): (&str, &str), folder: &Path, name: &str) {
    let changed = text.replace(from, to);
    assert_ne!(changed, text, "{from}");
    fs::create_dir_all(folder).expect("a folder");
    let path = folder.join(format!("{name}.toml"));
    fs::write(&path, changed).expect("it is written");
    fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("it is ours");
}

#[test]
fn a_model_that_nobody_has_outlives_its_parties_and_is_applied_for_its_holder_alone() {
    let flags = ["--validators", "0", "--data", "2", "--compute", "3", "--requester", "1"];
    let network = Network::start_with(&flags);
    let name = trained_and_applied(&network, 0);
    let mine = network.dir.join("results/models");
    let text = fs::read_to_string(mine.join(format!("{name}.toml"))).expect("it is remembered");

    // Somebody else does not know it, and whoever says that it is theirs is refused by those who have it.
    let requester = network.node("requester-1");
    let socket = requester["control"].as_str().expect("a socket");
    let theirs = PathBuf::from(requester["dir"].as_str().expect("a folder")).join("results/models");
    let file = prediction(&network, &name);
    let file = file.to_str().expect("plain");
    let words = ["job", "run", file, "--control", socket];
    let (code, said) = bad(&run(&network, &words));
    assert!(code == 12 && said.contains("is remembered here"), "{code} {said}");
    remembered(&text, ("version = 1", "version = 1 "), &theirs, &name);
    let (code, said) = bad(&run(&network, &words));
    assert!(code == 12 && said.contains("was kept for node"), "{code} {said}");
    let record = network.record();
    let holder = record["user"]["node_id"].as_str().expect("an id");
    let stranger = requester["node_id"].as_str().expect("an id");
    remembered(&text, (holder, stranger), &theirs, &name);
    let (code, said) = bad(&run(&network, &words));
    assert!(code == 42 && said.contains("was not kept for receiver"), "{code} {said}");
    let mut command = Command::new(TROUPE);
    command.args(["--output", "json", "job", "models", "--control", socket]);
    let listed = good(&command.output().expect("the program runs"));
    assert_eq!(listed["models"][0]["holders"][0], stranger);

    // A model that no party has.
    let other = format!("00{}", &name[2..]);
    remembered(&text, (&name, &other), &mine, &other);
    let file = prediction(&network, &other);
    let (code, said) = bad(&network.job(&file));
    let want = format!("it has no model {}", &other[..8]);
    assert!(code == 42 && said.contains("compute-") && said.contains(&want), "{code} {said}");
    let forgotten = good(&run(&network, &["job", "models", "--forget", &other[..8]]));
    assert_eq!(forgotten["forgotten"], other);
    let (code, said) = bad(&run(&network, &["job", "models", "--forget", &other[..8]]));
    assert!(code == 2 && said.contains("is remembered here"), "{code} {said}");
    // Those who have it go on as before.
    let judged = good(&network.job(&prediction(&network, &name)));
    assert!(value(&judged, "accuracy") > 0.9, "{judged}");
    assert!(network.terminate().success());
}

#[test]
fn on_a_chain_the_parties_of_the_training_are_paid_for_a_prediction_without_an_election() {
    let network = Network::start_with(&["--validators", "2", "--data", "2", "--compute", "3"]);
    let name = trained_and_applied(&network, 1);
    let status = |task: &str| good(&run(&network, &["job", "status", task]));
    let [training, prediction] = ["1", "2"].map(status);
    assert_eq!(training["compute_nodes"], prediction["compute_nodes"]);
    assert_eq!(prediction["state"], "ended");
    let kept = good(&run(&network, &["job", "result", "1"]));
    assert_eq!((&kept["model"], &kept["chain"]["state"]), (&name.into(), &"paid".into()));
    assert!(network.terminate().success());
}
