//! Programs whose parties prove their messages: the same results, and prices that are right.

mod common;

use common::{Outcome, Weather, World, table, whole};
use proptest::prelude::*;
use troupe_mpc::program::{Draft, Op, Register, Rows, Security, Size, Transposed};
use troupe_mpc::{Peer, Phase, Program, Table};

/// Two columns and every operation that has a form for malicious parties.
fn everything(length: u32, limit: i64, security: Security) -> Program {
    let rows = Rows { count: length, group: 0 };
    let columns = vec![whole(0, "a", length, limit), whole(1, "b", length, limit)];
    let mut draft = Draft::new(vec![rows, rows], columns);
    draft.secure(security);
    let (a, b) = (draft.values(0), draft.values(1));
    let mut all: Vec<(&str, Register)> = vec![
        ("product", draft.push(Op::Mul { a, b, shift: 0 })),
        ("square", draft.push(Op::Mul { a, b: a, shift: 0 })),
        ("dot", draft.push(Op::Dot { a, b, block: 7, shift: 0 })),
        ("sum of products", draft.push(Op::Dot { a, b, block: u32::MAX, shift: 0 })),
    ];
    let less = draft.less(a, b);
    let same = draft.equal(a, b);
    all.push(("less", less));
    all.push(("same", same));
    let both = draft.push(Op::And { a: less, b: same });
    let one = draft.or(less, same);
    all.push(("both", both));
    all.push(("one", one));
    all.push(("number", draft.push(Op::Number { a: one })));
    all.push(("kept", draft.push(Op::Keep { bits: less, a })));
    all.push(("least", draft.push(Op::Select { bits: less, a, b })));
    // Whole multiples, so that rounding cannot show.
    let times = draft.push(Op::MulPublic { a, constant: 32 });
    all.push(("halved", draft.push(Op::Trunc { a: times, shift: 1 })));
    all.push(("product of multiples", draft.push(Op::Mul { a: times, b, shift: 5 })));
    all.push(("dot of multiples", draft.push(Op::Dot { a: times, b, block: 3, shift: 4 })));
    all.push(("scaled", draft.push(Op::Scale { a: times, constant: 6, shift: 2 })));
    for (name, register) in all {
        draft.reveal(0, register, name, 0, 1);
    }
    draft.finish().expect("in range")
}

fn tables(a: &[i64], b: &[i64]) -> Vec<Table> {
    let count = u32::try_from(a.len()).expect("few");
    let floats = |values: &[i64]| values.iter().map(|value| *value as f64).collect();
    vec![table(count, &[("a", floats(a))]), table(count, &[("b", floats(b))])]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn both_engines_give_the_same_and_cost_what_they_say(
        pairs in proptest::collection::vec((-1000i64..=1000, -1000i64..=1000), 1..200),
        seed in any::<u64>(),
        wide in any::<bool>(),
    ) {
        // Equal ones and the borders.
        let factor = if wide { 1 << 16 } else { 1 };
        let border = |value: i64| if value % 9 == 0 { 1000 * value.signum() } else { value };
        let a: Vec<i64> = pairs.iter().map(|(a, _)| border(*a) * factor).collect();
        let b: Vec<i64> =
            pairs.iter().map(|(a, b)| border(if b % 5 == 0 { *a } else { *b }) * factor).collect();
        let length = u32::try_from(pairs.len()).expect("few");
        let mut results = Vec::new();
        for security in [Security::SemiHonest, Security::Malicious] {
            let program = everything(length, 1000 * factor, security);
            prop_assert_eq!(program.security(), security);
            let mut world = World::new(&program, tables(&a, &b), Weather::FAIR, seed);
            world.run();
            let cost = program.cost();
            for link in &cost.links {
                let sent = world.sent.get(&(link.from, link.to)).copied().unwrap_or(0);
                prop_assert_eq!(sent, link.bytes.0, "{} to {}", link.from, link.to);
            }
            for (party, limit) in cost.memory.iter().enumerate() {
                prop_assert!(world.held[party] <= limit.0, "{} > {limit}", world.held[party]);
            }
            results.push(world.results().to_vec());
        }
        prop_assert_eq!(&results[0], &results[1]);
    }
}

