//! Rows that are joined on shares: what comes out is what comes out of the common rows in the clear, and nobody is told which
//! they are.

mod common;

use common::{Data, formula, real, statistics, task, text};
use std::collections::BTreeMap;
use troupe_learning::formula::Reason;
use troupe_learning::join::Keyed;
use troupe_learning::task::{
    Algorithm, COMMON, Engine, Family, HeldOut, Kind, Layout, Metric, Question, Reveal, Schedule,
    Train, Trial, Wanted,
};
use troupe_learning::{Error, Plan, Task, simulate};
use troupe_mpc::{Peer, Table};
use troupe_types::SessionId;
use troupe_wire::{List, Seed};

/// Two owners' rows, and the keys of both.
struct Story {
    data: [Data; 2],
    keys: [Vec<String>; 2],
}

impl Story {
    /// So many rows of either owner, of which so many are common.
    fn new(rows: [u32; 2], common: u32, seed: u64) -> Self {
        let mut luck = Seed::from_number(seed).stream("story");
        let mut numbers = |count: u32, low: i64, most: u64| -> Vec<f64> {
            (0..count).map(|_| (low + luck.below(most) as i64) as f64 / 4.0).collect()
        };
        let ages = numbers(rows[0], 70, 240);
        let kinds = (0..rows[0]).map(|row| f64::from(row % 3)).collect();
        let levels = numbers(rows[1], -40, 120);
        let ill = (0..rows[1]).map(|row| f64::from(u8::from(row % 5 < 2))).collect();
        let clinic = Data::new("clinic").with("age", (17.0, 80.0), ages);
        let clinic = clinic.with("kind", (0.0, 2.0), kinds);
        let lab = Data::new("lab").with("level", (-10.0, 20.0), levels);
        let lab = lab.with("ill", (0.0, 1.0), ill);
        // Common rows are the last of the one and the first of the other, in the other direction.
        let first = (0..rows[0]).map(|row| format!("patient {}", rows[0] - row));
        let second = (0..rows[1]).map(|row| match row < common {
            true => format!("patient {}", row + 1),
            false => format!("visitor {row}"),
        });
        Self { data: [clinic, lab], keys: [first.collect(), second.collect()] }
    }

    fn task(&self, kind: Kind) -> Task {
        Task { engine: Engine::Malicious, ..task(Layout::Joined, &self.data, kind) }
    }

    /// What each owner gives a plan.
    fn keyed(&self, session: SessionId) -> Vec<Table> {
        let both = self.data.iter().zip(&self.keys);
        let tables = both.map(|(data, keys)| {
            let keyed = Keyed::new(session, keys).expect("keys are told apart");
            keyed.table(chosen(data, keyed.rows()))
        });
        tables.collect()
    }

    /// The common rows, in one order.
    fn common(&self) -> Vec<Table> {
        let places =
            |keys: &[String]| -> BTreeMap<String, u32> { keys.iter().cloned().zip(0..).collect() };
        let places = [places(&self.keys[0]), places(&self.keys[1])];
        let keys: Vec<&String> =
            places[0].keys().filter(|key| places[1].contains_key(*key)).collect();
        let owners = self.data.iter().zip(&places);
        let tables = owners.map(|(data, places)| {
            chosen(data, &keys.iter().map(|key| places[*key]).collect::<Vec<u32>>())
        });
        tables.collect()
    }
}

fn chosen(data: &Data, rows: &[u32]) -> Table {
    let mut table = data.table();
    for values in table.columns.values_mut() {
        *values = rows.iter().map(|row| values[*row as usize]).collect();
    }
    table.rows = u32::try_from(rows.len()).expect("few");
    table
}

/// What receiver 0 gets, by name.
fn run(task: &Task, plan: &Plan, tables: &[Table], seed: u64) -> BTreeMap<String, Vec<f64>> {
    let seeds = Seed::from_number(seed);
    let seeds = |peer| match peer {
        Peer::Party(index) => seeds.child("party", index.into()),
        Peer::Owner(index) => seeds.child("owner", index.into()),
        Peer::Receiver(index) => seeds.child("receiver", index.into()),
    };
    let done =
        simulate(task, plan, tables, seeds, |_| {}).unwrap_or_else(|error| panic!("{error}"));
    let received = done.received[0].results.iter();
    received.map(|one| (one.name.clone(), one.values.clone())).collect()
}

fn questions(formulas: &[&str]) -> Kind {
    let histogram = Question::Histogram {
        of: text("clinic.age"),
        cuts: List::new(vec![real(30.0), real(45.0), real(60.0)]).expect("few"),
        minimum: 1,
    };
    let groups = Question::Groups {
        by: text("clinic.kind"),
        categories: List::new(vec![real(0.0), real(1.0), real(2.0)]).expect("few"),
        of: text("lab.level"),
        minimum: 1,
    };
    let more = [("h", histogram), ("g", groups)];
    let more = more.map(|(name, question)| Wanted { receiver: 0, name: text(name), question });
    let mut all: Vec<Wanted> = formulas.iter().map(|of| formula(of, of)).collect();
    all.extend(more);
    Kind::Statistics(List::new(all).expect("few"))
}

