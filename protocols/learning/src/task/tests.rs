//! Tasks, good and bad.

use super::*;
use crate::formula::{Scope, Totals};
use crate::{Error, Plan};
use proptest::prelude::*;
use std::collections::BTreeSet;
use troupe_types::{Millis, NodeId, SessionId};
use troupe_wire::{Stream, vectors};

fn text<const MAX: usize>(text: impl Into<String>) -> Text<MAX> {
    Text::new(text).expect("short")
}

fn source(id: u8, rows: u32, columns: &[(&str, f64, f64)]) -> Source {
    let real = |value| Real::new(value).expect("finite");
    let columns = columns.iter().map(|(name, low, high)| Bounded {
        name: text(*name),
        low: real(*low),
        high: real(*high),
    });
    Source {
        id: NodeId([id; 32]),
        dataset: text("d"),
        content: Hash([id; 32]),
        alias: text(format!("d{id}")),
        rows,
        keys: None,
        columns: List::new(columns.collect()).expect("few"),
    }
}

fn keys(columns: &[&str], items: u32) -> Keys {
    let columns = columns.iter().map(|name| text(*name)).collect();
    Keys { columns: List::new(columns).expect("few"), items, address: text("h:1") }
}

fn wanted(name: &str, question: Question) -> Wanted {
    Wanted { receiver: 0, name: text(name), question }
}

fn task(layout: Layout, owners: Vec<Source>, questions: Vec<Wanted>) -> Task {
    let seat = |id| Seat { id: NodeId([id; 32]), address: text("h:1"), deputy: None };
    Task {
        session: SessionId([1; 16]),
        chain: 0,
        number: 0,
        parties: [seat(100), seat(101), seat(102)],
        owners: List::new(owners).expect("few"),
        receivers: List::new(vec![NodeId([200; 32])]).expect("one"),
        layout,
        engine: Engine::SemiHonest,
        kind: Kind::Statistics(List::new(questions).expect("few")),
        within: Deadlines {
            inputs: Millis::secs(1),
            computing: Millis::secs(2),
            revealing: Millis::secs(3),
        },
    }
}

fn judgement(label: &str) -> Judgement {
    let metrics = vec![Metric::Accuracy, Metric::Auc];
    Judgement { label: text(label), metrics: List::new(metrics).expect("two") }
}

pub(super) fn good() -> Task {
    let owners = vec![
        source(1, 30, &[("x", 0.0, 9.0), ("k", 0.0, 3.0)]),
        source(2, 30, &[("y", -4.0, 4.0)]),
    ];
    let questions = vec![
        wanted("product", Question::Formula(text("sum(x * y)"))),
        wanted("rows", Question::Rows(text("x + y"))),
        wanted(
            "ages",
            Question::Histogram {
                of: text("y"),
                cuts: List::new(vec![0.into()]).expect("one"),
                minimum: 5,
            },
        ),
        wanted(
            "by k",
            Question::Groups {
                by: text("k"),
                categories: List::new(vec![0.into(), 1.into()]).expect("two"),
                of: text("y"),
                minimum: 7,
            },
        ),
    ];
    task(Layout::Aligned, owners, questions)
}

