use super::*;
use crate::Amount;
use proptest::prelude::*;

const HEAD: &str = r#"
name = "a job"

[[input]]
name = "clinic"
owner = "data-1"
dataset = "clinic"

[[input]]
name = "lab"
owner = "data-2"
dataset = "laboratory"
"#;

const ASKS: &str = r#"
[[ask]]
name = "radius"
formula = "mean(clinic.radius)"

[[ask]]
name = "products"
rows = "clinic.radius * lab.area"

[[ask]]
name = "sizes"
histogram = "clinic.radius"
cuts = [-1, 10.5, 20]

[[ask]]
name = "by diagnosis"
groups = "lab.malignant"
categories = [0, 1]
of = "clinic.radius"
minimum = 50
"#;

const TRAIN: &str = r#"
[train]
family = "logistic"
features = ["clinic.radius / 10", "lab.area"]
label = "lab.malignant"
rate = 1
"#;

const PREDICT: &str = r#"
[[input]]
name = "net"
owner = "data-3"
dataset = "net"

[predict]
model = "net"
features = ["clinic.radius / 10", "lab.area"]
show = "judged"
label = "lab.malignant"
metrics = ["accuracy", "auc"]

[[predict.layer]]
outputs = 8
activation = "relu"

[[predict.layer]]
outputs = 1
"#;

fn computed(text: &str) -> ComputeJob {
    let Order::Compute(job) = Order::load(text).unwrap() else { panic!("another kind: {text}") };
    job
}

fn refused(text: &str) -> String {
    Order::load(text).unwrap_err().to_string()
}

#[test]
fn the_shipped_jobs_are_what_they_say() {
    let matched = computed(include_str!("../../../examples/jobs/matched_statistics.toml"));
    assert_eq!(
        (matched.layout, &*matched.inputs[1].keys),
        (Layout::Matched, &["specimen".into()][..])
    );
    let joined = computed(include_str!("../../../examples/jobs/joined_statistics.toml"));
    assert_eq!((joined.layout, &joined.inputs), (Layout::Joined, &matched.inputs));
    let trained = computed(include_str!("../../../examples/jobs/matched_training.toml"));
    assert_eq!((trained.layout, trained.inputs), (Layout::Matched, matched.inputs));
    let formula = computed(include_str!("../../../examples/jobs/formula.toml"));
    assert_eq!(formula.inputs[0].columns, ["radius_mean", "area_mean"]);
    let Work::Statistics(asks) = &formula.work else { panic!("{:?}", formula.work) };
    assert!(asks.len() == 4 && asks.iter().all(|ask| matches!(ask.what, What::Formula(_))));
    let groups = computed(include_str!("../../../examples/jobs/groups.toml"));
    let Work::Statistics(asks) = &groups.work else { panic!("{:?}", groups.work) };
    assert!(matches!(&asks[0].what, What::Histogram { cuts, minimum: 20, .. } if cuts.len() == 4));
    assert!(matches!(&asks[1].what, What::Groups { by, .. } if by == "lab.malignant"));
    let training = computed(include_str!("../../../examples/jobs/training.toml"));
    assert_eq!(training.within.revealing, Millis::secs(30));
    let Work::Train(train) = training.work else { panic!("no training") };
    assert_eq!((train.features.len(), train.output.as_deref()), (7, Some("malignancy.onnx")));
    assert_eq!(train.trial.unwrap().metrics, [Metric::Accuracy, Metric::Auc]);
    let prediction = computed(include_str!("../../../examples/jobs/prediction.toml"));
    let Work::Predict(predict) = prediction.work else { panic!("no prediction") };
    assert_eq!((predict.model.input(), predict.features), (Some(2), train.features));
    assert!(matches!(predict.shown, Shown::Judged { metrics, .. } if metrics.len() == 2));
    let training = computed(include_str!("../../../examples/jobs/kept_training.toml"));
    let Work::Train(train) = training.work else { panic!("no training") };
    assert_eq!((train.keep, train.trial.map(|trial| trial.metrics.len())), (true, Some(2)));
    let prediction = computed(include_str!("../../../examples/jobs/kept_prediction.toml"));
    let Work::Predict(predict) = prediction.work else { panic!("no prediction") };
    assert_eq!((predict.model.input(), prediction.inputs.len()), (None, 2));
    assert_eq!(predict.features, train.features);
}

