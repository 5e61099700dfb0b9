//! Rows that two tables have in common, found on shares, next to plain ones.

mod common;

use common::{priced, table, whole};
use std::collections::BTreeMap;
use troupe_mpc::Program;
use troupe_mpc::program::{Column, Draft, KEYS, Keyed, Op, Rows, Security};
use troupe_wire::Seed;

/// Rows by their keys: a number each, and on the right one more.
type Side = BTreeMap<(i64, i64), f64>;

fn program(lengths: [u32; 2], common: u32, security: Security) -> Program {
    let [left, right] = lengths;
    let columns = vec![
        whole(0, "key", left, KEYS - 1),
        whole(0, "check", left, KEYS - 1),
        Column { low: -7, ..whole(0, "a", left, 1000) },
        whole(1, "key", right, KEYS - 1),
        whole(1, "check", right, KEYS - 1),
        Column { low: 0, ..whole(1, "b", right, 5000) },
        Column { low: 1, ..whole(1, "c", right, 9) },
    ];
    let rows = vec![Rows { count: left, group: 0 }, Rows { count: right, group: 1 }];
    let mut draft = Draft::new(rows, columns);
    draft.secure(security);
    let all: Vec<_> = (0..7).map(|column| draft.values(column)).collect();
    let left = Keyed { key: all[0], check: all[1], columns: &all[2..3] };
    let right = Keyed { key: all[3], check: all[4], columns: &all[5..] };
    let joined = draft.join(left, right, common);
    draft.reveal(0, joined.is_so_many, "so many", 0, 1);
    for ((name, register), want) in ["a", "b", "c"]
        .into_iter()
        .zip(joined.left.iter().chain(&joined.right))
        .zip([(-7, 1000), (0, 5000), (1, 9)])
    {
        assert_eq!(draft.range(*register), want, "{name}");
        draft.reveal(0, *register, name, 0, 1);
    }
    draft.finish().expect("in range")
}

fn digit(value: f64) -> f64 {
    value % 9.0 + 1.0
}

/// Whether there are so many, and the rows that came out.
fn joined(
    left: &Side,
    right: &Side,
    common: usize,
    (security, seed): (Security, u64),
) -> (bool, Vec<[f64; 3]>) {
    let lengths = [left, right].map(|side| u32::try_from(side.len()).expect("few"));
    let program = program(lengths, u32::try_from(common).expect("few"), security);
    let keys = |side: &Side| side.keys().map(|key| key.0 as f64).collect();
    let checks = |side: &Side| side.keys().map(|key| key.1 as f64).collect();
    let values = |side: &Side| side.values().copied().collect::<Vec<f64>>();
    let digits = values(right).into_iter().map(digit).collect();
    let tables = vec![
        table(lengths[0], &[("key", keys(left)), ("check", checks(left)), ("a", values(left))]),
        table(
            lengths[1],
            &[("key", keys(right)), ("check", checks(right)), ("b", values(right)), ("c", digits)],
        ),
    ];
    let got = priced(&program, tables, seed);
    assert!(got[1..].iter().all(|column| column.len() == common));
    let rows = (0..common).map(|row| [got[1][row], got[2][row], got[3][row]]);
    (got[0] == [1.0], rows.collect())
}

fn wanted(left: &Side, right: &Side) -> Vec<[f64; 3]> {
    let both = left.iter().filter_map(|(key, a)| right.get(key).map(|b| [*a, *b, digit(*b)]));
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
        let want = wanted(&left, &right);
        let most = left.len().min(right.len());
        for security in [Security::SemiHonest, Security::Malicious] {
            // What is said of their number: one too few, as many, one too many, and the most.
            for said in [want.len().saturating_sub(1), want.len(), want.len() + 1, most] {
                if said == 0 || said > most {
                    continue;
                }
                let (is_so_many, got) = joined(&left, &right, said, (security, number));
                assert_eq!(is_so_many, said == want.len(), "{number} {security:?} {said}");
                let least = || vec![[-7.0, 0.0, 1.0]; said];
                let want = if is_so_many { sorted(want.clone()) } else { least() };
                assert_eq!(sorted(got), want, "{number} {security:?} {said}");
            }
        }
    }
}

