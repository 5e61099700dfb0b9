//! Wide numbers in whole sessions, with both engines, next to integers of 128 bits.

mod common;

use common::{Weather, World, priced, table, whole};
use proptest::prelude::*;
use troupe_mpc::program::{Column, Defect, Draft, Form, Kind, Op, Register, Rows, Security};
use troupe_mpc::{Peer, Program, Revealed, Table};

const ENGINES: [Security; 2] = [Security::SemiHonest, Security::Malicious];

/// What columns are limited to: more than a product of two has room for in a word.
const LIMIT: i64 = (1 << 52) - 1;

fn wide(owner: u8, name: &str, length: u32, limit: i64) -> Column {
    Column { form: Form::Wide, ..whole(owner, name, length, limit) }
}

/// Two columns, the second one wide already, and every operation on wide numbers.
fn everything(length: u32, security: Security) -> Program {
    let rows = Rows { count: length, group: 0 };
    let columns = vec![whole(0, "a", length, LIMIT), wide(1, "b", length, LIMIT)];
    let mut draft = Draft::new(vec![rows, rows], columns);
    draft.secure(security);
    let (a, b) = (draft.values(0), draft.values(1));
    let a = draft.push(Op::Widen { a });
    assert_eq!((draft.kind(a), draft.kind(b)), (Kind::Wide, Kind::Wide));
    let one = draft.slice(b, 0, 1);
    let product = draft.push(Op::Mul { a, b, shift: 0 });
    assert_eq!(draft.wide_range(product).1, i128::from(LIMIT).pow(2));
    let dot = draft.push(Op::Dot { a, b, block: 7, shift: 0 });
    let both = draft.push(Op::Join { a: product, b: one });
    let times = draft.push(Op::MulPublic { a: product, constant: -1 << 20 });
    let all: Vec<(&str, Register)> = vec![
        ("wide", a),
        ("product", product),
        ("square", draft.push(Op::Mul { a: b, b, shift: 0 })),
        ("dot", dot),
        ("sum of products", draft.push(Op::Dot { a: b, b: a, block: u32::MAX, shift: 0 })),
        ("sum", draft.push(Op::Add { a: product, b })),
        ("difference", draft.push(Op::Sub { a: product, b: one })),
        ("moved", draft.push(Op::AddPublic { a: product, constant: i64::MIN })),
        ("times", times),
        ("whole sum", draft.push(Op::Sum { a: product })),
        ("blocks", draft.push(Op::SumBlocks { a: product, block: 3 })),
        ("running", draft.push(Op::Running { a: product, block: 4 })),
        ("turned", draft.transpose(product, length)),
        ("every other", draft.every(product, 0, 2, length.div_ceil(2))),
        ("both", both),
        ("low", draft.push(Op::Narrow { a: b })),
        ("exact", draft.push(Op::Trunc { a: times, shift: 20 })),
        ("floor", draft.floor(product, 52)),
        ("less", draft.less(product, one)),
        ("below", draft.negative(b)),
    ];
    for (name, register) in all {
        draft.reveal(0, register, name, 0, 1);
    }
    draft.finish().expect("in range")
}

