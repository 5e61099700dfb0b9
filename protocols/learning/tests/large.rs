//! Columns of magnitude 10^9 with six decimals: what they add up to and how they move together outgrows 61 bits by far.

mod common;

use common::{Data, formula, run_plan, statistics, tables};
use troupe_learning::Plan;
use troupe_learning::task::{Engine, Layout};
use troupe_mpc::program::Form;
use troupe_wire::Seed;

const ENDS: (f64, f64) = (-1e9, 1e9);
const ENGINES: [Engine; 2] = [Engine::SemiHonest, Engine::Malicious];

/// Amounts in millionths, the second half of which go with the first.
fn columns(rows: usize, seed: u64) -> (Vec<f64>, Vec<f64>) {
    let mut luck = Seed::from_number(seed).stream("rows");
    let mut amount = |most: u64| {
        let micros = i64::try_from(luck.below(2 * most * 1_000_000 + 1)).expect("small");
        (micros - i64::try_from(most * 1_000_000).expect("small")) as f64 / 1e6
    };
    let mut x: Vec<f64> = (0..rows).map(|_| amount(1_000_000_000)).collect();
    (x[0], x[1]) = ENDS;
    let y = x.iter().map(|x| x / 2.0 + amount(400_000_000)).collect();
    (x, y)
}

/// Runs formulas, holds each against its value in the clear, and gives the bounds.
fn hold(layout: Layout, data: &[Data], formulas: &[&str]) -> Vec<Option<f64>> {
    let questions = formulas.iter().enumerate().map(|(at, of)| formula(&format!("q{at}"), of));
    let mut task = statistics(layout, data, questions.collect());
    let mut bounds = Vec::new();
    for engine in ENGINES {
        task.engine = engine;
        let plan = Plan::new(&task, None).unwrap_or_else(|error| panic!("{error}: {formulas:?}"));
        assert!(plan.program().columns().iter().any(|column| column.form == Form::Wide));
        let results = run_plan(&task, &plan, data, 1);
        let wanted = plan.in_the_clear(&task, &tables(data)).expect("all columns are there");
        for ((expected, want), of) in plan.results().iter().zip(wanted).zip(formulas) {
            let (got, want) = (results[0][&expected.name][0], want[0]);
            let off = (got - want).abs();
            let bound = expected.bound.unwrap_or(2e-5);
            assert!(
                off <= bound,
                "{of}: {got} for {want}, off by {off}, bound {bound}, {engine:?}"
            );
        }
        bounds = plan.results().iter().map(|one| one.bound).collect();
    }
    bounds
}

#[test]
fn two_owners_columns_have_sums_variances_and_covariances() {
    let rows = 600;
    let (x, y) = columns(rows, 1);
    let small = (0..rows).map(|at| (at % 7) as f64).collect();
    let data = [
        Data::new("a").with("x", ENDS, x).with("k", (0.0, 6.0), small),
        Data::new("b").with("y", ENDS, y),
    ];
    let formulas = [
        "sum(x)",
        "avg(y)",
        "var(x)",
        "std(y)",
        "cov(x, y)",
        "sum(x * y)",
        "avg(x * y)",
        "var(x - y)",
        "std(x + y)",
        "corr(x, y)",
        "sum(x - y)",
        "avg(x) - avg(y)",
        "cov(x, y) / 2",
        "sum(x * y) - sum(y * k)",
        "cov(x - y, x + 2 * y)",
    ];
    let bounds = hold(Layout::Aligned, &data, &formulas);
    // Next to the largest that each can be: 10^9, its square, and as often as there are rows.
    let square = 1e18;
    let scales = [6e11, 1e9, square, 1e9, 4.0 * square, 600.0 * square, square];
    for ((bound, scale), of) in bounds.iter().zip(scales).zip(formulas) {
        let bound = bound.expect("known");
        assert!(bound < scale * 1e-12 || (of.starts_with("std") && bound < scale), "{of}: {bound}");
    }
}

#[test]
fn pooled_columns_have_sums_variances_and_correlations() {
    let mut data = Vec::new();
    for (alias, rows) in [("a", 400), ("b", 30), ("c", 2)] {
        let (x, y) = columns(rows, rows as u64);
        // Far from the mean of all.
        let y = y.into_iter().map(|y| if alias == "b" { 0.5 * y + 4.9e8 } else { y }).collect();
        data.push(Data::new(alias).with("x", ENDS, x).with("y", ENDS, y));
    }
    let formulas =
        ["sum(x)", "avg(x)", "var(x)", "cov(x, y)", "avg(x * y)", "sum(x) - sum(y)", "std(y)"];
    let bounds = hold(Layout::Pooled, &data, &formulas);
    let scales = [432e9, 1e9, 1e18, 1e18, 1e18, 864e9];
    for ((bound, scale), of) in bounds.iter().zip(scales).zip(formulas) {
        assert!(bound.expect("known") < scale * 1e-12, "{of}: {bound:?}");
    }
    hold(Layout::Pooled, &data, &["corr(x, y)"]);
}

#[test]
fn small_columns_stay_as_they_are() {
    let (x, y) = columns(50, 3);
    let small = |values: Vec<f64>| values.into_iter().map(|value| value / 1e6).collect();
    let ends = (-1e3, 1e3);
    let data = [Data::new("a").with("x", ends, small(x)), Data::new("b").with("y", ends, small(y))];
    let questions = ["sum(x * y)", "cov(x, y)", "sum(x - y)", "avg(x)", "sum(y)"];
    let questions = questions.iter().map(|of| formula(of, of)).collect();
    let plan = Plan::new(&statistics(Layout::Aligned, &data, questions), None).expect("fits");
    assert!(plan.program().columns().iter().all(|column| column.form == Form::Plain));
}

#[test]
fn a_million_rows_have_room() {
    let formulas = ["sum(x)", "var(x)", "std(y)", "cov(x, y)", "sum(x * y)", "corr(x, y)"];
    let questions = |of: &[&'static str]| of.iter().map(|of| formula(of, of)).collect::<Vec<_>>();
    let column = || vec![0.0; 1_000_000];
    let aligned =
        [Data::new("a").with("x", ENDS, column()), Data::new("b").with("y", ENDS, column())];
    let pooled = ["a", "b"]
        .map(|alias| Data::new(alias).with("x", ENDS, column()).with("y", ENDS, column()));
    for engine in ENGINES {
        let mut task = statistics(Layout::Aligned, &aligned, questions(&formulas));
        task.engine = engine;
        Plan::new(&task, None).unwrap_or_else(|error| panic!("{error}"));
        let pooled_too = ["sum(x)", "var(x)", "std(y)", "cov(x, y)", "avg(x * y)", "corr(x, y)"];
        let mut task = statistics(Layout::Pooled, &pooled, questions(&pooled_too));
        task.engine = engine;
        Plan::new(&task, None).unwrap_or_else(|error| panic!("{error}"));
    }
}