#[test]
fn a_policy_is_told_what_is_done_with_which_columns() {
    let names =
        |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let claim = |algorithm, columns: &[&str], minimum_group| Claim {
        algorithm,
        columns: names(columns),
        minimum_group,
    };
    assert_eq!(
        good().claims(0, None).expect("good"),
        [
            claim(Algorithm::Formula, &["x"], 30),
            claim(Algorithm::Rows, &["x"], 1),
            claim(Algorithm::Groups, &["k"], 7),
        ]
    );
    assert_eq!(
        good().claims(1, None).expect("good"),
        [
            claim(Algorithm::Formula, &["y"], 30),
            claim(Algorithm::Rows, &["y"], 1),
            claim(Algorithm::Histogram, &["y"], 5),
            claim(Algorithm::Groups, &["y"], 7),
        ]
    );
    assert_eq!(good().claims(2, None).expect("good"), []);
    let pooled = vec![source(1, 30, &[("x", 0.0, 9.0)]), source(2, 40, &[("x", 0.0, 8.0)])];
    let pooled = task(Layout::Pooled, pooled, vec![wanted("v", Question::Formula(text("var(x)")))]);
    assert_eq!(pooled.claims(1, None).expect("good"), [claim(Algorithm::Statistics, &["x"], 40)]);
    // Whatever is said of the rows of all, an owner's own may be the only ones that are not made up.
    let cuts = List::new(vec![1.into()]).expect("one");
    let histogram = Question::Histogram { of: text("x"), cuts, minimum: 20 };
    let mut counted = pooled;
    counted.kind = Kind::Statistics(List::new(vec![wanted("h", histogram)]).expect("one"));
    assert_eq!(counted.claims(1, None).expect("good"), [claim(Algorithm::Histogram, &["x"], 1)]);
}

#[test]
fn nothing_but_plain_aggregates_of_plain_columns_is_taken_for_harmless() {
    use Algorithm::{Correlation, Formula, Quantile, Statistics};
    let table = [
        ("sum(x)", Statistics),
        ("count(x)", Statistics),
        ("avg(x)", Statistics),
        ("mean(d1.x)", Statistics),
        ("((mean((x))))", Statistics),
        ("sum(x) / 30", Statistics),
        ("sum(x) / 7", Statistics),
        ("var(x)", Statistics),
        ("std(x)", Statistics),
        ("cov(x, k)", Statistics),
        ("cov(x, y)", Statistics),
        ("corr(x, k)", Correlation),
        ("corr(x, y)", Correlation),
        ("sum(zscore(x) * zscore(y)) / 29", Correlation),
        ("median(x)", Quantile),
        ("quantile(y, 0.9)", Quantile),
        // In disguise.
        ("sum(x * 1)", Formula),
        ("sum(x + 0)", Formula),
        ("sum(-x)", Formula),
        ("sum(abs(x))", Formula),
        ("sum(if(k == 3, x, 0))", Formula),
        ("sum(x * (k == 3))", Formula),
        ("count(x < 3)", Formula),
        ("count(y == 0)", Formula),
        ("sum(x * y)", Formula),
        ("mean(min(x, 3))", Formula),
        ("mean(x) - mean(k)", Formula),
        ("sum(x) - sum(y)", Formula),
        ("-sum(x)", Formula),
        ("sum(x) * 1", Formula),
        ("sum(x) / sum(k + 1)", Formula),
        ("avg(x) / 30", Formula),
        ("sqrt(sum(x))", Formula),
        ("sqrt(avg(x))", Formula),
        ("sum(x) < 3", Formula),
        ("if(sum(x) < 3, 1, 0) + sum(y)", Formula),
        ("var(x + k)", Formula),
        ("var(x * (k == 3))", Formula),
        ("std(x * 2)", Formula),
        ("cov(x, k == 3)", Formula),
        ("cov(x, y * y)", Formula),
        ("corr(x, k == 3)", Formula),
        ("corr(x * k, y)", Formula),
        ("sum(zscore(x))", Formula),
        ("sum(zscore(x) * y) / 29", Formula),
        ("sum(zscore(x) * zscore(y) * x) / 29", Formula),
        ("median(x * 2)", Formula),
        ("median(if(k == 3, x, 0))", Formula),
        ("quantile(x, 0.5) - median(k)", Formula),
    ];
    let scope = good().scope(&[30, 30]);
    let pooled = Scope { totals: Totals::Parts, ..scope.clone() };
    for (text, want) in [
        ("corr(x, k)", Correlation),
        ("corr(x, k * x)", Formula),
        ("corr(x, k == 3)", Formula),
        ("corr(x, k) + 0", Formula),
        ("cov(x, k)", Statistics),
        ("std(x)", Statistics),
    ] {
        let formula = crate::Formula::parse(text, &pooled).expect("reads");
        let got = crate::formula::class::algorithm(&formula.tree, formula.root);
        assert_eq!(got, want, "{text}, pooled");
    }
    for (text, want) in table {
        let formula = crate::Formula::parse(text, &scope).unwrap_or_else(|e| panic!("{text}: {e}"));
        let got = crate::formula::class::algorithm(&formula.tree, formula.root);
        assert_eq!(got, want, "{text}");
    }
}

