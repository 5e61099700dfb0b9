//! Sessions in one place: what they cost, that they repeat, and what they should come to.

mod common;

use common::cancer::Cancer;
use common::{Data, formula, real, run, session, statistics, tables, task, text};
use troupe_learning::Plan;
use troupe_learning::task::{
    Activation, Engine, Family, HeldOut, Judgement, Kind, Layer, Layout, Metric, Origin, Outcome,
    Predict, Question, Reveal, Trial, Wanted,
};
use troupe_wire::List;

fn owners() -> Vec<Data> {
    let column = |step: f64| (0..90).map(|row| f64::from(row) * step % 7.0).collect::<Vec<f64>>();
    vec![
        Data::new("shop").with("price", (0.0, 7.0), column(1.37)),
        Data::new("store").with("units", (0.0, 7.0), column(2.71)),
    ]
}

#[test]
fn a_session_takes_the_bytes_and_rounds_that_its_plan_says() {
    let data = owners();
    let questions = vec![formula("a", "corr(price, units)"), formula("b", "median(price - units)")];
    for engine in [Engine::SemiHonest, Engine::Malicious] {
        let mut task = statistics(Layout::Aligned, &data, questions.clone());
        if engine == Engine::Malicious {
            task = statistics(Layout::Aligned, &data, vec![formula("a", "cov(price, units)")]);
        }
        task.engine = engine;
        let plan = Plan::new(&task, None).expect("fits");
        let (cost, found) = (plan.program().cost(), session(&task, &plan, &data, 1));
        assert_eq!((found.rounds, found.checks), (cost.rounds, cost.checks), "{engine:?}");
        for link in &cost.links {
            assert_eq!(found.sent[&(link.from, link.to)], link.bytes.0, "{link:?}");
            assert_eq!(found.sent_by(link.from), cost.sent(link.from).0);
        }
        let results = found.endings.iter().map(|ending| ending.result);
        assert!(results.eq([found.received[0].result; 3]), "{engine:?}");
    }
}

#[test]
fn the_same_seeds_give_the_same_words_and_others_differ_by_what_chance_decides() {
    let data = owners();
    let questions = vec![formula("a", "sum(price * units)"), formula("b", "corr(price, units)")];
    let task = statistics(Layout::Aligned, &data, questions);
    let plan = Plan::new(&task, None).expect("fits");
    let first = session(&task, &plan, &data, 7);
    assert_eq!(first, session(&task, &plan, &data, 7));
    let other = session(&task, &plan, &data, 8);
    assert_ne!(first.received[0].result, other.received[0].result, "it is salted");
    let clear = plan.in_the_clear(&task, &tables(&data)).expect("all columns");
    for found in [first, other] {
        for ((expected, want), got) in
            plan.results().iter().zip(&clear).zip(&found.received[0].results)
        {
            let off = (got.values[0] - want[0]).abs();
            assert!(off <= expected.bound.expect("known"), "{}: off by {off}", expected.name);
        }
    }
}

#[test]
fn questions_of_every_kind_have_their_values_in_the_clear() {
    let data = owners();
    let cuts = List::new(vec![real(1.0), real(3.0)]).expect("two");
    let categories = List::new(vec![real(0.0), real(1.0)]).expect("two");
    let wanted = |name: &str, question| Wanted { receiver: 0, name: text(name), question };
    let questions = [
        wanted("rows", Question::Rows(text("price + units"))),
        wanted("bins", Question::Histogram { of: text("price"), cuts, minimum: 20 }),
        wanted(
            "groups",
            Question::Groups {
                by: text("price < 2"),
                categories,
                of: text("price * units"),
                minimum: 30,
            },
        ),
    ];
    for layout in [Layout::Aligned, Layout::Pooled] {
        let data = match layout {
            Layout::Pooled => {
                let pooled = |alias, take: std::ops::Range<usize>| {
                    let column = |at: usize| data[at].columns[0].2[take.clone()].to_vec();
                    let one = Data::new(alias).with("price", (0.0, 7.0), column(0));
                    one.with("units", (0.0, 7.0), column(1))
                };
                vec![pooled("north", 0..30), pooled("south", 30..90)]
            }
            Layout::Aligned | Layout::Matched | Layout::Joined => data.clone(),
        };
        // Single rows of pooled data are nobody's to show.
        let asked = questions.iter().skip(usize::from(layout == Layout::Pooled));
        let task = statistics(layout, &data, asked.cloned().collect());
        let plan = Plan::new(&task, None).expect("fits");
        let clear = plan.in_the_clear(&task, &tables(&data)).expect("all columns");
        let got = session(&task, &plan, &data, 3);
        assert_eq!(clear.len(), got.received[0].results.len());
        for (want, got) in clear.iter().zip(&got.received[0].results) {
            assert_eq!(want.len(), got.values.len(), "{}", got.name);
            for (want, got) in want.iter().zip(&got.values) {
                assert!((want - got).abs() < 1e-2, "{layout:?}: {want} and {got}");
            }
        }
        // Small groups are shown as none in the clear as well.
        assert!(clear.concat().contains(&0.0));
    }
}