#[test]
fn questions_about_common_rows_have_the_answers_of_the_common_rows() {
    let formulas = [
        "sum(clinic.age)",
        "mean(lab.level)",
        "var(clinic.age)",
        "std(lab.level)",
        "cov(clinic.age, lab.level)",
        "corr(clinic.age, lab.level)",
        "corr(clinic.age, clinic.kind)",
        "median(lab.level)",
        "count(clinic.age > 40 and lab.level < 5)",
        "sum(if(lab.ill == 1, clinic.age, 0)) / max(sum(lab.ill), 1)",
        "sum(abs(lab.level)) + sum(clinic.age * lab.level)",
    ];
    for (seed, (rows, common)) in
        (0u64..).zip([([40, 90], 25), ([64, 64], 64), ([70, 20], 7), ([3, 2], 2)])
    {
        let story = Story::new(rows, common, seed);
        let task = story.task(questions(&formulas));
        let plan = Plan::new(&task, Some(common)).expect("it fits");
        let got = run(&task, &plan, &story.keyed(task.session), seed);
        let clear = plan.in_the_clear(&task, &story.common()).expect("it has all columns");
        assert_eq!(clear.len(), plan.results().len());
        for (expected, want) in plan.results().iter().zip(clear) {
            let got = &got[&expected.name];
            assert_eq!(got.len(), want.len(), "{}", expected.name);
            // A correlation of few rows is found by logarithms.
            let bound = expected.bound.unwrap_or(0.01);
            for (got, want) in got.iter().zip(want) {
                let off = (got - want).abs();
                assert!(off <= bound, "{}: {got} for {want}, {bound}", expected.name);
            }
        }
        assert_eq!(got[COMMON], [f64::from(common)]);
    }
}