#[test]
fn what_is_counted_or_fitted_has_to_be_columns_or_formulas_have_to_be_allowed() {
    let uses = |wanted: Vec<Wanted>| {
        let mut task = good();
        task.kind = Kind::Statistics(List::new(wanted).expect("few"));
        task.algorithms().expect("good")
    };
    let histogram = |of: &str| {
        let cuts = List::new(vec![1.into()]).expect("one");
        wanted("h", Question::Histogram { of: text(of), cuts, minimum: 5 })
    };
    let groups = |by: &str, of: &str| {
        let categories = List::new(vec![1.into()]).expect("one");
        wanted("g", Question::Groups { by: text(by), categories, of: text(of), minimum: 5 })
    };
    use Algorithm::{Formula, Groups, Histogram, Prediction, Rows, Training};
    let set = |all: &[Algorithm]| all.iter().copied().collect::<BTreeSet<_>>();
    assert_eq!(uses(vec![histogram("x")]), set(&[Histogram]));
    assert_eq!(uses(vec![histogram("if(k == 3, x, 0)")]), set(&[Histogram, Formula]));
    assert_eq!(uses(vec![groups("k", "y")]), set(&[Groups]));
    assert_eq!(uses(vec![groups("k + x", "y")]), set(&[Groups, Formula]));
    assert_eq!(uses(vec![groups("k", "y * x")]), set(&[Groups, Formula]));
    assert_eq!(uses(vec![wanted("r", Question::Rows(text("x * y")))]), set(&[Rows]));
    assert_eq!(good().algorithms(), Ok(set(&[Formula, Rows, Histogram, Groups])));
    assert_eq!((good().least_group(30), good().least_group(0)), (1, 0));

    let number = |value| Real::new(value).expect("finite");
    let fits = |features: &[&str], label: &str| {
        let features: Vec<_> = features.iter().map(|of| text(*of)).collect();
        let schedule = Schedule {
            epochs: 1,
            batch: 8,
            rate: number(0.5),
            decay: number(0.0),
            limit: number(8.0),
            shuffle: false,
        };
        let (family, label) = (Family::Linear, text(label));
        let features = List::new(features).expect("few");
        let kind =
            Kind::Train(Train { family, features, label, schedule, reveal: Reveal::Weights });
        Task { kind, ..good() }
    };
    let kinds = |features: &[&str], label: &str| fits(features, label).algorithms().expect("good");
    assert_eq!(kinds(&["(x - 4) / 2", "zscore(x)", "log(x + 1)"], "-y"), set(&[Training]));
    assert_eq!(fits(&["x"], "y").least_group(30), 8, "the rows of a step");
    for one in
        ["(x - 4) / 1000000", "x * (k == 3)", "k == 3", "x * x", "x + k", "exp(x)", "1 / (x + 1)"]
    {
        assert_eq!(kinds(&["x", one], "y"), set(&[Training, Formula]), "{one}");
        assert_eq!(kinds(&["y"], one), set(&[Training, Formula]), "{one}");
    }
    // Rows that are held out are few.
    let mut tried = fits(&["x"], "y");
    let Kind::Train(train) = &mut tried.kind else { panic!("it trains") };
    let metrics = List::new(vec![Metric::Mae]).expect("one");
    train.reveal = Reveal::Both(Trial { held_out: HeldOut::Last(7), metrics });
    assert_eq!(tried.algorithms(), Ok(set(&[Training, Algorithm::Evaluation])));
    assert_eq!(tried.least_group(30), 7);
    let groups = tried.claims(0, None).expect("good").into_iter().map(|one| one.minimum_group);
    assert_eq!(groups.collect::<Vec<_>>(), [8, 7]);
    tried.layout = Layout::Pooled;
    let owners = vec![source(1, 30, &[("x", 0.0, 1.0)]), source(2, 23, &[("x", 0.0, 1.0)])];
    tried.owners = List::new(owners).expect("two");
    let Kind::Train(train) = &mut tried.kind else { panic!("it trains") };
    let metrics = List::new(vec![Metric::Mae]).expect("one");
    train.reveal = Reveal::Metrics(Trial { held_out: HeldOut::Every(5), metrics });
    train.label = text("x");
    assert_eq!(tried.least_group(53), 8);
    // Where each row's prediction is shown anyway, it does not matter.
    let layers = List::new(vec![Layer { outputs: 1, activation: Activation::Identity }]);
    let predict = Predict {
        features: List::new(vec![text("x < 3")]).expect("one"),
        model: Origin::Owner(1),
        layers: layers.expect("one"),
        limit: number(1.0),
        outcome: Outcome::Class,
    };
    let task = Task { kind: Kind::Predict(predict), ..good() };
    assert_eq!(task.algorithms(), Ok(set(&[Prediction])));
    assert_eq!(task.least_group(30), 1);
    // How many rows match is not known when a task is declared.
    let mut matched = good();
    matched.layout = Layout::Matched;
    assert!(matched.algorithms().is_err(), "it has no keys");
    let mut owners = matched.owners.to_vec();
    owners[1].rows = 20;
    owners.iter_mut().for_each(|owner| owner.keys = Some(keys(&["id"], owner.rows)));
    matched.owners = List::new(owners).expect("two");
    assert_eq!(matched.algorithms(), good().algorithms());
    // What is declared is what owners are asked to allow, however many match.
    for of in ["mean(x) ", "sum(x) / 2", "var(x)", "cov(x, y)", "corr(x, y) ", "mean(x) - mean(y)"]
    {
        let of = wanted("a", Question::Formula(text(of)));
        let both = wanted("b", Question::Formula(text("sum(x + y)")));
        matched.kind = Kind::Statistics(List::new(vec![of, both]).expect("two"));
        let all = matched.algorithms().expect("good");
        for rows in [2, 3, 20] {
            let claims = matched.claims(0, Some(rows)).expect("good");
            assert_eq!(claims.iter().map(|claim| claim.algorithm).collect::<BTreeSet<_>>(), all);
        }
    }
}

