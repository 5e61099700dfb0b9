use super::*;
use troupe_config::{Moment, Order};
use troupe_learning::Real;
use troupe_learning::task::{Kind, Origin, Reveal};
use troupe_types::{Hash, UnixMillis};

fn input(owner: u8, columns: &[&str]) -> Input {
    let columns: Vec<(&str, u32)> = columns.iter().map(|name| (*name, 32)).collect();
    bounded(owner, &columns)
}

fn bounded(owner: u8, columns: &[(&str, u32)]) -> Input {
    let column = |(name, high): &(&str, u32)| Bounded {
        name: Text::new(*name).unwrap(),
        low: Real::from(0),
        high: Real::from(*high),
    };
    let columns = List::new(columns.iter().map(column).collect()).unwrap();
    let description = Description { rows: 50, columns, content: Hash::default(), listed: 1 };
    let dataset = Text::new("d").unwrap();
    Input { owner: NodeId([owner; 32]), dataset, description, keys: None }
}

fn made(text: &str, inputs: &[Input]) -> Outcome<Task> {
    let seat = |id| Seat { id: NodeId([id; 32]), address: Text::new("h:1").unwrap(), deputy: None };
    let Order::Compute(job) = Order::load(text).unwrap() else { panic!("no computation") };
    let parties = [seat(10), seat(11), seat(12)];
    let (session, receiver) = (SessionId([7; 16]), NodeId([20; 32]));
    task(&job, inputs, Cast { session, parties, receiver, chain: 0, model: None })
}

/// A task that can be computed.
pub(crate) fn shipped() -> Task {
    let inputs = [
        input(1, &["area_mean", "radius_mean"]),
        input(2, &["concavity_mean", "malignant", "compactness_mean"]),
    ];
    made(ALIGNED, &inputs).unwrap()
}

const TWO: &str = "name = \"x\"\n[[input]]\nname = \"a\"\nowner = \"o\"\ndataset = \"d\"\n\
                   [[input]]\nname = \"b\"\nowner = \"p\"\ndataset = \"d\"\n";

/// A training whose model stays with its parties.
pub(crate) fn trained() -> Task {
    let train = "[train]\nfamily = \"logistic\"\nfeatures = [\"a.x / 32\", \"b.y / 32\"]\nlabel = \"b.z\"\n\
                 keep = true\n";
    made(&[TWO, train].concat(), &[bounded(1, &[("x", 32)]), bounded(2, &[("y", 32), ("z", 1)])])
        .unwrap()
}

#[test]
fn a_model_that_stayed_is_applied_with_the_layer_and_the_limit_that_it_was_trained_with() {
    let task = trained();
    let Kind::Train(train) = &task.kind else { panic!("no training") };
    assert_eq!(train.reveal, Reveal::Kept(None));
    let since = Moment(UnixMillis(1));
    let model = Model::new(("x", &task), Hash([5; 32]), since, |id| id.short()).unwrap();
    let text = "[predict]\nkept = \"05050505\"\nfeatures = [\"a.x / 32\", \"b.y / 32\"]\n\
                show = \"judged\"\nlabel = \"b.z\"\nmetrics = [\"log loss\"]\n";
    let inputs = [bounded(1, &[("x", 32)]), bounded(2, &[("y", 32), ("z", 1)])];
    let Order::Compute(job) = Order::load(&[TWO, text].concat()).unwrap() else { panic!() };
    let cast = |model| {
        let (session, receiver) = (SessionId([8; 16]), NodeId([20; 32]));
        Cast { session, parties: task.parties.clone(), receiver, chain: 0, model }
    };
    let applied = super::task(&job, &inputs, cast(Some(model.clone()))).unwrap();
    let predict = applied.applied().expect("a prediction");
    assert_eq!((predict.model, predict.limit), (Origin::Kept(model.name), train.schedule.limit));
    assert_eq!(predict.layers.to_vec(), [model.layer()]);
    assert_eq!(super::task(&job, &inputs, cast(None)).unwrap_err().class, Class::Internal);
    // A task that keeps nothing leaves nothing to remember.
    assert!(Model::new(("x", &applied), model.name, since, |id| id.short()).is_none());
}