/// The same in the clear.
fn clear(a: &[i64], b: &[i64]) -> Vec<Vec<i128>> {
    let wide = |values: &[i64]| values.iter().copied().map(i128::from).collect::<Vec<_>>();
    let (a, b) = (wide(a), wide(b));
    let product: Vec<i128> = a.iter().zip(&b).map(|(a, b)| a * b).collect();
    let runs = |part: &[i128]| {
        part.iter()
            .scan(0, |sum, x| {
                *sum += x;
                Some(*sum)
            })
            .collect::<Vec<i128>>()
    };
    vec![
        a,
        product.clone(),
        b.iter().map(|b| b * b).collect(),
        product.chunks(7).map(|part| part.iter().sum()).collect(),
        vec![product.iter().sum()],
        product.iter().zip(&b).map(|(x, y)| x + y).collect(),
        product.iter().map(|x| x - b[0]).collect(),
        product.iter().map(|x| x + i128::from(i64::MIN)).collect(),
        product.iter().map(|x| x * (-1 << 20)).collect(),
        vec![product.iter().sum()],
        product.chunks(3).map(|part| part.iter().sum()).collect(),
        product.chunks(4).flat_map(runs).collect(),
        product.clone(),
        product.iter().step_by(2).copied().collect(),
        product.iter().chain(&b[..1]).copied().collect(),
        b.clone(),
        product.iter().map(|x| -x).collect(),
        product.iter().map(|x| x >> 52).collect(),
        product.iter().map(|x| i128::from(*x < b[0])).collect(),
        b.iter().map(|b| i128::from(*b < 0)).collect(),
    ]
}

fn tables(a: &[i64], b: &[i64]) -> Vec<Table> {
    let count = u32::try_from(a.len()).expect("few");
    let floats = |values: &[i64]| values.iter().map(|value| *value as f64).collect();
    vec![table(count, &[("a", floats(a))]), table(count, &[("b", floats(b))])]
}

/// What a result says: the integers of wide numbers, and the values of others.
fn said(result: &Revealed) -> Vec<i128> {
    if result.exact.is_empty() {
        return result.values.iter().map(|value| *value as i128).collect();
    }
    for (exact, value) in result.exact.iter().zip(&result.values) {
        assert!((*exact as f64).to_bits() == value.to_bits(), "{exact} as {value}");
    }
    result.exact.clone()
}

