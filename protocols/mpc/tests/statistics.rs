//! Joint statistics against plain arithmetic, within the stated bounds.

mod common;

use common::{Weather, World};
use proptest::prelude::*;
use std::collections::BTreeMap;
use troupe_mpc::program::{Form, Rows};
use troupe_mpc::statistics::{Part, Plan, Statistic, Survey, Variable, VariableId};
use troupe_mpc::{Error, Fixed, Table};
use troupe_types::Hash;
use troupe_wire::{Seed, Stream};

/// A variable over these owners, its column named alike everywhere.
fn variable(name: &str, low: f64, high: f64, owners: &[u8]) -> Variable {
    let part = |owner: &u8| Part { owner: *owner, column: name.to_owned() };
    Variable { name: name.to_owned(), low, high, parts: owners.iter().map(part).collect() }
}

fn rows(count: usize) -> Rows {
    Rows { count: u32::try_from(count).expect("few"), group: 0 }
}

/// The exact value of a 53-bit number's share of a sum: errors of plain sums must not blur the
/// comparison, so sums are compensated (Neumaier).
fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0f64, 0.0f64);
    for value in values {
        let next = total + value;
        lost += if total.abs() >= value.abs() {
            (total - next) + value
        } else {
            (value - next) + total
        };
        total = next;
    }
    total + lost
}

fn mean(values: &[f64]) -> f64 {
    sum(values.iter().copied()) / values.len() as f64
}

fn covariance(x: &[f64], y: &[f64]) -> f64 {
    let (mean_x, mean_y) = (mean(x), mean(y));
    let products = x.iter().zip(y).map(|(a, b)| (a - mean_x) * (b - mean_y));
    sum(products) / (x.len() as f64 - 1.0)
}

fn tables(owners: Vec<Vec<(&str, Vec<f64>)>>) -> Vec<Table> {
    let table = |columns: Vec<(&str, Vec<f64>)>| Table {
        rows: rows(columns[0].1.len()).count,
        alignment: Hash([3; 32]),
        columns: columns.into_iter().map(|(name, values)| (name.to_owned(), values)).collect(),
    };
    owners.into_iter().map(table).collect()
}

/// Runs the plan and returns each result beside its bound.
fn answers(plan: &Plan, tables: Vec<Table>, seed: u64) -> BTreeMap<String, (f64, f64)> {
    let mut world = World::new(&plan.program, tables, Weather::FAIR, seed);
    world.run();
    assert_eq!(world.results().len(), plan.expected.len());
    let results = world.results().iter().zip(&plan.expected);
    results
        .map(|(result, expected)| {
            assert_eq!(result.name, expected.name);
            assert_eq!(result.values.len(), 1);
            (result.name.clone(), (result.values[0], expected.bound))
        })
        .collect()
}

fn close(answers: &BTreeMap<String, (f64, f64)>, name: &str, want: f64) {
    let (got, bound) = answers[name];
    assert!(
        (got - want).abs() <= bound,
        "{name}: {got} for {want}, off by {}, bound {bound}",
        (got - want).abs()
    );
}

fn uniform(stream: &mut Stream, low: f64, high: f64) -> f64 {
    low + (high - low) * (stream.below(1 << 53) as f64 / (1u64 << 53) as f64)
}

#[test]
fn a_hundred_thousand_aligned_rows_of_two_owners_up_to_four_thousand() {
    let mut stream = Seed::from_number(4).stream("rows");
    let count = 100_000;
    // Rent follows income; few earn much.
    let income: Vec<f64> =
        (0..count).map(|_| 4000.0 * uniform(&mut stream, 0.0, 1.0).powi(3)).collect();
    let rent: Vec<f64> =
        income.iter().map(|x| 0.3 * x + uniform(&mut stream, 0.0, 500.0)).collect();

    let mut survey = Survey::new(Fixed::default(), vec![rows(count), rows(count)]);
    let x = survey.variable(variable("income", 0.0, 4000.0, &[0])).expect("good");
    let y = survey.variable(variable("rent", 0.0, 2000.0, &[1])).expect("good");
    for statistic in [
        Statistic::Sum(x),
        Statistic::Mean(x),
        Statistic::Mean(y),
        Statistic::Variance(x),
        Statistic::Variance(y),
        Statistic::Covariance(x, y),
    ] {
        survey.ask(0, statistic).expect("suits");
    }
    let plan = survey.plan().expect("fits");
    let tables = tables(vec![vec![("income", income.clone())], vec![("rent", rent.clone())]]);
    let answers = answers(&plan, tables, 1);
    close(&answers, "sum(income)", sum(income.iter().copied()));
    close(&answers, "mean(income)", mean(&income));
    close(&answers, "mean(rent)", mean(&rent));
    close(&answers, "variance(income)", covariance(&income, &income));
    close(&answers, "variance(rent)", covariance(&rent, &rent));
    close(&answers, "covariance(income, rent)", covariance(&income, &rent));
    // The bounds say something: a variance near a million is known to seven digits.
    assert!(answers["variance(income)"].1 < 0.07, "{answers:?}");
    assert!(answers["mean(income)"].1 < 1e-5);
    assert_eq!(plan.program.cost().rounds, 2);
}