#[test]
fn a_policy_tells_training_from_predicting() {
    let number = |value| Real::new(value).expect("finite");
    let features = || List::new(vec![text("x"), text("log(y + 5)")]).expect("two");
    let (rate, decay, limit) = (number(0.5), number(0.0), number(8.0));
    let schedule = Schedule { epochs: 2, batch: 8, rate, decay, limit, shuffle: false };
    let mut task = good();
    task.kind = Kind::Train(Train {
        family: Family::Linear,
        features: features(),
        label: text("y"),
        schedule,
        reveal: Reveal::Weights,
    });
    let claims = task.claims(1, None).expect("good");
    assert_eq!((claims[0].algorithm, claims[0].minimum_group), (Algorithm::Training, 8));
    // With a decay that forgets everything, the weights are those of the last step's rows.
    let Kind::Train(train) = &mut task.kind else { panic!("it trains") };
    train.schedule.batch = 1;
    assert_eq!(task.claims(1, None).expect("good")[0].minimum_group, 1);
    let Kind::Train(train) = &mut task.kind else { panic!("it trains") };
    train.schedule.batch = 500;
    assert_eq!(task.claims(1, None).expect("good")[0].minimum_group, 30);
    let layers = List::new(vec![Layer { outputs: 1, activation: Activation::Identity }]);
    let mut predict = Predict {
        features: features(),
        model: Origin::Owner(2),
        layers: layers.expect("one"),
        limit,
        outcome: Outcome::Values,
    };
    let owners = [good().owners.to_vec(), vec![source(3, 3, &[])]].concat();
    task.owners = List::new(owners).expect("three");
    task.kind = Kind::Predict(predict.clone());
    let claims = task.claims(0, None).expect("good");
    assert_eq!((claims[0].algorithm, claims[0].minimum_group), (Algorithm::Prediction, 1));
    assert_eq!(task.claims(2, None).expect("good"), []);
    predict.outcome = Outcome::Judged(judgement("x < 3"));
    task.kind = Kind::Predict(predict);
    let claims = task.claims(0, None).expect("good");
    assert_eq!((claims[0].algorithm, claims[0].minimum_group), (Algorithm::Evaluation, 30));
    // The label is a condition.
    assert_eq!((claims[1].algorithm, claims[1].minimum_group), (Algorithm::Formula, 30));
    // And the model, which nobody sees, may be a formula itself.
    assert_eq!((claims[2].algorithm, claims[2].minimum_group), (Algorithm::Formula, 30));
    assert_eq!(claims.len(), 3);
    let bytes = task.encode().expect("small");
    assert_eq!(Task::decode(&bytes).as_ref(), Ok(&task));
    assert!((0..bytes.len()).all(|cut| Task::decode(&bytes[..cut]).is_err()));
}