#[test]
fn questions_are_read_with_everything_that_belongs_to_them() {
    let job = computed(&[HEAD, ASKS].concat());
    assert_eq!((job.layout, job.engine), (Layout::Aligned, Engine::Malicious));
    let minute = Millis::secs(60);
    assert_eq!(job.within, Spans { inputs: minute, computing: minute, revealing: minute });
    assert_eq!(job.pay, Pay { fee: Amount::lat(3), prices: Amount(0) });
    let Work::Statistics(asks) = &job.work else { panic!("{:?}", job.work) };
    let names: Vec<&str> = asks.iter().map(|ask| ask.name.as_str()).collect();
    assert_eq!(names, ["radius", "products", "sizes", "by diagnosis"]);
    assert_eq!(asks[0].what, What::Formula("mean(clinic.radius)".into()));
    assert_eq!(asks[1].what, What::Rows("clinic.radius * lab.area".into()));
    let (of, cuts) = ("clinic.radius".to_owned(), vec![-1.0, 10.5, 20.0]);
    assert_eq!(asks[2].what, What::Histogram { of: of.clone(), cuts, minimum: 20 });
    let (by, categories) = ("lab.malignant".to_owned(), vec![0.0, 1.0]);
    assert_eq!(asks[3].what, What::Groups { by, categories, of, minimum: 50 });
}

#[test]
fn a_phase_is_as_long_as_the_deadline_or_as_written() {
    let text = HEAD.replace("\"a job\"", "\"a job\"\ndeadline = \"5s\"\nengine = \"semi-honest\"");
    let rest = "[within]\ncomputing = \"90s\"\n[pay]\nfee = \"6 LAT\"\nprices = \"1.5 LAT\"\n";
    let job = computed(&[&text, ASKS, rest].concat());
    let five = Millis::secs(5);
    let want = Spans { inputs: five, computing: Millis::secs(90), revealing: five };
    assert_eq!((job.within, job.engine), (want, Engine::SemiHonest));
    assert_eq!(job.pay.prices.to_string(), "1.5 LAT");
}

#[test]
fn a_training_has_a_schedule() {
    let Work::Train(train) = computed(&[HEAD, TRAIN].concat()).work else { panic!("no training") };
    assert_eq!(
        (train.family, train.features.len(), &*train.label),
        (Family::Logistic, 2, "lab.malignant")
    );
    assert_eq!((train.epochs, train.batch, train.rate, train.decay), (10, 128, 1.0, 0.0));
    assert_eq!((train.output, train.weights, train.trial), (None, true, None));
    assert!(!train.shuffle);
    let shuffled = [HEAD, TRAIN, "shuffle = true"].concat();
    let Work::Train(train) = computed(&shuffled).work else { panic!("no training") };
    assert!(train.shuffle);
}

#[test]
fn a_trained_model_is_tried_out_with_rows_that_it_has_not_seen() {
    let trial = |rest: &str| {
        let Work::Train(train) = computed(&[HEAD, TRAIN, rest].concat()).work else { panic!() };
        (train.weights, train.trial.unwrap())
    };
    let auc = |held_out| Trial { held_out, metrics: vec![Metric::Auc] };
    assert_eq!(trial("metrics = [\"auc\"]"), (true, auc(HeldOut::Every(5))));
    let last = "metrics = [\"auc\"]\nheld_out = { last = 100 }\nweights = false";
    assert_eq!(trial(last), (false, auc(HeldOut::Last(100))));
    let every = "held_out = { every = 2 }\nmetrics = [\"log loss\"]";
    assert_eq!(trial(every).1.metrics, [Metric::LogLoss]);
}