#[test]
fn rows_of_three_owners_are_pooled() {
    let mut stream = Seed::from_number(5).stream("rows");
    // Owners of very different size and level.
    let mut owners = Vec::new();
    for (count, low, high) in [(50_000, 0.0, 3000.0), (700, 3500.0, 4000.0), (2, 10.0, 20.0)] {
        let column = |stream: &mut Stream| -> Vec<f64> {
            (0..count).map(|_| uniform(stream, low, high)).collect()
        };
        owners.push((column(&mut stream), column(&mut stream)));
    }
    let counts = (0..).zip(&owners).map(|(group, (x, _))| Rows { group, ..rows(x.len()) });
    let counts = counts.collect();
    let mut survey = Survey::new(Fixed::default(), counts);
    let x = survey.variable(variable("x", 0.0, 4000.0, &[0, 1, 2])).expect("good");
    let y = survey.variable(variable("y", -10.0, 4100.0, &[0, 1, 2])).expect("good");
    for statistic in
        [Statistic::Sum(x), Statistic::Mean(y), Statistic::Variance(x), Statistic::Covariance(x, y)]
    {
        survey.ask(0, statistic).expect("suits");
    }
    let plan = survey.plan().expect("fits");
    let all_x: Vec<f64> = owners.iter().flat_map(|(x, _)| x.clone()).collect();
    let all_y: Vec<f64> = owners.iter().flat_map(|(_, y)| y.clone()).collect();
    let tables = tables(owners.into_iter().map(|(x, y)| vec![("x", x), ("y", y)]).collect());
    let answers = answers(&plan, tables, 2);
    close(&answers, "sum(x)", sum(all_x.iter().copied()));
    close(&answers, "mean(y)", mean(&all_y));
    close(&answers, "variance(x)", covariance(&all_x, &all_x));
    close(&answers, "covariance(x, y)", covariance(&all_x, &all_y));
    assert!(answers["variance(x)"].1 < 0.07, "{answers:?}");
}

