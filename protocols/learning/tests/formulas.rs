//! Formulas on shares against the same formulas in the clear.

mod common;

use common::{Data, formula, run_plan, statistics, tables};
use proptest::prelude::*;
use troupe_learning::Plan;
use troupe_learning::task::{Engine, Layout};
use troupe_wire::{Seed, Stream};

fn uniform(stream: &mut Stream, low: f64, high: f64) -> f64 {
    low + (high - low) * (stream.below(1 << 53) as f64 / (1u64 << 53) as f64)
}

const ENGINES: [Engine; 2] = [Engine::SemiHonest, Engine::Malicious];

/// Runs formulas with both engines and holds each against its value in the clear; `within` is what is
/// allowed where no bound is known.
fn hold(layout: Layout, data: &[Data], formulas: &[&str], within: f64, seed: u64) {
    for engine in ENGINES {
        hold_with(engine, layout, data, formulas, within, seed);
    }
}

fn hold_with(
    engine: Engine,
    layout: Layout,
    data: &[Data],
    formulas: &[&str],
    within: f64,
    seed: u64,
) {
    let questions = formulas.iter().enumerate().map(|(at, of)| formula(&format!("q{at}"), of));
    let mut task = statistics(layout, data, questions.collect());
    task.engine = engine;
    let plan = Plan::new(&task, None).unwrap_or_else(|error| panic!("{error}: {formulas:?}"));
    let results = run_plan(&task, &plan, data, seed);
    let wanted = plan.in_the_clear(&task, &tables(data)).expect("all columns are there");
    for ((expected, want), of) in plan.results().iter().zip(wanted).zip(formulas) {
        let (got, want) = (results[0][&expected.name][0], want[0]);
        let bound = expected.bound.unwrap_or(within);
        let off = (got - want).abs();
        assert!(off <= bound, "{of}: {got} for {want}, off by {off}, bound {bound}, {engine:?}");
    }
}

fn aligned(rows: usize, seed: u64) -> Vec<Data> {
    let mut luck = Seed::from_number(seed).stream("rows");
    let mut column = |low: f64, high: f64| -> Vec<f64> {
        (0..rows).map(|_| uniform(&mut luck, low, high)).collect()
    };
    let price = column(0.5, 99.0);
    let income = column(-2000.0, 4000.0);
    let units = column(0.0, 500.0);
    let rent = income.iter().zip(column(-10.0, 10.0)).map(|(x, noise)| 0.25 * x + noise).collect();
    vec![
        Data::new("shop").with("price", (0.5, 99.0), price).with(
            "income",
            (-2000.0, 4000.0),
            income,
        ),
        Data::new("store").with("units", (0.0, 500.0), units).with("rent", (-600.0, 1100.0), rent),
    ]
}

#[test]
fn formulas_over_two_owners_hold_their_bounds() {
    let data = aligned(700, 1);
    let formulas = [
        "sum(shop.price * store.units)",
        "avg(shop.price * store.units) / 7 + 3",
        "sum(price)",
        "avg(income) - avg(rent) * 2",
        "var(income)",
        "var(income - 2 * rent)",
        "cov(income, rent)",
        "corr(income, rent)",
        "corr(income, price)",
        "std(units) + avg(price)",
        "sum(abs(income - rent))",
        "sum(max(price, units)) - sum(min(price, units))",
        "sum(max(price - units, 3)) + sum(min(-20, price - units))",
        "sum((price - avg(price)) * (units - avg(units)) * income)",
        "sum(log(price) * sqrt(units) * exp(income / 4000))",
        "avg(zscore(price) * zscore(units))",
        "median(income - rent)",
        "quantile(price + units, 0.9)",
        "quantile(price, 0.25) + quantile(units, 1)",
        "sum(income) * sum(rent) / 1000",
        "-avg(price) * avg(units)",
    ];
    hold(Layout::Aligned, &data, &formulas, 0.0, 1);
}