#[test]
fn a_model_in_the_clear_is_the_one_that_others_fit() {
    let cancer = Cancer::load();
    for (layout, data, held_out) in [
        (Layout::Aligned, cancer.aligned_with_held_out(), HeldOut::Last(114)),
        (Layout::Pooled, cancer.pooled_with_held_out(), HeldOut::Last(57)),
    ] {
        let metrics = [
            Metric::Accuracy,
            Metric::Confusion,
            Metric::Precision,
            Metric::Recall,
            Metric::F1,
            Metric::Auc,
            Metric::LogLoss,
        ];
        let metrics = List::new(metrics.to_vec()).expect("few");
        let mut train = cancer.train(Family::Logistic, 0.5);
        train.reveal = Reveal::Both(Trial { held_out, metrics });
        let task = task(layout, &data, Kind::Train(train));
        let plan = Plan::new(&task, None).expect("fits");
        let clear = plan.in_the_clear(&task, &tables(&data)).expect("all columns");
        let off = clear[0].iter().zip(cancer.numbers("logistic")).map(|(a, b)| (a - b).abs());
        assert!(off.fold(0.0, f64::max) < 1e-6, "{layout:?}");
        for (expected, got) in plan.results().iter().zip(&clear).skip(1) {
            if ["accuracy", "precision", "recall", "f1", "auc", "log loss"]
                .contains(&&*expected.name)
            {
                let want = cancer.number(&expected.name);
                assert!((got[0] - want).abs() < 1e-6, "{}: {} not {want}", expected.name, got[0]);
            }
        }
        let [[zero, false_one], [false_zero, one]] = cancer.confusion();
        assert_eq!(clear[2..6].concat(), [one, false_one, false_zero, zero]);
    }
    let data = cancer.aligned_with_held_out();
    let mut train = cancer.train(Family::Linear, 0.25);
    train.features = List::new(train.features[..10].to_vec()).expect("ten");
    train.label = text("worst_radius");
    (train.schedule.epochs, train.schedule.limit) = (40, real(64.0));
    let metrics = List::new(vec![Metric::Rmse, Metric::Mae, Metric::R2]).expect("three");
    train.reveal = Reveal::Metrics(Trial { held_out: HeldOut::Last(114), metrics });
    let task = task(Layout::Aligned, &data, Kind::Train(train));
    let plan = Plan::new(&task, None).expect("fits");
    let clear = plan.in_the_clear(&task, &tables(&data)).expect("all columns");
    for (got, name) in clear.iter().zip(["rmse", "mae", "r2"]) {
        assert!((got[0] - cancer.number(name)).abs() < 1e-6, "{name} is {}", got[0]);
    }
}

#[test]
fn what_a_secret_model_says_is_what_it_says_in_the_clear() {
    let column = |step: f64| (0..40).map(|row| f64::from(row) * step % 2.0 - 1.0).collect();
    let owner = Data::new("owner")
        .with("x", (-1.0, 1.0), column(0.37))
        .with("y", (-1.0, 1.0), column(0.59))
        .with("z", (0.0, 1.0), (0..40).map(|row| f64::from(row % 2)).collect());
    let model = |outputs: usize| {
        let weights = |count: usize| (0..count).map(|at| (at as f64 * 0.7) % 2.0 - 1.0).collect();
        Data::new("model")
            .with("weights 0", (-16.0, 16.0), weights(2 * 3))
            .with("bias 0", (-16.0, 16.0), weights(3))
            .with("weights 1", (-16.0, 16.0), weights(3 * outputs))
            .with("bias 1", (-16.0, 16.0), weights(outputs))
    };
    let judged = |metrics: &[Metric]| {
        let metrics = List::new(metrics.to_vec()).expect("few");
        Outcome::Judged(Judgement { label: text("z"), metrics })
    };
    for (outputs, last, outcome) in [
        (3, Activation::Identity, Outcome::Values),
        (3, Activation::Relu, Outcome::Class),
        (1, Activation::Sigmoid, Outcome::Class),
        (2, Activation::Identity, judged(&[Metric::Accuracy])),
        (1, Activation::Sigmoid, judged(&[Metric::LogLoss, Metric::Confusion])),
        (1, Activation::Relu, judged(&[Metric::Rmse, Metric::Mae])),
    ] {
        let layer = |outputs: usize, activation| {
            let outputs = u32::try_from(outputs).expect("few");
            Layer { outputs, activation }
        };
        let layers = vec![layer(3, Activation::Relu), layer(outputs, last)];
        let predict = Predict {
            features: List::new(vec![text("x"), text("y")]).expect("two"),
            model: Origin::Owner(1),
            layers: List::new(layers).expect("two"),
            limit: real(16.0),
            outcome: outcome.clone(),
        };
        let data = [owner.clone(), model(outputs)];
        let task = task(Layout::Aligned, &data, Kind::Predict(predict));
        let plan = Plan::new(&task, None).expect("fits");
        let clear = plan.in_the_clear(&task, &tables(&data)).expect("all columns");
        let got = &run(&task, &data, 5)[0];
        assert_eq!(got.len(), clear.len());
        for (expected, want) in plan.results().iter().zip(&clear) {
            let got = &got[&expected.name];
            assert_eq!(got.len(), want.len());
            let off = got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off < 1e-3, "{}, {outcome:?}: off by {off}", expected.name);
        }
    }
}

#[test]
fn tables_that_do_not_go_with_a_task_are_refused() {
    let data = owners();
    let task = statistics(Layout::Aligned, &data, vec![formula("a", "sum(price * units)")]);
    let plan = Plan::new(&task, None).expect("fits");
    let mut short = tables(&data);
    short.pop();
    assert!(plan.in_the_clear(&task, &short).is_err());
    let mut bare = tables(&data);
    bare[1].columns.clear();
    let refused = plan.in_the_clear(&task, &bare).expect_err("a column is missing");
    assert_eq!(refused.to_string(), "the table has no column `units` of 90 rows");
}