#[test]
fn terms_that_nobody_should_agree_to_are_named() {
    let refused = |change: fn(&mut Task)| {
        let mut task = good();
        change(&mut task);
        Plan::new(&task, None).expect_err("unfit").to_string()
    };
    let node = |id: u8| format!("node {} plays two parts", NodeId([id; 32]));
    assert_eq!(
        refused(|task| task.receivers = List::new(vec![task.parties[0].id]).expect("one")),
        node(100)
    );
    assert_eq!(refused(|task| task.parties[2].id = task.parties[0].id), node(100));
    assert_eq!(refused(|task| task.parties[1].id = task.owners[1].id), node(2));
    assert_eq!(refused(|task| task.owners = List::default()), "the task has no owners");
    assert_eq!(refused(|task| task.receivers = List::default()), "the task has no receivers");
    assert_eq!(
        refused(
            |task| task.receivers = List::new(vec![NodeId([7; 32]), NodeId([8; 32])]).expect("two")
        ),
        "receiver 1 is not there, or has no result"
    );
    assert_eq!(
        refused(|task| task.kind = Kind::Statistics(List::default())),
        "the task has no questions"
    );
    assert_eq!(refused(|task| task.layout = Layout::Matched), "this layout wants keys");
    assert_eq!(
        refused(|task| task.layout = Layout::Pooled),
        "owners 0 and 1 differ in their columns"
    );
    let uneven = vec![source(1, 30, &[("x", 0.0, 1.0)]), source(2, 31, &[("y", 0.0, 1.0)])];
    let sum = || vec![wanted("s", Question::Formula(text("sum(x) + sum(y)")))];
    let uneven = task(Layout::Aligned, uneven, sum());
    assert_eq!(uneven.check(), Err(Unfit::Differ { owner: 1, what: "their number of rows" }));
    let upside = task(Layout::Aligned, vec![source(1, 30, &[("x", 1.0, 0.0)])], sum());
    assert_eq!(upside.check(), Err(Unfit::Bounds { name: "x".into(), low: 1.0, high: 0.0 }));
    let twice =
        task(Layout::Aligned, vec![source(1, 3, &[("x", 0.0, 1.0), ("x", 0.0, 1.0)])], sum());
    assert_eq!(twice.check(), Err(Unfit::SameName { what: "columns", name: "x".into() }));
    let same = [sum(), sum()].concat();
    let same = task(Layout::Aligned, vec![source(1, 3, &[("x", 0.0, 1.0)])], same);
    assert_eq!(
        same.check(),
        Err(Unfit::SameName { what: "results of one receiver", name: "s".into() })
    );
    let wide = vec![source(1, 3, &[("x", 0.0, 1e18)]), source(2, 3, &[("y", 0.0, 1e18)])];
    let wide =
        task(Layout::Aligned, wide, vec![wanted("s", Question::Formula(text("sum(x * y)")))]);
    assert!(matches!(
        Plan::new(&wide, None),
        Err(Error::Formula { .. } | Error::Unfit(Unfit::Wide { .. }))
    ));
}