#[test]
fn bounds_say_something() {
    let data = aligned(700, 1);
    let questions = vec![
        formula("turnover", "sum(shop.price * store.units)"),
        formula("correlation", "corr(income, rent)"),
        formula("mean", "avg(price)"),
        formula("middle", "median(income - rent)"),
    ];
    let plan = Plan::new(&statistics(Layout::Aligned, &data, questions), None).expect("fits");
    let bounds: Vec<f64> = plan.results().iter().map(|one| one.bound.expect("known")).collect();
    // Of values up to 35 million, 1, 99 and 6000.
    assert!(
        bounds[0] < 0.5 && bounds[1] < 1e-5 && bounds[2] < 1e-7 && bounds[3] < 1e-2,
        "{bounds:?}"
    );
    // One owner's mean is one number, not a column.
    assert_eq!(plan.program().columns().iter().filter(|column| column.length == 1).count(), 1);
}

#[test]
fn conditions_over_two_owners_are_those_of_the_plain_numbers() {
    let mut luck = Seed::from_number(7).stream("rows");
    let mut whole = |low: i32, high: i32| -> Vec<f64> {
        let width = u64::from(high.abs_diff(low)) + 1;
        (0..900).map(|_| f64::from(low) + luck.below(width) as f64).collect()
    };
    let data = vec![
        Data::new("a").with("x", (-20.0, 20.0), whole(-20, 20)).with("k", (0.0, 3.0), whole(0, 3)),
        Data::new("b").with("y", (-20.0, 20.0), whole(-20, 20)).with("m", (0.0, 3.0), whole(0, 3)),
    ];
    let formulas = [
        "sum(x < y)",
        "sum(x <= y)",
        "sum(x > y)",
        "sum(x >= y)",
        "sum(x == y)",
        "sum(x != y)",
        "count(x < y and k == m)",
        "count(x < y and k == 1)",
        "count(x < 3 or m == 2)",
        "count(not (x < y) or k == m)",
        "sum(if(x < y, x, y))",
        "sum(if(k == 2, y, 7))",
        "sum(if(x < y, y, 0))",
        "sum(if(x < y, 5, m))",
        "sum((x < y) * y)",
        "sum((k == 1) * y) / 4",
        "if(sum(x) < sum(y), sum(x), sum(y))",
        "if(count(k == m) >= 10, sum(x + y), 0)",
        "sum(if(x < sum(y) / 900, y, k))",
        "avg((x + y < 5) * (x - y > -5))",
        "min(sum(x), sum(y)) + abs(sum(x - y))",
    ];
    hold(Layout::Aligned, &data, &formulas, 1e-4, 2);
}

#[test]
fn pooled_rows_need_a_few_numbers_of_each_owner() {
    let mut luck = Seed::from_number(3).stream("rows");
    let mut data = Vec::new();
    for (alias, rows, low, high) in
        [("a", 5000, 0.0, 3000.0), ("b", 70, 3500.0, 4000.0), ("c", 1, 10.0, 20.0)]
    {
        let mut column =
            || -> Vec<f64> { (0..rows).map(|_| uniform(&mut luck, low, high)).collect() };
        let (x, y) = (column(), column());
        data.push(Data::new(alias).with("x", (0.0, 4000.0), x).with("y", (0.0, 4000.0), y));
    }
    let formulas = ["sum(x)", "avg(x * y)", "var(x)", "cov(x, y)", "var(x - y)", "avg(log(x + 1))"];
    hold(Layout::Pooled, &data, &formulas, 0.0, 3);
    let questions = vec![formula("v", "var(x)"), formula("s", "sum(x)")];
    let plan = Plan::new(&statistics(Layout::Pooled, &data, questions), None).expect("fits");
    // A number, or its halves.
    assert!(plan.program().columns().iter().all(|column| column.length <= 2));
    assert!(plan.results()[0].bound.expect("known") < 0.1, "{:?}", plan.results());
    hold(
        Layout::Pooled,
        &data,
        &["median(x)", "quantile(x, 0.99)", "count(y < 100 and x > 5)"],
        0.0,
        4,
    );
}