#[test]
fn a_number_for_each_common_row_comes_in_an_order_that_says_nothing() {
    let story = Story::new([30, 30], 20, 5);
    let rows = Question::Rows(text("clinic.age + lab.level"));
    let wanted = Wanted { receiver: 0, name: text("each"), question: rows };
    let task = story.task(Kind::Statistics(List::new(vec![wanted]).expect("one")));
    let plan = Plan::new(&task, Some(20)).expect("it fits");
    let tables = story.keyed(task.session);
    let sorted = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values
    };
    let orders: Vec<Vec<f64>> =
        (0..3).map(|seed| run(&task, &plan, &tables, seed)["each"].clone()).collect();
    let clear = plan.in_the_clear(&task, &story.common()).expect("it has all columns");
    for order in &orders {
        assert_eq!(order.len(), 20);
        for (got, want) in sorted(order.clone()).iter().zip(sorted(clear[0].clone())) {
            assert!((got - want).abs() < 1e-3, "{got} for {want}");
        }
    }
    assert!(orders.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn where_owners_say_another_number_nothing_depends_on_a_row() {
    // What comes out for one story's rows comes out for the other's.
    let formulas = ["sum(clinic.age)", "cov(clinic.age, lab.level)", "max(sum(lab.level), 1)"];
    let stories = [Story::new([40, 50], 30, 1), Story::new([40, 50], 30, 2)];
    for said in [29, 31, 40] {
        let told = stories.each_ref().map(|story| {
            let task = story.task(questions(&formulas));
            let plan = Plan::new(&task, Some(said)).expect("it fits");
            run(&task, &plan, &story.keyed(task.session), 3)
        });
        assert_eq!(told[0][COMMON], [0.0]);
        for (name, values) in &told[0] {
            // Truncation leaves a last bit to chance, which the same seeds make the same.
            assert_eq!(values, &told[1][name], "{name} of {said}");
        }
        // All ages are what the bounds allow at least.
        assert!((told[0]["sum(clinic.age)"][0] - 17.0 * f64::from(said)).abs() < 0.1);
    }
}

#[test]
fn a_model_is_trained_on_common_rows_and_judged_on_those_held_out() {
    let count = 200;
    let mut luck = Seed::from_number(8).stream("points");
    let mut points = || (0..count).map(|_| luck.below(2001) as f64 / 1000.0 - 1.0).collect();
    let (x, z): (Vec<f64>, Vec<f64>) = (points(), points());
    let labels = x.iter().zip(&z).map(|(x, z)| 0.5 * x - 0.25 * z + 0.125).collect();
    let mut story = Story::new([count, count], count, 1);
    story.data = [
        Data::new("a").with("x", (-1.0, 1.0), x),
        Data::new("b").with("z", (-1.0, 1.0), z).with("y", (-1.0, 1.0), labels),
    ];
    story.keys = [0, 1].map(|_| (0..count).map(|row| format!("key {row}")).collect());
    // A third of the keys of the one are nobody's.
    story.keys[0].iter_mut().step_by(3).for_each(|key| key.push('?'));
    let common = story.common()[0].rows;
    let metrics = List::new(vec![Metric::Rmse]).expect("one");
    let trial = Trial { held_out: HeldOut::Every(4), metrics };
    let train = Train {
        family: Family::Linear,
        features: List::new(vec![text("b.z"), text("a.x")]).expect("two"),
        label: text("b.y"),
        schedule: Schedule {
            epochs: 30,
            batch: 25,
            rate: real(0.5),
            decay: real(0.0),
            limit: real(16.0),
            shuffle: true,
        },
        reveal: Reveal::Both(trial),
    };
    let task = story.task(Kind::Train(train));
    let plan = Plan::new(&task, Some(common)).expect("it fits");
    let got = run(&task, &plan, &story.keyed(task.session), 4);
    for (weight, want) in got["weights"].iter().zip([-0.25, 0.5, 0.125]) {
        assert!((weight - want).abs() < 0.01, "{:?}", got["weights"]);
    }
    assert!(got["rmse"][0] < 0.02);
    assert_eq!(got[COMMON], [f64::from(common)]);
}

#[test]
fn an_owner_shares_what_belongs_to_a_row_and_no_total() {
    let story = Story::new([40, 50], 30, 1);
    let formulas = ["sum(clinic.age) - mean(clinic.kind)", "var(lab.level)"];
    let task = story.task(questions(&formulas));
    let plan = Plan::new(&task, Some(30)).expect("it fits");
    for (owner, items) in [(0, 40), (1, 50)] {
        assert!(plan.contributions(owner).all(|one| one.column.length == items));
    }
    // Each column once, whatever is made of it, and both parts of the keys.
    assert_eq!(plan.contributions(0).count(), 2 + 2);
    assert_eq!(plan.contributions(1).count(), 1 + 2);
    // No number of rows makes another program of what leaves an owner.
    let columns = |plan: &Plan| plan.program().columns().to_vec();
    for said in [2, 17, 40] {
        let other = Plan::new(&task, Some(said)).expect("it fits");
        assert_eq!(columns(&other), columns(&plan));
        for (memory, most) in
            other.program().cost().memory.iter().zip(
                Plan::new(&task, task.most_matched()).expect("it fits").program().cost().memory,
            )
        {
            assert!(memory.0 <= most.0 + most.0 / 100, "{said}");
        }
    }
}

#[test]
fn policies_see_the_same_algorithms_as_of_rows_that_are_matched() {
    let story = Story::new([40, 50], 30, 1);
    for (text, want) in [
        ("sum(clinic.age)", Algorithm::Statistics),
        ("var(clinic.age)", Algorithm::Statistics),
        ("std(lab.level)", Algorithm::Statistics),
        ("cov(clinic.age, lab.level)", Algorithm::Statistics),
        ("corr(clinic.age, lab.level)", Algorithm::Correlation),
        ("corr(clinic.age * clinic.kind, lab.level)", Algorithm::Formula),
        ("median(lab.level)", Algorithm::Quantile),
        ("sum(lab.level * (clinic.age == 18))", Algorithm::Formula),
    ] {
        let of = |layout| {
            let task = statistics(layout, &story.data, vec![formula("x", text)]);
            task.algorithms().expect("it reads")
        };
        assert_eq!(of(Layout::Joined).into_iter().collect::<Vec<_>>(), [want], "{text}");
        assert_eq!(of(Layout::Joined), of(Layout::Matched), "{text}");
    }
}

#[test]
fn what_takes_an_owner_that_knows_its_common_rows_is_refused() {
    let story = Story::new([40, 50], 30, 1);
    let task = story.task(questions(&["sum(zscore(clinic.age) * lab.level)"]));
    let refused = Plan::new(&task, Some(30)).expect_err("nobody has the mean");
    let Error::Formula { fault, .. } = refused else { panic!("{refused}") };
    assert_eq!(fault.reason, Reason::Hidden { what: "zscore" });
    // The name of the number that everybody hears.
    let task = story.task(Kind::Statistics(
        List::new(vec![formula(COMMON, "sum(clinic.age * lab.level)")]).expect("one"),
    ));
    assert!(task.check().is_err());
    // Without the keys of its rows a table has nothing to share.
    let task = story.task(questions(&["sum(clinic.age)"]));
    let plan = Plan::new(&task, Some(30)).expect("it fits");
    let table = story.data[0].table();
    assert!(matches!(plan.table(&task, 0, &table), Err(Error::Column { .. })));
}