#[test]
fn a_prediction_names_the_input_that_is_its_model() {
    let job = computed(&[HEAD, PREDICT].concat());
    let Work::Predict(predict) = job.work else { panic!("no prediction") };
    let Origin::Input { index, layers, limit } = predict.model else { panic!("of nobody") };
    assert_eq!((job.inputs[index].name.as_str(), limit), ("net", 16.0));
    let layer = |outputs, activation| Layer { outputs, activation };
    assert_eq!(layers, [layer(8, Activation::Relu), layer(1, Activation::Identity)]);
    let metrics = vec![Metric::Accuracy, Metric::Auc];
    assert_eq!(predict.shown, Shown::Judged { label: "lab.malignant".into(), metrics });
}

#[test]
fn a_model_that_is_kept_is_shown_to_nobody_and_tried_out_where_that_is_asked_for() {
    let kept = |rest: &str| {
        let Work::Train(train) = computed(&[HEAD, TRAIN, rest].concat()).work else { panic!() };
        (train.keep, train.weights, train.trial.map(|trial| trial.metrics))
    };
    assert_eq!(kept("keep = true"), (true, false, None));
    let tried = "keep = true\nmetrics = [\"auc\"]\nheld_out = { last = 9 }";
    assert_eq!(kept(tried), (true, false, Some(vec![Metric::Auc])));
    assert_eq!(kept("keep = false"), (false, true, None));
}

/// A prediction by a model that its parties have.
fn of_kept(name: &str) -> String {
    let rest = PREDICT.split_once("[predict]").unwrap().1.split_once("[[").unwrap().0;
    format!("{HEAD}[predict]{}", rest.replace("model = \"net\"", &format!("kept = \"{name}\"")))
}

#[test]
fn a_prediction_can_name_a_model_that_was_kept_by_all_of_its_digits_or_the_first() {
    for name in ["3fa9c15e", "12345678", "3FA9C15E", &"ab".repeat(32)] {
        let job = computed(&of_kept(name));
        assert_eq!(job.inputs.len(), 2, "the model is no input");
        let Work::Predict(predict) = job.work else { panic!("no prediction") };
        let Origin::Kept(found) = predict.model else { panic!("of an owner") };
        assert_eq!(found.digits(), name.to_lowercase());
    }
    // Its rows may be matched.
    let keys = of_kept("3fa9c15e").replace("set = \"clinic\"", "set = \"clinic\"\nkeys = [\"id\"]");
    let keys = keys.replace("\"laboratory\"", "\"laboratory\"\nkeys = [\"id\"]");
    let matched = keys.replace("\"a job\"", "\"a job\"\nlayout = \"matched\"");
    assert_eq!(computed(&matched).layout, Layout::Matched);
    for (name, got) in [
        ("3fa9c15", "3fa9c15"),
        ("3fa9c15g", "3fa9c15g"),
        (&*"a".repeat(65), "aaaa"),
        ("", ""),
        ("3fa9c1\u{e9}", "3fa9c1"),
    ] {
        let error = refused(&of_kept(name));
        let want =
            "predict.kept: wants a model's name: 64 hexadecimal digits, or the first 8 or more";
        assert!(error.contains(want) && error.contains(got), "{name}: {error}");
        assert!(!error.contains("missing"), "{error}");
    }
}