#[test]
fn truncation_rounds_down_or_up_and_up_as_often_as_it_should() {
    let values: Vec<i64> = (0..30_000).map(|at| [3, -3, 8, (1 << 30) - 1][at % 4]).collect();
    let length = 30_000;
    let rows = Rows { count: length, group: 0 };
    let mut draft = Draft::new(vec![rows], vec![whole(0, "a", length, 1 << 30)]);
    draft.secure(Security::Malicious);
    let a = draft.values(0);
    for shift in [1, 4, 31] {
        let cut = draft.push(Op::Trunc { a, shift });
        draft.reveal(0, cut, &format!("cut {shift}"), 0, 1);
    }
    let program = draft.finish().expect("in range");
    let floats = values.iter().map(|value| *value as f64).collect();
    let mut world = World::new(&program, vec![table(length, &[("a", floats)])], Weather::FAIR, 5);
    world.run();
    for (shift, result) in [1, 4, 31].into_iter().zip(world.results()) {
        let mut ups = 0f64;
        let mut want = 0f64;
        for (value, got) in values.iter().zip(&result.values) {
            let up = *got as i64 - (value >> shift);
            assert!(up == 0 || up == 1, "{value} >> {shift} gave {got}");
            let fraction = (value & ((1 << shift) - 1)) as f64 / f64::from(shift).exp2();
            assert!(fraction > 0.0 || up == 0, "{value} >> {shift} is exact");
            ups += up as f64;
            want += fraction;
        }
        assert!((ups - want).abs() < 4.0 * 30_000f64.sqrt() / 2.0, "{ups} instead of {want}");
    }
}

#[test]
fn a_check_follows_the_last_round_and_is_short() {
    let program = everything(2000, 1000, Security::Malicious);
    let a: Vec<i64> = (0..2000).map(|at| at % 1001).collect();
    let mut world = World::new(&program, tables(&a, &a), Weather::FAIR, 1);
    world.run();
    let rounds = program.cost().checks;
    assert!((5..25).contains(&rounds), "{rounds}");
    for party in [0, 1, 2].map(Peer::Party) {
        let phases: Vec<Phase> = world.progress[&party].iter().map(|told| told.0).collect();
        let first = phases.iter().position(|phase| matches!(phase, Phase::Checking { .. }));
        let reveal = phases.iter().position(|phase| *phase == Phase::Revealing);
        assert!(first < reveal && first.is_some());
        assert!(phases.contains(&Phase::Checking { round: rounds, rounds }));
        assert_eq!(world.outcomes[&party], Outcome::Done(Vec::new()));
    }
}

/// The products of all pairs of six columns: more than is kept for one proof.
#[test]
fn a_program_that_would_keep_much_is_proven_in_portions() {
    const ROWS: u32 = 100_000;
    const PRODUCTS: u64 = 21;
    let names = ["a", "b", "c", "d", "e", "f"];
    let program = |security| {
        let columns = names.map(|name| whole(0, name, ROWS, 1000));
        let rows = Rows { count: ROWS, group: 0 };
        let mut draft = Draft::new(vec![rows], columns.to_vec());
        draft.secure(security);
        let mut all = draft.values(0);
        for first in 0..names.len() {
            for second in first..names.len() {
                let (a, b) = (draft.values(first), draft.values(second));
                let product = draft.push(Op::Mul { a, b, shift: 0 });
                all = draft.push(Op::Add { a: all, b: product });
            }
        }
        let sum = draft.push(Op::Sum { a: all });
        draft.reveal(0, sum, "sum", 0, 1);
        draft.finish().expect("in range")
    };
    let values = |factor: u32| -> Vec<f64> {
        (0..ROWS).map(|at| f64::from(at.wrapping_mul(factor) % 1999) - 999.0).collect()
    };
    let columns: Vec<_> = (1..).zip(names).map(|(factor, name)| (name, values(factor))).collect();
    let tables = || vec![table(ROWS, &columns)];
    let (plain, proven) = (program(Security::SemiHonest), program(Security::Malicious));
    let (one, two) = (common::priced(&plain, tables(), 1), common::priced(&proven, tables(), 2));
    assert_eq!(one, two);
    let cost = proven.cost();
    // Three proofs.
    assert!((36..60).contains(&cost.checks), "{}", cost.checks);
    // A product keeps eight words a row, and its result waits with the inputs to be added up.
    let kept_to_the_end = 8 * (8 * PRODUCTS + 2 * PRODUCTS + 12) * u64::from(ROWS);
    assert!(cost.memory[0].0 < kept_to_the_end / 5 * 4, "{}", cost.memory[0]);
}

