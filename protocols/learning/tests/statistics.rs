//! Statistics of rows that several owners hold, next to numpy's.

mod common;

use common::{Data, formula, run, statistics};
use serde_json::Value;
use troupe_learning::task::Layout;

fn cases() -> Vec<Value> {
    let cases: Value = serde_json::from_str(include_str!("vectors/statistics.json")).expect("JSON");
    cases.as_array().expect("a list").clone()
}

fn numbers(case: &Value, name: &str) -> Vec<f64> {
    let list = case[name].as_array().expect("a list").iter();
    list.map(|value| value.as_f64().expect("a number")).collect()
}

fn number(case: &Value, name: &str) -> f64 {
    case[name].as_f64().expect("a number")
}

fn pooled(case: &Value) -> Vec<Data> {
    let (x, y) = (numbers(case, "x"), numbers(case, "y"));
    let bounds = (number(case, "low"), number(case, "high"));
    let mut ends: Vec<usize> = numbers(case, "cuts").iter().map(|cut| *cut as usize).collect();
    ends.push(x.len());
    let mut start = 0;
    let mut owners = Vec::new();
    for (end, alias) in ends.into_iter().zip(["a", "b", "c", "d"]) {
        let owner = Data::new(alias).with("x", bounds, x[start..end].to_vec());
        owners.push(owner.with("y", bounds, y[start..end].to_vec()));
        start = end;
    }
    owners
}

fn aligned(case: &Value) -> Vec<Data> {
    let bounds = (number(case, "low"), number(case, "high"));
    vec![
        Data::new("a").with("x", bounds, numbers(case, "x")),
        Data::new("b").with("y", bounds, numbers(case, "y")),
    ]
}

/// Asks, and holds every answer against what is wanted.
fn hold(layout: Layout, data: &[Data], case: &Value, wanted: &[(String, f64, f64)]) {
    let questions = wanted.iter().enumerate();
    let questions = questions.map(|(at, (of, ..))| formula(&format!("q{at}"), of)).collect();
    let got = &run(&statistics(layout, data, questions), data, 1)[0];
    for (at, (of, want, within)) in wanted.iter().enumerate() {
        let got = got[&format!("q{at}")][0];
        let off = (got - want).abs();
        assert!(off <= *within, "{} {layout:?}, {of}: {got} for {want}", case["name"]);
    }
}

#[test]
fn means_variances_and_correlations_are_those_of_all_rows_together() {
    for case in cases() {
        let width = number(&case, "high") - number(&case, "low");
        let moments = [("avg(x)", "mean"), ("var(x)", "var"), ("cov(x, y)", "cov")];
        let mut wanted: Vec<(String, f64, f64)> = moments
            .iter()
            .map(|(of, name)| ((*of).to_owned(), number(&case, name), width * width / 1e8 + 1e-6))
            .collect();
        let correlation = number(&case, "corr");
        let ask = |of: &str, want: f64| (of.to_owned(), want, 1e-5);
        let mut aligned_too = vec![wanted[2].clone(), ask("corr(x, y)", correlation)];
        aligned_too.push(ask("corr(y, x) + 1", correlation + 1.0));
        hold(Layout::Aligned, &aligned(&case), &case, &aligned_too);
        wanted.push(ask("corr(x, y)", correlation));
        wanted.push(ask("corr(y, x) * 3 + 1", correlation * 3.0 + 1.0));
        hold(Layout::Pooled, &pooled(&case), &case, &wanted);
    }
}

#[test]
fn quantiles_are_the_values_that_numpy_finds_however_the_rows_are_cut() {
    for case in cases() {
        let within = (number(&case, "high") - number(&case, "low")) / 1e6;
        let parts = numbers(&case, "parts");
        let ask = |of: &str, name: &str| -> Vec<(String, f64, f64)> {
            let both = parts.iter().zip(numbers(&case, name));
            both.map(|(part, want)| (format!("quantile({of}, {part})"), want, within)).collect()
        };
        let mut of_x = ask("x", "quantiles");
        of_x.push(("median(x)".to_owned(), numbers(&case, "quantiles")[4], within));
        hold(Layout::Pooled, &pooled(&case), &case, &of_x);
        let of_both = ask("x - y", "quantiles of differences");
        hold(Layout::Pooled, &pooled(&case), &case, &of_both);
        hold(Layout::Aligned, &aligned(&case), &case, &of_both);
    }
}