#[test]
fn a_task_is_read_strictly_and_has_one_hash() {
    let bytes = good().encode().expect("small");
    assert_eq!(Task::decode(&bytes).as_ref(), Ok(&good()));
    for cut in 0..bytes.len() {
        assert!(Task::decode(&bytes[..cut]).is_err(), "cut after {cut}");
    }
    let mut longer = bytes;
    longer.push(0);
    assert!(Task::decode(&longer).is_err());
    let mut other = good();
    other.number = 1;
    assert_ne!(other.hash(), good().hash());
}

#[test]
fn what_is_declared_leaves_the_number_and_the_parties_open_and_nothing_else() {
    let seat = |id| Seat { id: NodeId([id; 32]), address: text("elsewhere:1"), deputy: None };
    let elected = Task { number: 7, parties: [seat(5), seat(6), seat(7)], ..good() };
    assert_eq!(elected.terms(), good().terms());
    assert_ne!(elected.hash(), good().hash());
    assert_ne!(good().terms(), good().hash());
    for other in [
        Task { chain: 1, ..good() },
        Task { session: SessionId([2; 16]), ..good() },
        Task { engine: Engine::Malicious, ..good() },
        Task { layout: Layout::Pooled, ..good() },
        Task { receivers: List::new(vec![NodeId([201; 32])]).expect("one"), ..good() },
    ] {
        assert_ne!(other.terms(), good().terms(), "{other:?}");
    }
}

#[test]
fn the_encoding_is_pinned() {
    let hash = vectors::hash(Task::LIMIT, |stream: &mut Stream| {
        let mut made = good();
        made.session = SessionId(stream.array());
        made.number = stream.below(1 << 30);
        made
    });
    assert_eq!(hash, "89bf562c48859ae8");
}