#[test]
fn a_large_offset_costs_no_precision() {
    let count = 5000;
    let mut stream = Seed::from_number(6).stream("rows");
    let years: Vec<f64> = (0..count).map(|_| uniform(&mut stream, 1e9, 1e9 + 50.0)).collect();
    let mut survey = Survey::new(Fixed::default(), vec![rows(count)]);
    let x = survey.variable(variable("x", 1e9, 1e9 + 50.0, &[0])).expect("good");
    survey.ask(0, Statistic::Variance(x)).expect("suits");
    let plan = survey.plan().expect("fits");
    let answers = answers(&plan, tables(vec![vec![("x", years.clone())]]), 3);
    close(&answers, "variance(x)", covariance(&years, &years));
    assert!(answers["variance(x)"].1 < 1e-3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_statistic_holds_its_bound(
        fraction in 4u8..=20,
        counts in proptest::collection::vec(1usize..300, 1..4),
        low in -3000f64..3000.0,
        width in 0f64..4000.0,
        skew in 1i32..6,
        seed in any::<u64>(),
    ) {
        let rows_in_all: usize = counts.iter().sum();
        prop_assume!(rows_in_all >= 2);
        let high = low + width;
        let mut stream = Seed::from_number(seed).stream("rows");
        let mut column = |count: usize, side: bool| -> Vec<f64> {
            (0..count)
                .map(|_| {
                    let part = uniform(&mut stream, 0.0, 1.0).powi(skew);
                    if side { low + width * part } else { high - width * part }
                })
                .map(|value| value.clamp(low, high))
                .collect()
        };
        // x is pooled over the first owners, y over as many others, aligned pairwise.
        let xs: Vec<Vec<f64>> = counts.iter().map(|count| column(*count, seed % 2 == 0)).collect();
        let ys: Vec<Vec<f64>> = counts.iter().map(|count| column(*count, seed % 3 == 0)).collect();
        let group = |at: usize| u8::try_from(at).expect("few");
        let owners: Vec<Rows> = counts
            .iter()
            .chain(&counts)
            .enumerate()
            .map(|(at, count)| Rows { group: group(at % counts.len()), ..rows(*count) })
            .collect();
        let half = u8::try_from(counts.len()).expect("few");
        let mut survey = Survey::new(Fixed::new(fraction).expect("at most 31"), owners);
        let left: Vec<u8> = (0..half).collect();
        let right: Vec<u8> = (half..2 * half).collect();
        let x = survey.variable(variable("x", low, high, &left)).expect("good");
        let y = survey.variable(variable("y", low, high, &right)).expect("good");
        for statistic in [
            Statistic::Sum(x),
            Statistic::Mean(y),
            Statistic::Variance(x),
            Statistic::Variance(y),
            Statistic::Covariance(x, y),
        ] {
            survey.ask(0, statistic).expect("suits");
        }
        let plan = match survey.plan() {
            Ok(plan) => plan,
            // Wide ranges at many bits; the error says to take fewer.
            Err(Error::Statistic { .. }) if fraction > 16 => return Ok(()),
            Err(error) => panic!("{error}"),
        };
        let all_x: Vec<f64> = xs.concat();
        let all_y: Vec<f64> = ys.concat();
        let tables = tables(
            xs.into_iter()
                .map(|x| vec![("x", x)])
                .chain(ys.into_iter().map(|y| vec![("y", y)]))
                .collect(),
        );
        let answers = answers(&plan, tables, seed);
        close(&answers, "sum(x)", sum(all_x.iter().copied()));
        close(&answers, "mean(y)", mean(&all_y));
        close(&answers, "variance(x)", covariance(&all_x, &all_x));
        close(&answers, "variance(y)", covariance(&all_y, &all_y));
        close(&answers, "covariance(x, y)", covariance(&all_x, &all_y));
    }
}

fn ask(
    owners: Vec<Rows>,
    variables: Vec<Variable>,
    statistic: fn(&[VariableId]) -> Statistic,
) -> Result<Plan, Error> {
    let mut survey = Survey::new(Fixed::default(), owners);
    let mut ids = Vec::new();
    for variable in variables {
        ids.push(survey.variable(variable)?);
    }
    survey.ask(0, statistic(&ids))?;
    survey.plan()
}

#[test]
fn what_makes_no_sense_is_refused_with_the_reason() {
    let two = vec![rows(10), rows(10)];
    let other_group = vec![rows(10), Rows { group: 1, ..rows(10) }];
    let uneven = vec![rows(10), rows(11)];
    let variance: fn(&[VariableId]) -> Statistic = |ids| Statistic::Variance(ids[0]);
    let between: fn(&[VariableId]) -> Statistic = |ids| Statistic::Covariance(ids[0], ids[1]);
    let pair = || vec![variable("x", 0.0, 1.0, &[0]), variable("y", 0.0, 1.0, &[1])];
    let cases = [
        (
            two.clone(),
            vec![variable("x", 1.0, 0.0, &[0])],
            variance,
            "`x`: its range is empty or has no encoding",
        ),
        (
            two.clone(),
            vec![variable("x", 0.0, f64::NAN, &[0])],
            variance,
            "`x`: its range is empty or has no encoding",
        ),
        (two.clone(), vec![variable("x", 0.0, 1.0, &[])], variance, "`x`: no owner holds it"),
        (
            two.clone(),
            vec![variable("x", 0.0, 1.0, &[2])],
            variance,
            "`x`: owner 2 is not in the survey",
        ),
        (
            two.clone(),
            vec![variable("x", 0.0, 1.0, &[0, 0])],
            variance,
            "`x`: owner 0 holds it twice",
        ),
        (
            vec![rows(1)],
            vec![variable("x", 0.0, 1.0, &[0])],
            variance,
            "`variance(x)`: 1 rows are fewer than 2",
        ),
        (
            two.clone(),
            vec![variable("x", 0.0, 1e7, &[0])],
            variance,
            "`variance(x)`: its range needs fewer fraction bits than 16",
        ),
        (
            other_group,
            pair(),
            between,
            "`covariance(x, y)`: owner 0 and owner 1 are not of one group",
        ),
        (
            uneven,
            pair(),
            between,
            "`covariance(x, y)`: the rows of its variables are not cut alike",
        ),
        (
            two,
            vec![variable("x", 0.0, 1.0, &[0, 1]), variable("y", 0.0, 1.0, &[0])],
            between,
            "`covariance(x, y)`: the rows of its variables are not cut alike",
        ),
    ];
    for (owners, variables, statistic, want) in cases {
        let error = ask(owners, variables, statistic).expect_err("makes no sense");
        assert_eq!(error.to_string(), want);
    }
}

#[test]
fn nothing_is_shared_or_revealed_that_nobody_asked_for() {
    let mut survey = Survey::new(Fixed::default(), vec![rows(10), rows(10)]);
    let x = survey.variable(variable("x", 0.0, 1.0, &[0, 1])).expect("good");
    survey.variable(variable("unasked", 0.0, 1.0, &[0])).expect("good");
    survey.ask(0, Statistic::Variance(x)).expect("suits");
    let plan = survey.plan().expect("fits");
    assert_eq!(plan.program.columns().len(), 2);
    assert!(plan.program.columns().iter().all(|column| &*column.name == "x"));
    assert_eq!(plan.program.reveals().len(), 1);
    assert_eq!(&*plan.program.reveals()[0].name, "variance(x)");

    // A mean alone needs no centre.
    let mut survey = Survey::new(Fixed::default(), vec![rows(10)]);
    let x = survey.variable(variable("x", 0.0, 1.0, &[0])).expect("good");
    survey.ask(0, Statistic::Mean(x)).expect("suits");
    let plan = survey.plan().expect("fits");
    assert_eq!(plan.program.columns()[0].form, Form::Plain);
    assert_eq!(plan.program.cost().rounds, 0);
}