#[test]
fn a_product_costs_what_it_costs_without_proofs_and_some_kilobytes() {
    let cost = |security, count: u32| {
        let rows = Rows { count, group: 0 };
        let columns = vec![whole(0, "a", count, 1000), whole(0, "b", count, 1000)];
        let mut draft = Draft::new(vec![rows], columns);
        draft.secure(security);
        let (a, b) = (draft.values(0), draft.values(1));
        let product = draft.push(Op::Mul { a, b, shift: 0 });
        draft.reveal(0, product, "product", 0, 1);
        draft.finish().expect("in range").cost().between(Peer::Party(1), Peer::Party(0)).0
    };
    for count in [10u32, 1_000_000] {
        let more = cost(Security::Malicious, count) - cost(Security::SemiHonest, count);
        assert!(more < 1000, "{more}");
    }
}

#[test]
fn products_of_matrices_are_the_same_in_both_engines_and_cost_what_they_say() {
    // Few elements, which have a relation each, and many, of which combinations have; thin and flat ones.
    let sizes =
        [(3, 5, 4), (1, 50, 1), (12, 4, 16), (20, 7, 15), (200, 3, 1), (1, 2, 193), (13, 1, 16)];
    let ways = [Transposed::Neither, Transposed::Left, Transposed::Right, Transposed::Both];
    for (number, (rows, inner, columns)) in sizes.into_iter().enumerate() {
        let size = Size { rows, inner, columns };
        let (left, right) = (rows * inner, inner * columns);
        let values = |count: u32, factor: u32| -> Vec<f64> {
            (0..count).map(|at| f64::from((at * factor + 3) % 41) - 20.0).collect()
        };
        let mut results = Vec::new();
        for security in [Security::SemiHonest, Security::Malicious] {
            let owners = [left, right].map(|count| Rows { count, group: 0 });
            let owners = vec![owners[0], Rows { group: 1, ..owners[1] }];
            let columns = vec![whole(0, "a", left, 64), whole(1, "b", right, 64)];
            let mut draft = Draft::new(owners, columns);
            draft.secure(security);
            let (a, b) = (draft.values(0), draft.values(1));
            // A whole multiple, so that rounding cannot show.
            let times = draft.push(Op::MulPublic { a, constant: 16 });
            for (transposed, name) in ways.into_iter().zip(["a", "b", "c", "d"]) {
                let plain = draft.push(Op::Matmul { a, b, size, transposed, shift: 0 });
                let cut = draft.push(Op::Matmul { a: times, b, size, transposed, shift: 3 });
                draft.reveal(0, plain, name, 0, 1);
                draft.reveal(0, cut, &format!("{name} cut"), 0, 1);
            }
            let program = draft.finish().expect("in range");
            let tables = vec![
                table(left, &[("a", values(left, 7))]),
                table(right, &[("b", values(right, 11))]),
            ];
            results.push(common::priced(&program, tables, number as u64));
        }
        assert_eq!(results[0], results[1], "{size:?}");
    }
}

#[test]
fn what_cannot_be_proven_is_refused() {
    use troupe_mpc::program::Defect;
    let rows = Rows { count: 4, group: 0 };
    let mut draft = Draft::new(vec![rows], vec![whole(0, "a", 4, 10)]);
    draft.secure(Security::Malicious);
    let a = draft.values(0);
    let key = draft.push(Op::Bound { a, low: 0, high: 3 });
    let bits = draft.bits_of(key, 1);
    let bits = draft.push(Op::Number { a: bits });
    let order = draft.push(Op::Destinations { a: bits });
    let moved = draft.push(Op::Permute { a, by: order, columns: 1 });
    draft.reveal(0, moved, "moved", 0, 1);
    let refused = draft.finish().expect_err("secret orders");
    assert!(matches!(refused, Defect::Unguarded { .. }), "{refused}");
}