proptest! {
    #[test]
    fn no_terms_panic(
        owners in proptest::collection::vec((0u32..5, -1e30f64..1e30, -1e30f64..1e30), 0..4),
        questions in proptest::collection::vec((0u8..3, 0usize..9), 0..6),
        layout in prop_oneof![
            Just(Layout::Pooled),
            Just(Layout::Aligned),
            Just(Layout::Matched),
            Just(Layout::Joined),
        ],
        matched in proptest::option::of(0u32..5),
    ) {
        let columns = ["x", "y", "z"];
        let owners = (1..).zip(&owners).map(|(id, (rows, a, b))| {
            let name = if layout == Layout::Pooled { "x" } else { columns[usize::from(id) % 3] };
            let source = source(id, *rows, &[(name, a.min(*b), a.max(*b))]);
            Source { keys: layout.has_keys().then(|| keys(&["id"], *rows)), ..source }
        });
        let texts = ["sum(x)", "x * y", "var(y)", "cov(x, y)", "median(x * y)", "corr(x, z)", "(", "x < 3", "sum(x / y)"];
        let questions = questions.iter().enumerate().map(|(at, (receiver, of))| Wanted {
            receiver: *receiver,
            name: text(at.to_string()),
            question: Question::Formula(text(texts[*of])),
        });
        let mut task = task(layout, owners.collect(), questions.collect());
        task.receivers = List::new(vec![NodeId([200; 32]), NodeId([201; 32])]).expect("two");
        let _ = Plan::new(&task, matched);
        let _ = task.claims(0, matched);
    }

    #[test]
    fn no_models_panic(
        rows in prop_oneof![1u32..40, Just(1 << 20), Just(1 << 31), any::<u32>()],
        bounds in prop_oneof![(-9.0f64..9.0, -9.0f64..9.0), (-1e6f64..1e6, -1e9f64..1e9)],
        limit in prop_oneof![0.001f64..100.0, -1.0f64..5000.0],
        rate in prop_oneof![0.001f64..2.0, -1.0f64..100.0],
        steps in (any::<u16>(), any::<u32>()),
        outputs in proptest::collection::vec(prop_oneof![1u32..20, any::<u32>()], 0..4),
        kinds in (0u8..4, 0u8..3, any::<bool>()),
    ) {
        let number = |value| Real::new(value).expect("finite");
        let (low, high) = (bounds.0.min(bounds.1), bounds.0.max(bounds.1));
        let names = if kinds.2 { ["x", "x", "x"] } else { ["x", "y", "z"] };
        let mut owners: Vec<Source> =
            (1..).zip(names).map(|(id, name)| source(id, rows, &[(name, low, high)])).collect();
        let features = || {
            let texts: &[&str] = match (kinds.2, steps.0 % 3 == 0) {
                (true, _) => &["x", "x < 3"],
                (false, true) => &["x / 1000", "y"],
                (false, false) => &["z", "x / 1000", "y"],
            };
            List::new(texts.iter().map(|of| text(*of)).collect()).expect("few")
        };
        let label = if kinds.0 % 2 == 0 { text("x < 1") } else { text("x") };
        let is_joined = !kinds.2 && steps.0 % 3 == 0;
        if is_joined {
            owners.truncate(2);
            owners.iter_mut().for_each(|owner| owner.keys = Some(keys(&["id"], rows)));
        }
        let layout = match (kinds.2, is_joined) {
            (true, _) => Layout::Pooled,
            (false, true) => Layout::Joined,
            (false, false) => Layout::Aligned,
        };
        let kind = if kinds.0 < 2 {
            let family = if kinds.1 == 0 { Family::Linear } else { Family::Logistic };
            let (rate, decay, limit) = (number(rate), number(rate / 10.0), number(limit));
            let schedule = Schedule { epochs: steps.0 % 20, batch: steps.1, rate, decay, limit, shuffle: false };
            let which = [HeldOut::Last(steps.1 % 64), HeldOut::Every(steps.1 % 8)];
            let held_out = which[usize::from(kinds.0 % 2)];
            let metrics = [[Metric::LogLoss, Metric::Auc], [Metric::Rmse, Metric::R2]];
            let metrics = metrics[usize::from(kinds.1 == 0)].to_vec();
            let trial = Trial { held_out, metrics: List::new(metrics).expect("two") };
            let reveal = match steps.0 % 4 {
                0 => Reveal::Weights,
                1 => Reveal::Both(trial),
                2 => Reveal::Kept(None),
                _ => Reveal::Kept(Some(trial)),
            };
            Kind::Train(Train { family, features: features(), label, schedule, reveal })
        } else {
            let is_kept = steps.0 % 2 == 0;
            let model = if is_kept { Origin::Kept(Hash([7; 32])) } else { Origin::Owner(3) };
            if !is_kept {
                owners.push(source(9, 3, &[]));
            }
            let activation = [Activation::Identity, Activation::Relu, Activation::Sigmoid];
            let layers = outputs.iter().zip(activation.into_iter().cycle());
            let layers = layers.map(|(outputs, activation)| Layer { outputs: *outputs, activation });
            let outcome = match kinds.1 {
                0 => Outcome::Values,
                1 => Outcome::Class,
                _ => Outcome::Judged(Judgement { label, ..judgement("x") }),
            };
            let layers = List::new(layers.collect()).expect("few");
            Kind::Predict(Predict { features: features(), model, layers, limit: number(limit), outcome })
        };
        let mut task = task(layout, owners, vec![]);
        task.kind = kind;
        let matched = is_joined.then(|| rows / (1 + u32::from(kinds.1)));
        let _ = Plan::new(&task, matched);
    }
}