const ALIGNED: &str = include_str!("../../../../examples/jobs/joint_statistics.toml");

#[test]
fn the_shipped_job_becomes_a_task_with_a_program() {
    let task = shipped();
    let names: Vec<&str> = task.owners[1].columns.iter().map(|column| &*column.name).collect();
    assert_eq!(names, ["concavity_mean", "malignant", "compactness_mean"]);
    assert_eq!((task.engine, task.layout), (Engine::Malicious, Layout::Aligned));
    let plan = Plan::new(&task, None).unwrap();
    assert_eq!(plan.results().len(), 8);
    // What no formula names stays where it is.
    assert!(plan.contributions(1).all(|one| !one.says(&task).contains("compactness")));
}

#[test]
fn a_column_that_is_not_there_is_named() {
    let inputs = [input(1, &["area_mean"]), input(2, &["concavity_mean", "malignant"])];
    let error = made(ALIGNED, &inputs).unwrap_err().to_string();
    assert!(error.contains("radius_mean"), "{error}");
}

#[test]
fn a_listed_column_that_is_not_there_is_named_with_those_that_are() {
    let text =
        ALIGNED.replacen("dataset = \"clinic\"\n", "dataset = \"clinic\"\ncolumns = [\"x\"]\n", 1);
    let inputs = [input(1, &["area_mean"]), input(2, &["malignant"])];
    let error = made(&text, &inputs).unwrap_err().to_string();
    assert_eq!(error, "input.clinic: has no column \"x\"; it has area_mean");
}

#[test]
fn an_input_that_no_formula_uses_is_refused() {
    let text = "name = \"x\"\n[[input]]\nname = \"a\"\nowner = \"o\"\ndataset = \"d\"\n\
                [[input]]\nname = \"b\"\nowner = \"p\"\ndataset = \"d\"\n\
                [[ask]]\nname = \"s\"\nformula = \"sum(a.x)\"\n";
    assert!(made(text, &[input(1, &["x"]), input(2, &["x"])]).is_err());
}

#[test]
fn every_shipped_computation_has_a_plan_on_the_data_of_a_development_network() {
    let clinic =
        [("radius_mean", 32), ("texture_mean", 64), ("perimeter_mean", 256), ("area_mean", 4096)];
    let laboratory =
        [("smoothness_mean", 1), ("compactness_mean", 1), ("concavity_mean", 1), ("malignant", 1)];
    for (text, results) in [
        (ALIGNED, 8),
        (include_str!("../../../../examples/jobs/formula.toml"), 4),
        (include_str!("../../../../examples/jobs/groups.toml"), 9),
        (include_str!("../../../../examples/jobs/training.toml"), 3),
    ] {
        let task = made(text, &[bounded(1, &clinic), bounded(2, &laboratory)]).unwrap();
        let plan = Plan::new(&task, None).unwrap();
        assert_eq!(plan.results().len(), results, "{text}");
    }
    let keyed = |owner, columns: &[(&str, u32)], key: &str, items| {
        let columns_of_keys = List::new(vec![Text::new(key).unwrap()]).unwrap();
        let keys = Keys { columns: columns_of_keys, items, address: Text::new("h:1").unwrap() };
        Input { keys: Some(keys), ..bounded(owner, columns) }
    };
    let patients = || keyed(1, &clinic, "sample", 50);
    let inputs = [patients(), keyed(2, &laboratory, "specimen", 40)];
    for (text, results) in [
        (include_str!("../../../../examples/jobs/matched_statistics.toml"), 7),
        (include_str!("../../../../examples/jobs/matched_training.toml"), 3),
    ] {
        let task = made(text, &inputs).unwrap();
        assert_eq!((task.layout, task.most_matched()), (Layout::Matched, Some(40)));
        for rows in [20, 40] {
            assert_eq!(Plan::new(&task, Some(rows)).unwrap().results().len(), results, "{text}");
        }
        // More keys than rows, or none at all, is no task.
        assert!(made(text, &[patients(), keyed(2, &laboratory, "specimen", 51)]).is_err());
        assert!(made(text, &[patients(), bounded(2, &laboratory)]).is_err());
    }
}