#[test]
fn rows_with_half_of_a_key_are_not_common_and_the_last_keys_are_keys() {
    let last = KEYS - 1;
    let left = Side::from([((0, 0), 1.0), ((5, 1), 2.0), ((last, 7), 3.0)]);
    let right = Side::from([((0, 1), 10.0), ((5, 1), 20.0), ((6, 1), 30.0), ((last, 7), 40.0)]);
    for security in [Security::SemiHonest, Security::Malicious] {
        let (is_so_many, got) = joined(&left, &right, 2, (security, 1));
        assert!(is_so_many);
        assert_eq!(sorted(got), [[2.0, 20.0, 3.0], [3.0, 40.0, 5.0]]);
    }
}

#[test]
fn the_order_in_which_common_rows_come_is_another_one_each_time() {
    let side =
        |factor: i64| -> Side { (0..16).map(|at| ((at * 11, at), (at * factor) as f64)).collect() };
    let (left, right) = (side(1), side(3));
    for security in [Security::SemiHonest, Security::Malicious] {
        let orders: Vec<Vec<[f64; 3]>> =
            (0..4).map(|seed| joined(&left, &right, 16, (security, seed)).1).collect();
        assert!(orders.iter().all(|order| sorted(order.clone()) == wanted(&left, &right)));
        assert!(orders.windows(2).all(|pair| pair[0] != pair[1]));
    }
}

#[test]
fn elements_that_are_wanted_come_first_in_their_order() {
    // Every choice of some elements, and of many the edges.
    for length in [1u32, 2, 3, 5, 8] {
        for chosen in 0..1u32 << length {
            compacted(length, &(0..length).map(|at| chosen >> at & 1 == 1).collect::<Vec<bool>>());
        }
    }
    let mut luck = Seed::from_number(9).stream("choices");
    for length in [63u32, 64, 65, 130] {
        for part in [0, 1, 3, 5] {
            let chosen = (0..length).map(|_| luck.below(5) < part);
            compacted(length, &chosen.collect::<Vec<bool>>());
        }
    }
}

fn compacted(length: u32, chosen: &[bool]) {
    for security in [Security::SemiHonest, Security::Malicious] {
        let columns = vec![
            whole(0, "chosen", length, 1),
            Column { low: 0, ..whole(0, "a", length, 1000) },
            Column { low: 0, ..whole(0, "b", length, 1 << 50) },
        ];
        let mut draft = Draft::new(vec![Rows { count: length, group: 0 }], columns);
        draft.secure(security);
        let all: Vec<_> = (0..3).map(|column| draft.values(column)).collect();
        let negative = draft.push(Op::MulPublic { a: all[0], constant: -1 });
        let bits = draft.push(Op::Negative { a: negative });
        for (name, register) in ["a", "b"].into_iter().zip(draft.compact(bits, &all[1..], length)) {
            draft.reveal(0, register, name, 0, 1);
        }
        let program = draft.finish().expect("in range");
        let bit = |is_set: &bool| f64::from(u8::from(*is_set));
        let a: Vec<f64> = (0..length).map(|at| f64::from(at) + 1.0).collect();
        let b: Vec<f64> = a.iter().map(|a| a * f64::from(1 << 30)).collect();
        let marks = chosen.iter().map(bit).collect();
        let got = priced(
            &program,
            vec![table(length, &[("chosen", marks), ("a", a.clone()), ("b", b.clone())])],
            u64::from(length),
        );
        for (got, column) in got.iter().zip([a, b]) {
            let mut want: Vec<f64> =
                column.into_iter().zip(chosen).filter(|(_, is)| **is).map(|(x, _)| x).collect();
            want.resize(length as usize, 0.0);
            assert_eq!(*got, want, "{security:?} {chosen:?}");
        }
    }
}
