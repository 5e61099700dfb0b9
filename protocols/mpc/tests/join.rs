//! Rows that two tables have in common, found on shares, next to plain ones.

mod common;

use common::{priced, table, whole};
use std::collections::BTreeMap;
use troupe_mpc::Program;
use troupe_mpc::program::{Draft, KEYS, Keyed, Rows, Security};
use troupe_wire::Seed;

/// Rows by their keys: a number each, and on the right one more.
type Side = BTreeMap<(i64, i64), f64>;

fn program(lengths: [u32; 2], security: Security) -> Program {
    let [left, right] = lengths;
    let columns = vec![
        whole(0, "key", left, KEYS - 1),
        whole(0, "check", left, KEYS - 1),
        whole(0, "a", left, 1000),
        whole(1, "key", right, KEYS - 1),
        whole(1, "check", right, KEYS - 1),
        whole(1, "b", right, 5000),
        whole(1, "c", right, 9),
    ];
    let rows = [left, right].map(|count| (count, count));
    let rows = vec![Rows { count: rows[0].0, group: 0 }, Rows { count: rows[1].0, group: 1 }];
    let mut draft = Draft::new(rows, columns);
    draft.secure(security);
    let all: Vec<_> = (0..7).map(|column| draft.values(column)).collect();
    let left = Keyed { key: all[0], check: all[1], columns: &all[2..3] };
    let right = Keyed { key: all[3], check: all[4], columns: &all[5..] };
    let joined = draft.join(left, right);
    draft.reveal(0, joined.is_common, "common", 0, 1);
    for (name, register) in ["a", "b", "c"].into_iter().zip(joined.left.iter().chain(&joined.right))
    {
        draft.reveal(0, *register, name, 0, 1);
    }
    draft.finish().expect("in range")
}

fn joined(left: &Side, right: &Side, security: Security, seed: u64) -> Vec<[f64; 3]> {
    let lengths = [left, right].map(|side| u32::try_from(side.len()).expect("few"));
    let program = program(lengths, security);
    let keys = |side: &Side| side.keys().map(|key| key.0 as f64).collect();
    let checks = |side: &Side| side.keys().map(|key| key.1 as f64).collect();
    let values = |side: &Side| side.values().copied().collect::<Vec<f64>>();
    let digits = values(right).iter().map(|value| value % 10.0).collect();
    let tables = vec![
        table(lengths[0], &[("key", keys(left)), ("check", checks(left)), ("a", values(left))]),
        table(
            lengths[1],
            &[("key", keys(right)), ("check", checks(right)), ("b", values(right)), ("c", digits)],
        ),
    ];
    let got = priced(&program, tables, seed);
    let half = lengths[0].max(lengths[1]).next_power_of_two() as usize;
    assert_eq!(got[0].len(), 2 * half - 1);
    assert!(got[0].iter().all(|mark| *mark == 0.0 || *mark == 1.0));
    let common = (0..got[0].len()).filter(|row| got[0][*row] == 1.0);
    common.map(|row| [got[1][row], got[2][row], got[3][row]]).collect()
}

fn wanted(left: &Side, right: &Side) -> Vec<[f64; 3]> {
    let both = left.iter().filter_map(|(key, a)| right.get(key).map(|b| [*a, *b, b % 10.0]));
    both.collect()
}

fn sorted(mut rows: Vec<[f64; 3]>) -> Vec<[f64; 3]> {
    rows.sort_by(|one, other| one.partial_cmp(other).expect("numbers"));
    rows
}

#[test]
fn what_two_tables_have_in_common_is_found_with_what_belongs_to_it() {
    let mut luck = Seed::from_number(3).stream("tables");
    // Of keys that lie close to each other many are next to each other without being equal.
    for (number, (left, right, among)) in (0u64..).zip([
        (1usize, 1usize, 1i64),
        (1, 1, 1 << 40),
        (1, 9, 9),
        (8, 8, 8),
        (7, 16, 20),
        (33, 5, 40),
        (100, 90, 120),
        (64, 64, KEYS),
        (200, 300, 400),
    ]) {
        let mut side = |count: usize, most: u64| -> Side {
            let mut side = Side::new();
            while side.len() < count {
                let key = luck.below(among as u64) as i64;
                // One key stands for one row in each table.
                if side.range((key, 0)..=(key, i64::MAX)).next().is_none() {
                    side.insert((key, key / 3), luck.below(most) as f64);
                }
            }
            side
        };
        let (left, right) = (side(left, 1000), side(right, 5000));
        for security in [Security::SemiHonest, Security::Malicious] {
            let got = joined(&left, &right, security, number);
            assert_eq!(sorted(got), sorted(wanted(&left, &right)), "{number} {security:?}");
        }
    }
}

#[test]
fn rows_with_half_of_a_key_are_not_common_and_the_last_keys_are_keys() {
    let last = KEYS - 1;
    let left = Side::from([((0, 0), 1.0), ((5, 1), 2.0), ((last, 7), 3.0)]);
    let right = Side::from([((0, 1), 10.0), ((5, 1), 20.0), ((6, 1), 30.0), ((last, 7), 40.0)]);
    let got = joined(&left, &right, Security::Malicious, 1);
    assert_eq!(sorted(got), [[2.0, 20.0, 0.0], [3.0, 40.0, 0.0]]);
}

#[test]
fn the_order_in_which_common_rows_come_is_another_one_each_time() {
    let side =
        |factor: i64| -> Side { (0..16).map(|at| ((at * 11, at), (at * factor) as f64)).collect() };
    let (left, right) = (side(1), side(3));
    let orders: Vec<Vec<[f64; 3]>> =
        (0..4).map(|seed| joined(&left, &right, Security::SemiHonest, seed)).collect();
    assert!(orders.iter().all(|order| order.len() == 16));
    assert!(orders.windows(2).all(|pair| pair[0] != pair[1]));
}