#[test]
fn what_is_matched_needs_keys_and_nothing_else_has_them() {
    let keys = |text: &str| text.replace("set = \"clinic\"", "set = \"clinic\"\nkeys = [\"id\"]");
    let both = keys(HEAD).replace("\"laboratory\"", "\"laboratory\"\nkeys = [\"id\"]");
    let matched = |text: &str| text.replace("\"a job\"", "\"a job\"\nlayout = \"matched\"");
    let joined = |text: &str| text.replace("\"a job\"", "\"a job\"\nlayout = \"joined\"");
    for rest in [ASKS, TRAIN] {
        assert_eq!(computed(&[&*matched(&both), rest].concat()).layout, Layout::Matched);
        assert_eq!(computed(&[&*joined(&both), rest].concat()).layout, Layout::Joined);
    }
    for text in [matched(&both), joined(&both)] {
        let error = refused(&[&*text, PREDICT].concat());
        let want = "layout: an owner's model is applied to aligned or pooled rows";
        assert!(error.contains(want), "{error}");
    }
    let error = refused(&[&*matched(&keys(HEAD)), ASKS].concat());
    assert!(error.contains("matched by 1 keys of one input and 0 of the other"), "{error}");
    let error = refused(&[&*keys(HEAD), ASKS].concat());
    assert!(
        error.contains("\"clinic\" has keys, which only layout = \"matched\" and \"joined\" use"),
        "{error}"
    );
}

