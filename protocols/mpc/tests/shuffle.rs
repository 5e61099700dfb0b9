//! Columns in an order that nobody knows, in whole sessions.

mod common;

use common::{Weather, World, priced, table, whole};
use std::collections::BTreeMap;
use troupe_mpc::Program;
use troupe_mpc::program::{Defect, Draft, Op, Rows, Security};

fn program(length: u32, security: Security, columns: usize, times: usize) -> Program {
    let names = ["a", "b", "c"];
    let rows = Rows { count: length, group: 0 };
    let all = names[..columns].iter().map(|name| whole(0, name, length, 1 << 40)).collect();
    let mut draft = Draft::new(vec![rows], all);
    draft.secure(security);
    let mut registers: Vec<_> = (0..columns).map(|column| draft.values(column)).collect();
    for _ in 0..times {
        registers = draft.shuffle(&registers);
    }
    for (name, register) in names.iter().zip(registers) {
        draft.reveal(0, register, name, 0, 1);
    }
    draft.finish().expect("in range")
}

/// Rows that are all different, around zero and at the borders.
fn rows(length: u32) -> Vec<Vec<f64>> {
    let row = |at: u32| {
        let border = if at.is_multiple_of(5) { (1u64 << 40) as f64 } else { 0.0 };
        let sign = if at.is_multiple_of(2) { 1.0 } else { -1.0 };
        vec![f64::from(at), sign * border, f64::from(at * 7 % 11) - 5.0]
    };
    (0..length).map(row).collect()
}

fn columns(rows: &[Vec<f64>], count: usize) -> Vec<(&'static str, Vec<f64>)> {
    let column = |at: usize| rows.iter().map(|row| row[at]).collect();
    ["a", "b", "c"]
        .into_iter()
        .take(count)
        .enumerate()
        .map(|(at, name)| (name, column(at)))
        .collect()
}

#[test]
fn rows_stay_together_and_none_is_lost_in_both_engines_at_the_price_named() {
    for (length, count, times) in
        [(1, 1, 1), (2, 3, 1), (3, 2, 2), (64, 1, 3), (65, 3, 1), (500, 2, 4), (1000, 3, 1)]
    {
        for security in [Security::SemiHonest, Security::Malicious] {
            let rows = rows(length);
            let program = program(length, security, count, times);
            let tables = vec![table(length, &columns(&rows, count))];
            let got = priced(&program, tables, u64::from(length));
            let mut seen: Vec<Vec<f64>> = (0..length as usize)
                .map(|row| got.iter().map(|column| column[row]).collect())
                .collect();
            let mut want: Vec<Vec<f64>> = rows.iter().map(|row| row[..count].to_vec()).collect();
            let is_moved = seen != want;
            assert!(is_moved || length < 10, "{length} rows are where they were");
            let before = |one: &Vec<f64>, other: &Vec<f64>| one[0].total_cmp(&other[0]);
            seen.sort_by(before);
            want.sort_by(before);
            assert_eq!(seen, want, "{length} rows of {count}, {security:?}");
        }
    }
}

#[test]
fn every_order_of_three_is_equally_likely() {
    for security in [Security::SemiHonest, Security::Malicious] {
        let program = program(3, security, 1, 1);
        let mut counts: BTreeMap<Vec<u64>, u32> = BTreeMap::new();
        for seed in 0..1_200 {
            let tables = vec![table(3, &[("a", vec![0.0, 1.0, 2.0])])];
            let mut world = World::new(&program, tables, Weather::FAIR, seed);
            world.run();
            let order = world.results()[0].values.iter().map(|value| *value as u64).collect();
            *counts.entry(order).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 6);
        let chi: f64 =
            counts.values().map(|count| (f64::from(*count) - 200.0).powi(2) / 200.0).sum();
        // 5 degrees of freedom: beyond 35 once in a million.
        assert!(chi < 35.0, "{chi}: {counts:?}");
    }
}

#[test]
fn shuffled_columns_are_computed_with_as_others_are() {
    // A sum of products of rows does not depend on their order; one with the rows as they were would.
    let (length, security) = (300u32, Security::Malicious);
    let values =
        |factor: u32| -> Vec<f64> { (0..length).map(|at| f64::from(at * factor % 97)).collect() };
    let rows = Rows { count: length, group: 0 };
    let mut draft =
        Draft::new(vec![rows], vec![whole(0, "a", length, 100), whole(0, "b", length, 100)]);
    draft.secure(security);
    let (a, b) = (draft.values(0), draft.values(1));
    let moved = draft.shuffle(&[a, b]);
    let dot = draft.push(Op::Dot { a: moved[0], b: moved[1], block: length, shift: 0 });
    let apart = draft.push(Op::Dot { a: moved[0], b, block: length, shift: 0 });
    draft.reveal(0, dot, "dot", 0, 1);
    draft.reveal(0, apart, "apart", 0, 1);
    let program = draft.finish().expect("in range");
    let (a, b) = (values(7), values(13));
    let got = priced(&program, vec![table(length, &[("a", a.clone()), ("b", b.clone())])], 3);
    let want: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
    assert_eq!(got[0], [want]);
    assert_ne!(got[1], [want]);
}

#[test]
fn columns_have_one_length() {
    let rows = Rows { count: 10, group: 0 };
    for (columns, is_good) in
        [(0, false), (1, true), (3, false), (5, true), (10, true), (11, false)]
    {
        let mut draft = Draft::new(vec![rows], vec![whole(0, "a", 10, 100)]);
        let a = draft.values(0);
        let moved = draft.push(Op::Shuffle { a, columns });
        draft.reveal(0, moved, "moved", 0, 1);
        match draft.finish() {
            Ok(_) => assert!(is_good, "{columns}"),
            Err(Defect::Empty { .. } | Defect::Lengths { .. }) => assert!(!is_good, "{columns}"),
            Err(other) => panic!("{other}"),
        }
    }
}
