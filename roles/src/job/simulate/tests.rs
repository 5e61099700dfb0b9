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
        models: None,
        seed,
        compare: true,
    }
}

fn simulation(args: &SimulateArgs) -> Simulation {
    let job = computation(load(&args.file).unwrap()).unwrap();
    let cabinet = Cabinet::of(args.models.as_deref(), &job).unwrap();
    let held = rows::all(args, &job).unwrap();
    run(&job, &held, (args, &cabinet), |_| {}).unwrap()
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
fn rows_that_nobody_is_to_know_are_found_on_shares_and_come_to_what_they_are_in_the_clear() {
    let data = |input: &str| format!("{input}={EXAMPLES}/data/{input}.csv");
    let mut args = args("joined_statistics.toml", 1);
    args.files = vec![data("patients"), data("biopsies")];
    args.columns = [
        "patients.sample:key",
        "patients.radius_mean:number:0..40",
        "patients.area_mean:number:0..4000",
        "biopsies.specimen:key",
        "biopsies.concavity_mean:number:0..1",
        "biopsies.malignant:boolean",
    ]
    .map(str::to_owned)
    .to_vec();
    let found = simulation(&args);
    assert_eq!(found.rows, 380);
    assert_eq!(found.results.len(), 6);
    for one in &found.results {
        let (got, want) = (one.answer.values[0], one.clear.as_ref().unwrap()[0]);
        let bound = one.answer.bound.unwrap_or(0.5);
        assert!((got - want).abs() <= bound, "{}: {got} for {want}", one.answer.name);
    }
    let last = &found.results[5].answer;
    assert_eq!((&*last.name, last.values[0]), ("rows in common", 380.0));
    let json = found.report().json;
    assert_eq!(json["parties"][2]["sent_bytes"], json["parties"][2]["predicted_bytes"]);
    assert_eq!(
        (&json["rounds"], &json["checks"]),
        (&json["predicted_rounds"], &json["predicted_checks"])
    );
}

#[test]
fn a_seed_repeats_a_simulation_to_the_last_bit_and_another_one_does_not() {
    let [first, again, other] =
        [1, 1, 2].map(|seed| simulation(&args("joint_statistics.toml", seed)));
    assert_eq!(first.simulated, again.simulated);
    assert_ne!(first.result, other.result);
}

/// A shipped job with another text, in a folder of its own.
fn written(dir: &TempDir, job: &str, change: impl FnOnce(String) -> String) -> PathBuf {
    let text = fs::read_to_string(Path::new(EXAMPLES).join("jobs").join(job)).unwrap();
    let changed = change(text.clone());
    assert_ne!(changed, text, "{job}");
    let file = dir.path().join(job);
    fs::write(&file, changed).unwrap();
    file
}

#[test]
fn a_model_is_kept_by_one_simulation_and_applied_by_another_as_in_the_clear() {
    let dir = TempDir::new().unwrap();
    let models = dir.path().join("models");
    let with = |job: &str, seed| SimulateArgs { models: Some(models.clone()), ..args(job, seed) };
    let trained = simulation(&with("kept_training.toml", 1));
    let (name, _) = trained.kept.clone().unwrap();
    let report = trained.report();
    assert!(report.text.contains(&format!("model {name}\nstays with its three parties")));
    assert_eq!(report.json["model"], name.to_string());
    assert_eq!(fs::read_dir(&models).unwrap().count(), 4, "three parts, and what is remembered");
    for one in &trained.results {
        assert!(["accuracy", "auc"].contains(&&*one.answer.name), "the model is shown to nobody");
        let (got, want) = (one.answer.values[0], one.clear.as_ref().unwrap()[0]);
        assert!((got - want).abs() < 0.02, "{}: {got} for {want}", one.answer.name);
    }

    let named = |digits: &str| {
        written(&dir, "kept_prediction.toml", |text| text.replace("0123456789abcdef", digits))
    };
    let short = &name.to_string()[..8];
    let apply = |seed| SimulateArgs { file: named(short), ..with("kept_prediction.toml", seed) };
    // Of what its masks are drawn makes no difference for whom it is applied.
    for seed in [1, 2] {
        let found = simulation(&apply(seed));
        assert_eq!((found.results.len(), found.rows, found.kept.is_none()), (2, 569, true));
        for one in &found.results {
            let (got, want) = (one.answer.values[0], one.clear.as_ref().unwrap()[0]);
            // A rounded sum may fall to the other side of the middle for one row.
            assert!((got - want).abs() < 1.5 / 569.0 && want > 0.9, "{}: {got}", one.answer.name);
        }
        let json = found.report().json;
        assert_eq!(json["parties"][1]["sent_bytes"], json["parties"][1]["predicted_bytes"]);
        assert_eq!(json["rounds"], json["predicted_rounds"]);
    }

    let refused = |args: &SimulateArgs| simulate(args).unwrap_err().to_string();
    let nowhere = SimulateArgs { models: None, ..apply(1) };
    assert_eq!(
        refused(&nowhere),
        "--models: missing, wants a folder with the model that is applied"
    );
    let nowhere = args("kept_training.toml", 1);
    assert_eq!(refused(&nowhere), "--models: missing, wants a folder for the model that is kept");
    let other = |file| SimulateArgs { file, ..with("kept_prediction.toml", 1) };
    let unknown = refused(&other(named("0000000011111111")));
    assert!(unknown.contains("no model \"0000000011111111\" is remembered here"), "{unknown}");
    let file = written(&dir, "kept_prediction.toml", |text| {
        let text = text.replace("0123456789abcdef", short);
        text.replace("    \"(lab.smoothness_mean - 0.1) / 0.014\",\n", "")
    });
    let fewer = refused(&other(file));
    assert!(fewer.contains("has 7 features, the job 6"), "{fewer}");
    // A part that was changed by a bit is none.
    let part = models.join(format!("{name}.party-1"));
    let mut bytes = fs::read(&part).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&part, &bytes).unwrap();
    let spoilt = refused(&apply(1));
    assert!(spoilt.contains("party-1: "), "{spoilt}");
    fs::rename(models.join(format!("{name}.party-0")), &part).unwrap();
    assert!(refused(&apply(1)).contains("party-0: "), "it is gone");
    fs::copy(&part, models.join(format!("{name}.party-0"))).unwrap();
    assert!(refused(&apply(1)).contains("is another part"));
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
    let (dir, models) = (dir.path().to_owned(), None);
    let (files, columns) = (Vec::new(), Vec::new());
    let mut args = SimulateArgs { file, files, columns, dir, models, seed: 1, compare: true };
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