#[test]
fn each_mistake_names_its_field_and_what_is_wanted() {
    let long = format!("\"{}\"", "x".repeat(1025));
    let wide = format!("\"{}\"", "x".repeat(257));
    let many =
        format!("cuts = [{}]", (0..65).map(|cut| cut.to_string()).collect::<Vec<_>>().join(", "));
    for (rest, old, new, want) in [
        (
            ASKS,
            "formula = ",
            "formla = ",
            "ask.radius.formla: unknown key with value \"mean(clinic.radius)\", nearest is \"formula\"",
        ),
        (
            ASKS,
            "formula = ",
            "formla = ",
            "ask.radius.formula: missing, wants one of formula, rows, histogram and groups",
        ),
        (
            ASKS,
            "rows = ",
            "formula = \"1\"\nrows = ",
            "one question has formula, rows; write one [[ask]] each",
        ),
        (ASKS, "\"products\"", "\"radius\"", "ask: ask \"radius\" is listed twice"),
        (
            ASKS,
            "10.5, 20]",
            "20, 10.5]",
            "ask.sizes.cuts: 20.0 stands before 10.5, wants them to rise",
        ),
        (ASKS, "cuts = [-1, 10.5, 20]", "", "ask.sizes.cuts: missing, wants at least one number"),
        (ASKS, "cuts = [-1, 10.5, 20]", &many, "got 65 entries, allowed is 1 to 64"),
        (
            ASKS,
            "cuts = [-1,",
            "cuts = [\"a\",",
            "ask.sizes.cuts: wants a number such as 0.5, got \"a\"",
        ),
        (
            ASKS,
            "cuts = [-1,",
            "cuts = [9007199254740993,",
            "wants a number such as 0.5, got 9007199254740993",
        ),
        (ASKS, "of = \"clinic.radius\"", "", "of: missing, wants a formula such as"),
        (ASKS, "minimum = 50", "minimum = 0", "minimum: got 0, allowed is 1 to 1000000000"),
        (
            ASKS,
            "rows = \"clinic.radius * lab.area\"",
            "rows = \"x\"\ncuts = [1]",
            "ask.products.cuts: unknown key",
        ),
        (
            ASKS,
            "\"mean(clinic.radius)\"",
            &long,
            "a formula of 1025 bytes, at most 1024 are allowed",
        ),
        (ASKS, "\"mean(clinic.radius)\"", "\" \"", "ask.radius.formula: wants a formula such as"),
        (
            ASKS,
            "\"radius\"",
            &format!("\"{}\"", "r".repeat(65)),
            "a name of 65 bytes, at most 64 are allowed",
        ),
        (
            ASKS,
            "data-2",
            "data-1",
            "a job takes one data set of each owner, got a second of \"data-1\"",
        ),
        (ASKS, "\"lab\"", "\"clinic\"", "input \"clinic\" is listed twice"),
        (
            ASKS,
            "name = \"a job\"",
            "name = \"a job\"\ndeadline = \"0s\"",
            "deadline: got 0ms, allowed is 1s to 1d",
        ),
        (
            ASKS,
            "name = \"a job\"",
            "name = \"a job\"\nengine = \"semi-honst\"",
            "unknown value \"semi-honst\", nearest is \"semi-honest\"",
        ),
        (
            ASKS,
            "[[ask]]",
            "[pay]\nfees = \"1 LAT\"\n[[ask]]",
            "pay.fees: unknown key with value \"1 LAT\", nearest is \"fee\"",
        ),
        (
            TRAIN,
            "\"logistic\"",
            "\"logistics\"",
            "train.family: unknown value \"logistics\", nearest is \"logistic\"",
        ),
        (TRAIN, "label = \"lab.malignant\"", "", "train.label: missing, wants a formula such as"),
        (TRAIN, "\"lab.area\"", "\"clinic.radius / 10\"", "\"clinic.radius / 10\" is listed twice"),
        (TRAIN, "\"lab.area\"", &wide, "a formula of 257 bytes, at most 256 are allowed"),
        (TRAIN, "rate = 1", "rate = 0", "train.rate: got 0, allowed is 0.000001 to 64"),
        (
            TRAIN,
            "rate = 1",
            "rate = 2\ndecay = 0.5",
            "train.decay: 0.5 times the rate of 2 leaves nothing of the weights",
        ),
        (TRAIN, "rate = 1", "epochs = 1501", "train.epochs: got 1501, allowed is 1 to 1500"),
        (
            TRAIN,
            "rate = 1",
            "metrics = [\"rmse\"]",
            "train.metrics: a logistic model has no \"rmse\"",
        ),
        (
            TRAIN,
            "rate = 1",
            "metrics = [\"acuracy\"]",
            "unknown value \"acuracy\", nearest is \"accuracy\"",
        ),
        (
            TRAIN,
            "rate = 1",
            "held_out = { last = 5 }",
            "train.held_out: rows are held out, but no metrics",
        ),
        (
            TRAIN,
            "rate = 1",
            "metrics = [\"f1\"]\nheld_out = {}",
            "held_out.every: missing, wants { every = 5 }",
        ),
        (
            TRAIN,
            "rate = 1",
            "metrics = [\"f1\"]\nheld_out = { every = 1 }",
            "got 1, allowed is 2 to 16777216",
        ),
        (TRAIN, "rate = 1", "metrics = [\"f1\"]\nheld_out = { every = 2, last = 2 }", "got both"),
        (TRAIN, "rate = 1", "weights = false", "train.weights: neither weights nor metrics"),
        (
            TRAIN,
            "rate = 1",
            "weights = false\noutput = \"m\"\nmetrics = [\"f1\"]",
            "a file for a model whose weights",
        ),
        (
            TRAIN,
            "rate = 1",
            "keep = true\nweights = false",
            "train.weights: a model that is kept is shown to nobody",
        ),
        (TRAIN, "rate = 1", "keep = true\noutput = \"m\"", "a file for a model whose weights"),
        (
            TRAIN,
            "rate = 1",
            "keep = true\nlimit = 5000",
            "train.limit: weights of a model that is kept are at most 4096, got 5000",
        ),
        (TRAIN, "rate = 1", "keep = 1", "train.keep: wants true or false, got 1"),
        (
            TRAIN,
            "rate = 1",
            "kep = true",
            "train.kep: unknown key with value true, nearest is \"keep\"",
        ),
        (
            PREDICT,
            "model = \"net\"",
            "model = \"net\"\nkept = \"3fa9c15e\"",
            "predict.model: is said of an input that is a model, not of one that was kept",
        ),
        (
            PREDICT,
            "model = \"net\"",
            "kept = \"3fa9c15e\"",
            "predict.layer: is said of an input that is a model, not of one that was kept",
        ),
        (
            PREDICT,
            "model = \"net\"",
            "kept = \"3fa9c15e\"\nlimit = 2",
            "predict.limit: is said of an input that is a model, not of one that was kept",
        ),
        (
            PREDICT,
            "model = \"net\"",
            "",
            "predict.model: missing, wants the name of the input that is the model, or \"kept\"",
        ),
        (
            PREDICT,
            "metrics = [\"accuracy\", \"auc\"]",
            "",
            "predict.metrics: missing, wants a metric",
        ),
        (PREDICT, "outputs = 1\n", "outputs = 3\n", "a many-valued model has no \"auc\""),
        (
            TRAIN,
            "[train]",
            "[[ask]]\nname = \"x\"\nformula = \"x\"\n[train]",
            "train: one job does one of ask, train",
        ),
        (
            TRAIN,
            "[train]",
            "[trian]",
            "ask: missing, wants at least one [[ask]], or [train] or [predict]",
        ),
        (TRAIN, "[train]", "[trian]", "nearest is \"train\""),
        (
            PREDICT,
            "model = \"net\"",
            "model = \"nett\"",
            "predict.model: unknown input \"nett\", nearest is \"net\"",
        ),
        (
            PREDICT,
            "label = \"lab.malignant\"",
            "",
            "predict.label: missing, wants a formula such as",
        ),
        (PREDICT, "show = \"judged\"", "show = \"class\"", "predict.label: unknown key"),
        (PREDICT, "outputs = 8", "outputs = 0", "outputs: got 0, allowed is 1 to 16777216"),
        (PREDICT, "\"relu\"", "\"tanh\"", "unknown value \"tanh\""),
        (
            PREDICT,
            "dataset = \"net\"",
            "dataset = \"net\"\ncolumns = [\"w\"]",
            "\"net\" is the model; it has no keys",
        ),
    ] {
        let good = [HEAD, rest].concat();
        let text = good.replacen(old, new, 1);
        assert_ne!(text, good, "{old}");
        let errors = refused(&text);
        assert!(errors.contains(want), "{old} -> {new}: {errors}");
        assert!(errors.lines().all(|line| line.len() < 1024), "{errors}");
    }
    let alone = &PREDICT.replace("clinic", "x").replace("lab.", "y.");
    let error = refused(&format!("name = \"x\"\n{alone}"));
    assert!(error.contains("a model without an input of rows to apply it to"), "{error}");
}

