//! Comparisons and choices in whole sessions, next to plain ones.

mod common;

use common::{Weather, World, priced, table, whole};
use troupe_mpc::Program;
use troupe_mpc::program::{Draft, Op, Register, Rows};
use troupe_wire::{Seed, Stream};

/// What a program makes of two columns.
type Write = fn(&mut Draft, Register, Register) -> Register;

/// Runs programs of one result each over two columns of one length, all in one session.
fn results(columns: [&[i64]; 2], limit: i64, writes: &[Write]) -> Vec<Vec<f64>> {
    let length = u32::try_from(columns[0].len()).expect("few");
    let rows = Rows { count: length, group: 0 };
    let inputs = vec![whole(0, "a", length, limit), whole(1, "b", length, limit)];
    let mut draft = Draft::new(vec![rows, rows], inputs);
    let (a, b) = (draft.values(0), draft.values(1));
    for (name, write) in writes.iter().enumerate() {
        let result = write(&mut draft, a, b);
        draft.reveal(0, result, &format!("{name}"), 0, 1);
    }
    run(&draft.finish().expect("in range"), columns)
}

fn run(program: &Program, columns: [&[i64]; 2]) -> Vec<Vec<f64>> {
    let length = program.owners()[0].count;
    let values = |column: &[i64]| column.iter().map(|value| *value as f64).collect::<Vec<f64>>();
    let tables = vec![
        table(length, &[("a", values(columns[0]))]),
        table(length, &[("b", values(columns[1]))]),
    ];
    priced(program, tables, 5)
}

/// Pairs at the borders of a range, ties, neighbours, and luck. Values have 53 bits at most, as
/// those of tables have.
fn pairs(limit: i64, luck: &mut Stream, count: usize) -> [Vec<i64>; 2] {
    let edges = [0, 1, -1, limit, -limit, limit - 1, 1 - limit, limit / 2, -limit / 2];
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for a in edges {
        for b in edges {
            left.push(a);
            right.push(b);
        }
    }
    let range = 2 * limit.unsigned_abs();
    let mut value = || i64::try_from(luck.below(range)).expect("far below 2^63") - limit;
    for _ in 0..count {
        let a = value();
        left.extend([a, a, value()]);
        right.extend([a, a.saturating_add(1).min(limit), value()]);
    }
    [left, right]
}

#[test]
fn comparisons_and_choices_are_those_of_the_plain_numbers() {
    let writes: [Write; 10] = [
        Draft::less,
        Draft::less_or_equal,
        Draft::equal,
        Draft::min,
        Draft::max,
        |draft, a, _| draft.push(Op::Negative { a }),
        |draft, a, _| draft.push(Op::Zero { a }),
        |draft, a, b| {
            let bits = draft.less(b, a);
            draft.push(Op::Keep { bits, a })
        },
        |draft, a, b| {
            let (less, equal) = (draft.less(a, b), draft.equal(a, b));
            let either = draft.or(less, equal);
            draft.push(Op::Number { a: either })
        },
        |draft, a, b| {
            let bits = draft.equal(a, b);
            draft.push(Op::Select { bits, a: b, b: a })
        },
    ];
    for (limit, count) in [(3i64, 10), (1000, 700), (1 << 31, 300), (1 << 53, 1000)] {
        let mut luck = Seed::from_number(limit.unsigned_abs()).stream("pairs");
        let [left, right] = pairs(limit, &mut luck, count);
        let got = results([&left, &right], limit, &writes);
        for (at, (a, b)) in left.iter().zip(&right).enumerate() {
            let want = [
                i64::from(a < b),
                i64::from(a <= b),
                i64::from(a == b),
                *a.min(b),
                *a.max(b),
                i64::from(*a < 0),
                i64::from(*a == 0),
                if b < a { *a } else { 0 },
                i64::from(a <= b),
                *a,
            ];
            let got: Vec<f64> = got.iter().map(|column| column[at]).collect();
            assert_eq!(got, want.map(|value| value as f64), "{a} and {b}");
        }
    }
}

#[test]
fn a_hundred_thousand_comparisons_stay_within_the_stated_memory() {
    let mut luck = Seed::from_number(1).stream("pairs");
    let [left, right] = pairs(1 << 52, &mut luck, 34_000);
    let got = results([&left, &right], 1 << 52, &[Draft::less, Draft::equal, Draft::max]);
    for (at, (a, b)) in left.iter().zip(&right).enumerate() {
        let want = [i64::from(a < b), i64::from(a == b), *a.max(b)].map(|value| value as f64);
        assert_eq!([got[0][at], got[1][at], got[2][at]], want);
    }
}

#[test]
fn one_threshold_is_compared_with_every_element() {
    let rows = Rows { count: 100, group: 0 };
    let inputs = vec![whole(0, "a", 100, 1000), whole(1, "b", 1, 1000)];
    let mut draft = Draft::new(vec![rows, rows], inputs);
    let less = draft.less(draft.values(0), draft.values(1));
    let count = draft.push(Op::Number { a: less });
    let count = draft.push(Op::Sum { a: count });
    draft.reveal(0, count, "count", 0, 1);
    let column: Vec<i64> = (0..100).map(|at| at * 13 % 700 - 300).collect();
    let want = column.iter().filter(|value| **value < 40).count() as f64;
    let got = run(&draft.finish().expect("valid"), [&column, &[40]]);
    assert_eq!(got, [[want]]);
}

#[test]
fn the_greatest_of_eight_owners_values_is_found_in_three_levels() {
    let rows = Rows { count: 8, group: 0 };
    let inputs = (0..8).map(|owner| whole(owner, "x", 8, 1 << 40)).collect();
    let mut draft = Draft::new(vec![rows; 8], inputs);
    let mut level: Vec<Register> = (0..8).map(|at| draft.values(at)).collect();
    while level.len() > 1 {
        let pairs = level.chunks(2).map(|pair| draft.max(pair[0], pair[1]));
        level = pairs.collect();
    }
    draft.reveal(0, level[0], "most", 0, 1);
    let program = draft.finish().expect("the range does not grow");
    // Three levels of a comparison of 42 bits (6 rounds) and a choice (2).
    assert_eq!(program.cost().rounds, 3 * (6 + 2));
    let mut luck = Seed::from_number(3).stream("values");
    let columns: Vec<Vec<f64>> = (0..8)
        .map(|_| (0..8).map(|_| luck.below(1 << 41) as f64 - (1u64 << 40) as f64).collect())
        .collect();
    let tables = columns.iter().map(|column| table(8, &[("x", column.clone())])).collect();
    let mut world = World::new(&program, tables, Weather { piece: 97, credit: 91 }, 8);
    world.run();
    for (at, most) in world.results()[0].values.iter().enumerate() {
        let want = columns.iter().map(|column| column[at]).fold(f64::MIN, f64::max);
        assert_eq!(*most, want);
    }
}
