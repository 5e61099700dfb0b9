use super::*;
use crate::job::args::load;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");

/// The shipped files, named as flags name them.
fn args(job: &str, seed: u64) -> SimulateArgs {
    let data = |input: &str, file: &str| format!("{input}={EXAMPLES}/data/{file}.csv");
    let mut columns = vec!["clinic.sample:key".to_owned(), "lab.sample:key".to_owned()];
    let numbers = ["radius_mean", "texture_mean", "perimeter_mean", "area_mean"];
    columns.extend(numbers.map(|name| format!("clinic.{name}:number:0..4000")));
    let numbers = ["smoothness_mean", "compactness_mean", "concavity_mean"];
    columns.extend(numbers.map(|name| format!("lab.{name}:number:0..1")));
    columns.push("lab.malignant:boolean".to_owned());
    SimulateArgs {
        file: Path::new(EXAMPLES).join("jobs").join(job),
        files: vec![data("clinic", "clinic"), data("lab", "laboratory")],
        columns,
        dir: PathBuf::from("nowhere"),
        seed,
        compare: true,
    }
}

fn simulation(args: &SimulateArgs) -> Simulation {
    let job = computation(load(&args.file).unwrap()).unwrap();
    let held = rows::all(args, &job).unwrap();
    run(&job, &held, args, |_| {}).unwrap()
}

#[test]
fn the_shipped_statistics_come_to_what_they_are_in_the_clear_for_what_was_predicted() {
    for job in ["joint_statistics.toml", "formula.toml", "groups.toml"] {
        let found = simulation(&args(job, 1));
        for one in &found.results {
            let (got, want) = (one.answer.values[0], one.clear.as_ref().unwrap()[0]);
            let bound = one.answer.bound.unwrap_or(1e-3);
            assert!((got - want).abs() <= bound, "{job}, {}: {got} for {want}", one.answer.name);
        }
        assert_eq!(found.rows, 569, "{job}");
        let json = found.report().json;
        for party in json["parties"].as_array().unwrap() {
            assert_eq!(party["sent_bytes"], party["predicted_bytes"], "{job}");
        }
        assert_eq!(json["rounds"], json["predicted_rounds"], "{job}");
        assert_eq!(json["checks"], json["predicted_checks"], "{job}");
    }
}

#[test]
fn rows_that_have_to_be_matched_are_matched_first() {
    let dir = TempDir::new().unwrap();
    // Half of the laboratory's rows, the other way round.
    let lab = fs::read_to_string(Path::new(EXAMPLES).join("data/laboratory.csv")).unwrap();
    let mut lines: Vec<&str> = lab.lines().collect();
    lines[1..].reverse();
    fs::write(dir.path().join("lab.csv"), lines[..=300].join("\n")).unwrap();
    let job = fs::read_to_string(Path::new(EXAMPLES).join("jobs/joint_statistics.toml")).unwrap();
    let keyed = |name| format!("dataset = \"{name}\"\nkeys = [\"sample\"]");
    let job = job.replace("\"aligned\"", "\"matched\"");
    let job = job.replace("dataset = \"clinic\"", &keyed("clinic"));
    let job = job.replace("dataset = \"laboratory\"", &keyed("laboratory"));
    let file = dir.path().join("job.toml");
    fs::write(&file, job).unwrap();
    let mut args = args("joint_statistics.toml", 1);
    args.files[1] = format!("lab={}", dir.path().join("lab.csv").display());
    args.file = file;
    let found = simulation(&args);
    assert_eq!(found.rows, 300);
    for one in &found.results {
        let (got, want) = (one.answer.values[0], one.clear.as_ref().unwrap()[0]);
        assert!((got - want).abs() <= one.answer.bound.unwrap(), "{}", one.answer.name);
    }
}

#[test]
fn a_seed_repeats_a_simulation_to_the_last_bit_and_another_one_does_not() {
    let [first, again, other] =
        [1, 1, 2].map(|seed| simulation(&args("joint_statistics.toml", seed)));
    assert_eq!(first.simulated, again.simulated);
    assert_ne!(first.result, other.result);
}

#[test]
fn the_rows_of_an_input_are_those_that_its_owner_declares() {
    let dir = TempDir::new().unwrap();
    let home = dir.path().join("data-1");
    fs::create_dir(&home).unwrap();
    fs::write(home.join("mine.csv"), "radius_mean\n1\n2\n3\n").unwrap();
    let manifest = troupe_config::role("data").unwrap().to_owned()
        + "\n[[actor.dataset.settings.datasets]]\nname = \"clinic\"\nfile = \"mine.csv\"\n\
           columns = [{ name = \"radius_mean\", kind = \"number\", low = 0, high = 4 }]\n";
    fs::write(home.join("node.toml"), manifest).unwrap();
    let file = dir.path().join("job.toml");
    let job = "name = \"x\"\n[[input]]\nname = \"clinic\"\nowner = \"data-1\"\ndataset = \"clinic\"\n\
               [[ask]]\nname = \"mean\"\nformula = \"mean(clinic.radius_mean)\"\n";
    fs::write(&file, job).unwrap();
    let dir = dir.path().to_owned();
    let mut args =
        SimulateArgs { file, files: Vec::new(), columns: Vec::new(), dir, seed: 1, compare: true };
    let report = simulate(&args).unwrap();
    let mean = report.json["results"][0]["value"].as_f64().unwrap();
    assert!((mean - 2.0).abs() < 1e-3, "{mean}");
    assert_eq!(report.json["results"][0]["clear"], 2.0);

    let mut refused = |files: &[&str], columns: &[&str], dir: &str| {
        let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
        (args.files, args.columns) = (owned(files), owned(columns));
        args.dir = if dir.is_empty() { args.dir.clone() } else { PathBuf::from(dir) };
        simulate(&args).unwrap_err().to_string()
    };
    for (files, columns, dir, want) in [
        (&["clinc=x.csv"][..], &[][..], "", "no input \"clinc\", nearest is \"clinic\""),
        (&["clinic"], &[], "", "--data: wants INPUT=FILE, got \"clinic\""),
        (&["clinic=x.csv"], &[], "", "wants --column clinic.HEADER:KIND"),
        (&["clinic=a", "clinic=b"], &[], "", "input \"clinic\" has two files"),
        (&[], &["clinic.a:number"], "", "wants --data clinic=FILE as well"),
        (&["clinic=nowhere.csv"], &["clinic.a:number"], "", "nowhere.csv"),
        (&[], &[], "nowhere", "there is no nowhere/data-1/node.toml; --data clinic=FILE"),
    ] {
        let text = refused(files, columns, dir);
        assert!(text.contains(want), "{text}");
    }
}