#[test]
fn all_mistakes_are_reported_at_once_in_the_order_of_the_file() {
    let text = [HEAD, ASKS].concat();
    let text = text.replace("owner = \"data-1\"", "ownr = \"data-1\"").replace("[0, 1]", "[1, 0]");
    let errors = refused(&text.replace("mean(", "\\n("));
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(lines.len(), 4, "{errors}");
    assert!(
        lines[0].contains("owner: missing") && lines[1].contains("ownr: unknown key"),
        "{errors}"
    );
    assert!(lines[2].contains("ask.radius.formula: wants"), "{errors}");
    assert!(lines[3].contains("categories: 1.0 stands before 0.0"), "{errors}");
}

#[test]
fn seventeen_data_sets_are_too_many() {
    let input =
        |at: usize| format!("[[input]]\nname = \"i{at}\"\nowner = \"o{at}\"\ndataset = \"d\"\n");
    let inputs = |count| (0..count).map(input).collect::<String>();
    let text = |count| format!("name = \"x\"\n{}{ASKS}", inputs(count));
    assert_eq!(computed(&text(16)).inputs.len(), 16);
    let error = refused(&text(17));
    assert!(error.contains("input: got 17 entries, allowed is 1 to 16"), "{error}");
}

proptest! {
    #[test]
    fn no_text_panics(text in "(\\[\\[(input|ask|predict\\.layer)\\]\\]|\\[(train|predict|within|pay)\\]|(name|formula|rows|histogram|groups|of|label|show|model|kept|keep|family|fee|kind|layout|epochs|rate) = (\"[a-z.]{0,9}\"|-?[0-9]{1,20}|[0-9]\\.[0-9]{1,9})|(cuts|categories|features|keys) = \\[(1, 2|2, 1|\"a\")?\\]|\n| ){0,30}") {
        let _ = Order::load(&text);
    }
}