#[test]
fn quotients_roots_and_powers_of_two_owners_hold_their_bounds() {
    let data = aligned(300, 5);
    let formulas = [
        "sum(price) / sum(units + 1)",
        "avg(rent / price)",
        "sum(income / (units + price))",
        "sum(units) / (avg(income - rent) - 9000)",
        "sqrt(var(income - rent))",
        "std(price * units)",
        "avg(sqrt(units + price))",
        "avg(sqrt(max(units - price, 0)))",
        "avg(exp((price - units) / 100))",
        "log(sum(price) + sum(units))",
        "avg(log(1 + units * price))",
        "cov(income, rent) / max(std(income), 500) / max(std(rent), 100)",
    ];
    for of in formulas {
        hold(Layout::Aligned, &data, &[of], 0.0, 5);
    }
    let questions = formulas.iter().enumerate().map(|(at, of)| formula(&format!("q{at}"), of));
    let task = statistics(Layout::Aligned, &data, questions.collect());
    let plan = Plan::new(&task, None).expect("fits");
    let bounds: Vec<f64> = plan.results().iter().map(|one| one.bound.expect("known")).collect();
    // What is close to zero where a root or a divisor may be has wide bounds.
    let limits = [1e-3, 2e-3, 10.0, 1e-3, 5.0, 1e4, 0.1, 0.1, 0.1, 1e-4, 1e-2, 0.5];
    let over: Vec<_> =
        formulas.iter().zip(&bounds).zip(limits).filter(|((_, b), limit)| *b >= limit).collect();
    assert!(over.is_empty(), "{over:?}");
    let refused =
        statistics(Layout::Aligned, &data, vec![formula("r", "sum(price) / sum(income)")]);
    let error = Plan::new(&refused, None).expect_err("zero may be there").to_string();
    assert_eq!(
        error,
        "`r`: at 11: the operand can be -600000 to 1200000, and not all of that has a result"
    );
}

/// A formula with a number for each row, of both owners' columns.
fn tree(depth: u32) -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("price".to_owned()),
        Just("income".to_owned()),
        Just("units".to_owned()),
        Just("rent".to_owned()),
        (-50i32..50).prop_map(|c| format!("({c} / 8)")),
    ];
    leaf.prop_recursive(depth, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} + {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} - {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} * {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("min({a}, {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("max({a}, {b})")),
            inner.clone().prop_map(|a| format!("abs({a})")),
            inner.clone().prop_map(|a| format!("-{a}")),
            inner.prop_map(|a| format!("({a} / 3)")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_formula_holds_its_bound(
        row in tree(3),
        total in prop_oneof![Just("sum"), Just("avg"), Just("var")],
        rows in 2usize..40,
        seed in any::<u64>(),
        engine in prop_oneof![Just(Engine::SemiHonest), Just(Engine::Malicious)],
    ) {
        let data = aligned(rows, seed);
        let of = format!("{total}({row} + price)");
        let mut task = statistics(Layout::Aligned, &data, vec![formula("q", &of)]);
        task.engine = engine;
        let plan = match Plan::new(&task, None) {
            Ok(plan) => plan,
            // Products of many columns: the task says so and goes no further. Or one owner does nothing.
            Err(error) => return Err(TestCaseError::reject(error.to_string())),
        };
        let got = run_plan(&task, &plan, &data, seed)[0]["q"][0];
        let want = plan.in_the_clear(&task, &tables(&data)).expect("all columns are there")[0][0];
        let bound = plan.results()[0].bound.expect("no conditions");
        prop_assert!((got - want).abs() <= bound, "{of}: {got} for {want}, bound {bound}");
    }
}