fn value() -> impl Strategy<Value = i64> {
    prop_oneof![
        -LIMIT..=LIMIT,
        -3i64..=3,
        prop_oneof![Just(LIMIT), Just(-LIMIT), Just(1 << 32), Just(-1 << 31), Just(0)],
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn everything_is_as_with_integers_in_both_engines_and_costs_what_it_says(
        pairs in proptest::collection::vec((value(), value()), 1..150),
        seed in any::<u64>(),
    ) {
        let (a, b): (Vec<i64>, Vec<i64>) = pairs.iter().copied().unzip();
        let length = u32::try_from(pairs.len()).expect("few");
        for security in ENGINES {
            let program = everything(length, security);
            let decoded = Program::decode(&program.encode()).expect("its own encoding");
            prop_assert_eq!(&decoded, &program);
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
            for (result, want) in world.results().iter().zip(clear(&a, &b)) {
                prop_assert_eq!(said(result), want, "{} {:?}", result.name, security);
            }
        }
    }
}

#[test]
fn truncation_rounds_down_or_up_and_up_as_often_as_it_should() {
    // Products around 2^103, and small ones of both signs.
    let large = (1i64 << 52) - 1;
    let length = 12_000;
    let a: Vec<i64> = (0..12_000).map(|at| [large, -large, 3, -3][at % 4]).collect();
    for security in ENGINES {
        let rows = Rows { count: length, group: 0 };
        let mut draft = Draft::new(vec![rows], vec![wide(0, "a", length, LIMIT)]);
        draft.secure(security);
        let x = draft.values(0);
        let last = draft.slice(x, 0, 1);
        let last = draft.push(Op::Gather {
            a: last,
            grid: troupe_mpc::program::Grid { from: 0, counts: [1, 1, length], steps: [0; 3] },
        });
        let product = draft.push(Op::Mul { a: x, b: last, shift: 0 });
        for shift in [1, 3, 54, 62] {
            let cut = draft.push(Op::Trunc { a: product, shift });
            draft.reveal(0, cut, &format!("{shift}"), 0, 1);
        }
        let program = draft.finish().expect("in range");
        let floats = a.iter().map(|value| *value as f64).collect();
        let mut world =
            World::new(&program, vec![table(length, &[("a", floats)])], Weather::FAIR, 3);
        world.run();
        for (result, shift) in world.results().iter().zip([1u32, 3, 54, 62]) {
            let mut ups = [0.0; 4];
            for (at, (got, a)) in result.exact.iter().zip(&a).enumerate() {
                let product = i128::from(*a) * i128::from(large);
                let up = got - (product >> shift);
                assert!(up == 0 || up == 1, "{product} >> {shift}: {got}");
                ups[at % 4] += up as f64 / 3000.0;
            }
            for (up, a) in ups.iter().zip([large, -large, 3, -3]) {
                let product = i128::from(a) * i128::from(large);
                let cut = (product & ((1i128 << shift) - 1)) as f64 / 2f64.powi(shift as i32);
                assert!((up - cut).abs() < 0.05, "{product} >> {shift}: {up} for {cut}");
            }
        }
    }
}

#[test]
fn what_may_outgrow_its_room_is_refused() {
    let draft = |limit| {
        let rows = Rows { count: 1 << 20, group: 0 };
        let mut draft = Draft::new(vec![rows], vec![wide(0, "a", 1 << 20, limit)]);
        let a = draft.values(0);
        draft.reveal(0, a, "a", 0, 1);
        (draft, a)
    };
    // 2^20 products of 53 bits come to 126, and of 54 to 128.
    for (bits, is_right) in [(53, true), (54, false)] {
        let (mut draft, a) = draft((1 << bits) - 1);
        let dot = draft.push(Op::Dot { a, b: a, block: u32::MAX, shift: 0 });
        draft.reveal(0, dot, "dot", 0, 1);
        match draft.finish() {
            Ok(_) => assert!(is_right),
            Err(defect) => {
                assert!(
                    !is_right && matches!(defect, Defect::Range { limit: 126, .. }),
                    "{defect}"
                );
            }
        }
    }
    // Sums are counted without an overflow of the count.
    let (mut most, a) = draft((1 << 61) - 1);
    let mut last = most.push(Op::Mul { a, b: a, shift: 0 });
    for _ in 0..9 {
        last = most.push(Op::Add { a: last, b: last });
    }
    assert!(matches!(most.finish(), Err(Defect::Range { op: 5, bits: 127, limit: 126 })));
    let (mut cut, a) = draft((1 << 61) - 1);
    let product = cut.push(Op::Mul { a, b: a, shift: 0 });
    let more = cut.push(Op::MulPublic { a: product, constant: 16 });
    cut.push(Op::Trunc { a: more, shift: 1 });
    assert!(matches!(cut.finish(), Err(Defect::Range { limit: 125, .. })));
    let (mut narrow, a) = draft((1 << 61) - 1);
    let product = narrow.push(Op::Mul { a, b: a, shift: 0 });
    narrow.push(Op::Narrow { a: product });
    assert!(matches!(narrow.finish(), Err(Defect::Range { limit: 63, .. })));
}

#[test]
fn kinds_are_not_mixed() {
    let rows = Rows { count: 4, group: 0 };
    let refused = |write: fn(&mut Draft, Register, Register)| {
        let columns = vec![whole(0, "a", 4, 10), wide(0, "b", 4, 10)];
        let mut draft = Draft::new(vec![rows], columns);
        let (a, b) = (draft.values(0), draft.values(1));
        write(&mut draft, a, b);
        draft.reveal(0, a, "a", 0, 1);
        draft.reveal(0, b, "b", 125, 1);
        draft.finish()
    };
    assert!(refused(|_, _, _| ()).is_ok());
    let all: [fn(&mut Draft, Register, Register); 10] = [
        |draft, a, b| _ = draft.push(Op::Add { a, b }),
        |draft, a, b| _ = draft.push(Op::Mul { a: b, b: a, shift: 0 }),
        |draft, a, b| _ = draft.push(Op::Join { a: b, b: a }),
        |draft, _, b| _ = draft.push(Op::Negative { a: b }),
        |draft, _, b| _ = draft.push(Op::Mul { a: b, b, shift: 3 }),
        |draft, _, b| _ = draft.push(Op::Scale { a: b, constant: 3, shift: 3 }),
        |draft, _, b| _ = draft.push(Op::Widen { a: b }),
        |draft, a, _| _ = draft.push(Op::Narrow { a }),
        |draft, _, b| _ = draft.bits_of(b, 3),
        |draft, _, b| draft.keep(b, "b", 0),
    ];
    for (at, write) in all.into_iter().enumerate() {
        let defect = refused(write).expect_err("two kinds");
        let is_kind = matches!(defect, Defect::Kind { .. } | Defect::Result { what: "kind", .. });
        assert!(is_kind, "{at}: {defect}");
    }
    assert!(matches!(
        refused(|draft, _, b| _ = draft.push(Op::Trunc { a: b, shift: 63 })),
        Err(Defect::Shift { high: 62, .. })
    ));
    assert!(refused(|draft, _, b| draft.reveal(0, b, "more", 126, 1)).is_err());
}

#[test]
fn what_it_costs_is_what_is_said() {
    let cost = |security, write: fn(&mut Draft, Register, Register) -> Register| {
        let rows = Rows { count: 96_000, group: 0 };
        let program = |write: Option<fn(&mut Draft, Register, Register) -> Register>| {
            let columns = vec![whole(0, "a", 96_000, LIMIT), wide(0, "b", 96_000, LIMIT)];
            let mut draft = Draft::new(vec![rows], columns);
            draft.secure(security);
            let (a, b) = (draft.values(0), draft.values(1));
            if let Some(write) = write {
                write(&mut draft, a, b);
            }
            let one = draft.slice(a, 0, 1);
            draft.reveal(0, one, "one", 0, 1);
            draft.finish().expect("in range").cost()
        };
        let (with, without) = (program(Some(write)), program(None));
        let sent = |party| with.sent(Peer::Party(party)).0 - without.sent(Peer::Party(party)).0;
        let bytes = (0..3).map(sent).sum::<u64>() as f64 / 3.0 / 96_000.0;
        (with.rounds, bytes)
    };
    for security in ENGINES {
        let (product, widened, cut) = (
            cost(security, |draft, _, b| draft.push(Op::Mul { a: b, b, shift: 0 })),
            cost(security, |draft, a, _| draft.push(Op::Widen { a })),
            cost(security, |draft, _, b| draft.push(Op::Trunc { a: b, shift: 9 })),
        );
        for ((rounds, bytes), want) in
            [(product, (1, 16.0)), (widened, (3, 26.7)), (cut, (3, 45.4))]
        {
            // A proof takes some kilobytes.
            assert!(rounds == want.0 && (bytes - want.1).abs() < 0.5, "{security:?}: {bytes}");
        }
    }
}

#[test]
fn a_wide_program_is_proven_in_portions_too() {
    // Wide products keep twelve words each.
    let length = 400_000;
    let rows = Rows { count: length, group: 0 };
    let mut draft = Draft::new(vec![rows], vec![wide(0, "a", length, 1000)]);
    draft.secure(Security::Malicious);
    let a = draft.values(0);
    for name in ["one", "two", "three"] {
        let square = draft.push(Op::Mul { a, b: a, shift: 0 });
        let sum = draft.push(Op::Sum { a: square });
        draft.reveal(0, sum, name, 0, 1);
    }
    let program = draft.finish().expect("in range");
    assert!(program.cost().checks > 30, "{}", program.cost().checks);
    let values: Vec<f64> = (0..length).map(|at| f64::from(at % 2000) - 1000.0).collect();
    let want: f64 = values.iter().map(|value| value * value).sum();
    let got = priced(&program, vec![table(length, &[("a", values)])], 5);
    assert_eq!(got, [[want]; 3]);
}
