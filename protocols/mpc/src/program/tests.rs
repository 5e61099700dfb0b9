//! Programs: what is refused, the encoding, the price.

use super::*;
use crate::Peer;
use proptest::prelude::*;
use troupe_types::Bytes;
use troupe_wire::{Stream, Text, codec, vectors};

fn text(name: &str) -> Text<NAME> {
    Text::new(name).expect("short")
}

fn column(owner: u8, name: &str) -> Column {
    let form = Form::Plain;
    Column { owner, name: text(name), length: 8, fraction: 0, low: -100, high: 100, form }
}

fn draft() -> Draft {
    let rows = |group| Rows { count: 8, group };
    Draft::new(vec![rows(0), rows(1)], vec![column(0, "x"), column(1, "y")])
}

/// A valid program with one of everything, by luck.
fn sample(stream: &mut Stream) -> Program {
    let owners = 1 + stream.below(4);
    let length = 1 + u32::try_from(stream.below(1000)).expect("small");
    let rows = Rows { count: length, group: 0 };
    let columns: Vec<Column> = (0..owners)
        .map(|owner| {
            let owner = u8::try_from(owner).expect("small");
            let form = if stream.chance(1, 2) { Form::Plain } else { Form::Centred };
            let name = format!("column {}", stream.below(100));
            Column { length, form, fraction: 16, ..column(owner, &name) }
        })
        .collect();
    let mut draft = Draft::new(vec![rows; columns.len()], columns);
    let x = draft.values(0);
    for number in 0..1 + stream.below(20) {
        let constant = i64::try_from(stream.below(1000)).expect("small") - 500;
        let shift = 1 + u8::try_from(stream.below(31)).expect("small");
        let block = 1 + u32::try_from(stream.below(50)).expect("small");
        let register = draft.push(match stream.below(9) {
            0 => Op::Add { a: x, b: x },
            1 => Op::Sub { a: x, b: x },
            2 => Op::AddPublic { a: x, constant },
            3 => Op::MulPublic { a: x, constant },
            4 => Op::Scale { a: x, constant, shift },
            5 => Op::Mul { a: x, b: x, shift: shift - 1 },
            6 => Op::Dot { a: x, b: x, block, shift: shift - 1 },
            7 => Op::Sum { a: x },
            _ => Op::Trunc { a: x, shift },
        });
        let divisor = 1 + stream.below(9);
        draft.reveal(0, register, &format!("result {number}"), 16, divisor);
    }
    draft.finish().expect("small numbers")
}

#[test]
fn the_encoding_of_programs_is_pinned() {
    assert_eq!(vectors::hash(Program::LIMIT, sample), "adeba3e9a67ad918");
}

/// A valid program with one of every operation on bits.
fn circuits(stream: &mut Stream) -> Program {
    let mut draft = draft();
    let (x, y) = (draft.values(0), draft.values(1));
    let less = draft.less(x, y);
    let equal = draft.equal(x, y);
    let either = draft.or(less, equal);
    let neither = draft.push(Op::Not { a: either });
    let number = draft.push(Op::Number { a: neither });
    let kept = draft.push(Op::Keep { bits: either, a: y });
    let most = draft.max(kept, number);
    let all = [less, equal, either, neither, number, kept, most];
    for (name, register) in all.iter().enumerate().take(1 + stream.below(7) as usize) {
        draft.reveal(0, *register, &format!("{name}"), 0, 1);
    }
    draft.finish().expect("small numbers")
}

#[test]
fn the_encoding_of_programs_with_bits_is_pinned() {
    assert_eq!(vectors::hash(Program::LIMIT, circuits), "9a9319add534d900");
}

/// A valid program with one of every operation on shapes.
fn shapes(stream: &mut Stream) -> Program {
    let mut draft = draft();
    let (x, y) = (draft.values(0), draft.values(1));
    let from = u32::try_from(stream.below(4)).expect("small");
    let part = draft.slice(x, from, 4);
    let both = draft.push(Op::Join { a: part, b: y });
    let turned = draft.transpose(both, 3);
    let filled = draft.push(Op::Fill { first: -3, step: 2, count: 12 });
    let sum = draft.push(Op::Add { a: turned, b: filled });
    let sums = draft.push(Op::SumBlocks { a: sum, block: 5 });
    let running = draft.push(Op::Running { a: sum, block: 4 });
    let bound = draft.push(Op::Bound { a: running, low: -10, high: 400 });
    let size = Size { rows: 3, inner: 4, columns: 3 };
    let transposed = Transposed::Right;
    let product = draft.push(Op::Matmul { a: bound, b: sum, size, transposed, shift: 2 });
    let dealt = draft.push(Op::DealtBits { a: product, count: 9 });
    let held = draft.push(Op::HeldBits { a: product, count: 9 });
    let bits = draft.push(Op::Negative { a: x });
    let numbers = draft.push(Op::Number { a: bits });
    let by = draft.push(Op::Destinations { a: numbers });
    let moved = draft.push(Op::Permute { a: x, by, columns: 1 });
    let all = [both, turned, filled, sums, running, bound, product, dealt, held, by, moved];
    for (name, register) in all.iter().enumerate().take(1 + stream.below(11) as usize) {
        draft.reveal(0, *register, &format!("{name}"), 0, 1);
    }
    draft.finish().expect("small numbers")
}

/// A valid program with one of every operation that makes or takes wide numbers.
fn wide(stream: &mut Stream) -> Program {
    let rows = Rows { count: 8, group: 0 };
    let long = Column { form: Form::Wide, ..column(0, "y") };
    let mut draft = Draft::new(vec![rows], vec![column(0, "x"), long]);
    let (x, y) = (draft.values(0), draft.values(1));
    let x = draft.push(Op::Widen { a: x });
    let product = draft.push(Op::Mul { a: x, b: y, shift: 0 });
    let cut = draft.push(Op::Trunc { a: product, shift: 50 });
    let narrow = draft.push(Op::Narrow { a: cut });
    let all = [product, cut, narrow, x];
    for (name, register) in all.iter().enumerate().take(1 + stream.below(4) as usize) {
        draft.reveal(0, *register, &format!("{name}"), 0, 1);
    }
    draft.finish().expect("small numbers")
}

#[test]
fn the_encoding_of_programs_with_wide_numbers_is_pinned() {
    assert_eq!(vectors::hash(Program::LIMIT, wide), "b2797697d6fe7fa2");
}

#[test]
fn the_encoding_of_programs_with_shapes_is_pinned() {
    assert_eq!(vectors::hash(Program::LIMIT, shapes), "2e9ef4adc18ab883");
}

/// A valid program that keeps something and takes something up.
fn keeps(stream: &mut Stream) -> Program {
    let limit = 1 + i64::try_from(stream.below(1 << 30)).expect("small");
    let taken = Taken {
        id: troupe_types::Hash(stream.array()),
        length: 1 + u32::try_from(stream.below(30)).expect("small"),
        fraction: 16,
        low: -limit,
        high: limit,
    };
    let length = taken.length;
    let mut draft =
        Draft::taking(vec![Rows { count: 8, group: 0 }], vec![column(0, "x")], vec![taken]);
    let sum = draft.push(Op::Sum { a: draft.values(0) });
    let more = draft.push(Op::Add { a: draft.taken(0), b: sum });
    assert_eq!(draft.length(more), length);
    draft.reveal(0, sum, "sum", 0, 1);
    draft.keep(more, "more", 16);
    draft.witnesses(u8::try_from(stream.below(9)).expect("small"));
    draft.finish().expect("small numbers")
}

#[test]
fn the_encoding_of_programs_that_keep_is_pinned() {
    assert_eq!(vectors::hash(Program::LIMIT, keeps), "00702011b62d6cbb");
}

#[test]
fn the_hash_of_a_program_is_pinned_and_depends_on_everything() {
    let mut one = draft();
    let sum = one.push(Op::Sum { a: one.values(0) });
    one.reveal(0, sum, "sum", 0, 1);
    let mut other = draft();
    let sum = other.push(Op::Sum { a: other.values(0) });
    other.reveal(0, sum, "sum", 0, 2);
    let (one, other) = (one.finish().expect("valid"), other.finish().expect("valid"));
    assert_ne!(one.hash(), other.hash());
    assert_eq!(one.hash().short(), "35bb7b9b");
}

proptest! {
    #[test]
    fn a_program_comes_back_from_its_bytes_and_no_part_of_them_is_one(seed in any::<u64>()) {
        let program = sample(&mut troupe_wire::Seed::from_number(seed).stream("program"));
        let bytes = program.encode();
        let back = Program::decode(&bytes).expect("its own encoding");
        prop_assert_eq!(back.hash(), program.hash());
        prop_assert_eq!(&back, &program);
        for cut in 0..bytes.len() {
            prop_assert!(Program::decode(&bytes[..cut]).is_err());
        }
        let longer = [&bytes[..], &[0]].concat();
        prop_assert!(Program::decode(&longer).is_err());
    }

    #[test]
    fn no_bytes_panic_and_whatever_is_accepted_can_be_priced(
        seed in any::<u64>(),
        changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..6),
    ) {
        let program = sample(&mut troupe_wire::Seed::from_number(seed).stream("program"));
        let mut bytes = program.encode();
        for (at, value) in changes {
            let at = at % bytes.len();
            bytes[at] = value;
        }
        if let Ok(program) = Program::decode(&bytes) {
            prop_assert_eq!(program.encode(), bytes);
            prop_assert!(!program.cost().links.is_empty());
        }
    }

    #[test]
    fn random_bytes_are_refused_without_a_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let _ = Program::decode(&bytes);
    }
}

#[test]
fn an_announced_billion_is_refused_before_it_is_allocated() {
    // A varint of 2^40 owners, columns, operations or results.
    let huge = [&[253u8][..], &(1u64 << 40).to_le_bytes()].concat();
    for before in [&[][..], &[0], &[0, 0], &[0, 0, 0]] {
        let bytes = [before, &huge].concat();
        assert!(matches!(Program::decode(&bytes), Err(Defect::Encoding(_))));
    }
    let long = vec![0; Program::LIMIT.bytes() + 1];
    assert!(matches!(Program::decode(&long), Err(Defect::Encoding(_))));
}

/// What is wrong with the draft after this change.
fn defect(change: impl FnOnce(&mut Draft)) -> String {
    let mut draft = draft();
    change(&mut draft);
    let value = draft.values(0);
    draft.reveal(0, value, "x", 0, 1);
    draft.finish().expect_err("a defect").to_string()
}

#[test]
fn every_defect_is_named() {
    let x = draft().values(0);
    let push = |op: Op| {
        defect(|draft| {
            draft.push(op);
        })
    };
    let missing = Register(7);
    let grid = |counts, steps| Grid { from: 0, counts, steps };
    let size = |rows, inner, columns| Size { rows, inner, columns };
    let transposed = Transposed::Neither;
    let cases = [
        (
            push(Op::Sum { a: missing }),
            "operation 0 reads register 7, which is not filled before it",
        ),
        (push(Op::Trunc { a: x, shift: 0 }), "operation 0 truncates 0 bits, outside 1 to 31"),
        (push(Op::Trunc { a: x, shift: 32 }), "operation 0 truncates 32 bits, outside 1 to 31"),
        (
            push(Op::Scale { a: x, constant: 3, shift: 0 }),
            "operation 0 truncates 0 bits, outside 1 to 31",
        ),
        (push(Op::Mul { a: x, b: x, shift: 99 }), "operation 0 truncates 99 bits, outside 0 to 31"),
        (push(Op::Dot { a: x, b: x, block: 0, shift: 0 }), "operation 0 has blocks of 0 elements"),
        (
            push(Op::MulPublic { a: x, constant: i64::MAX }),
            "operation 0 can reach 70 bits, and 63 are safe",
        ),
        (
            push(Op::Scale { a: x, constant: 1 << 56, shift: 1 }),
            "operation 0 can reach 63 bits, and 62 are safe",
        ),
        (push(Op::Not { a: x }), "operation 0 wants bits in register 0"),
        (push(Op::And { a: x, b: x }), "operation 0 wants bits in register 0"),
        (push(Op::Number { a: x }), "operation 0 wants bits in register 0"),
        (push(Op::Keep { bits: x, a: x }), "operation 0 wants bits in register 0"),
        (push(Op::Select { bits: x, a: x, b: x }), "operation 0 wants bits in register 0"),
        (
            push(Op::Negative { a: missing }),
            "operation 0 reads register 7, which is not filled before it",
        ),
        (
            defect(|draft| {
                let bits = draft.push(Op::Negative { a: x });
                draft.push(Op::Sum { a: bits });
            }),
            "operation 1 wants numbers in register 2",
        ),
        (
            defect(|draft| {
                let bits = draft.push(Op::Zero { a: x });
                draft.push(Op::Zero { a: bits });
            }),
            "operation 1 wants numbers in register 2",
        ),
        (
            defect(|draft| {
                let sum = draft.push(Op::Sum { a: x });
                let bits = draft.push(Op::Negative { a: sum });
                draft.push(Op::Keep { bits, a: x });
            }),
            "operation 2 joins lengths 1 and 8",
        ),
        (
            defect(|draft| {
                let bits = draft.push(Op::Negative { a: x });
                let sum = draft.push(Op::Sum { a: x });
                draft.push(Op::Select { bits, a: x, b: sum });
            }),
            "operation 2 joins lengths 8 and 1",
        ),
        (
            defect(|draft| {
                let far = draft.push(Op::MulPublic { a: x, constant: 1 << 56 });
                let below = draft.push(Op::MulPublic { a: far, constant: -1 });
                draft.less(far, below);
            }),
            "operation 2 can reach 64 bits, and 63 are safe",
        ),
        (
            defect(|draft| {
                let bits = draft.push(Op::Negative { a: x });
                draft.reveal(0, bits, "bits", 1, 1);
            }),
            "result `bits` has an impossible format",
        ),
        (
            defect(|draft| {
                let bits = draft.push(Op::Negative { a: x });
                draft.reveal(0, bits, "bits", 0, 2);
            }),
            "result `bits` has an impossible divisor",
        ),
        (
            defect(|draft| {
                let sum = draft.push(Op::Sum { a: x });
                draft.push(Op::Add { a: sum, b: x });
            }),
            "operation 1 joins lengths 1 and 8",
        ),
        (
            defect(|draft| {
                let sum = draft.push(Op::Sum { a: x });
                draft.push(Op::Mul { a: x, b: sum, shift: 0 });
            }),
            "operation 1 joins lengths 8 and 1",
        ),
        (
            push(Op::Gather { a: x, grid: grid([2, 1, 3], [4, 0, 2]) }),
            "operation 0 reads element 8 of 8",
        ),
        (push(Op::Gather { a: x, grid: grid([2, 0, 3], [1, 1, 1]) }), "operation 0 fills nothing"),
        (
            push(Op::Gather { a: x, grid: grid([1 << 20, 1 << 20, 1 << 30], [0, 0, 0]) }),
            "1099511627776 elements exceed 1073741824",
        ),
        (
            push(Op::Gather { a: x, grid: grid([1 << 10; 3], [u32::MAX; 3]) }),
            "operation 0 reads element 13181254628355 of 8",
        ),
        (push(Op::Fill { first: 0, step: 1, count: 0 }), "operation 0 fills nothing"),
        (
            push(Op::Fill { first: 0, step: i64::MAX, count: 3 }),
            "operation 0 can reach 64 bits, and 63 are safe",
        ),
        (push(Op::SumBlocks { a: x, block: 0 }), "operation 0 has blocks of 0 elements"),
        (push(Op::Running { a: x, block: 0 }), "operation 0 has blocks of 0 elements"),
        (push(Op::Bound { a: x, low: 5, high: 4 }), "operation 0 claims an impossible range"),
        (
            defect(|draft| {
                let bits = draft.push(Op::Negative { a: x });
                draft.push(Op::Join { a: x, b: bits });
            }),
            "operation 1 wants numbers in register 2",
        ),
        (push(Op::DealtBits { a: x, count: 0 }), "operation 0 takes 0 bits, outside 1 to 64"),
        (push(Op::HeldBits { a: x, count: 65 }), "operation 0 takes 65 bits, outside 1 to 64"),
        (push(Op::Destinations { a: x }), "operation 0 wants bits as numbers in register 0"),
        (
            // Zeros and ones by range, but nobody has made sure.
            defect(|draft| {
                let a = draft.push(Op::Bound { a: x, low: 0, high: 1 });
                draft.push(Op::Destinations { a });
            }),
            "operation 1 wants bits as numbers in register 2",
        ),
        (
            push(Op::Permute { a: x, by: x, columns: 1 }),
            "operation 0 wants a secret order in register 0",
        ),
        (
            // What is opened would be a part of an order, and so on.
            defect(|draft| {
                let bits = draft.push(Op::Negative { a: x });
                let numbers = draft.push(Op::Number { a: bits });
                let order = draft.push(Op::Destinations { a: numbers });
                let by = draft.repeat(order, 2);
                let a = draft.repeat(x, 2);
                draft.push(Op::Permute { a, by, columns: 1 });
            }),
            "operation 5 wants a secret order in register 5",
        ),
        (
            defect(|draft| {
                let bits = draft.push(Op::Negative { a: x });
                let numbers = draft.push(Op::Number { a: bits });
                let by = draft.push(Op::Destinations { a: numbers });
                draft.push(Op::Permute { a: x, by, columns: 2 });
            }),
            "operation 3 joins lengths 8 and 16",
        ),
        (
            push(Op::Matmul { a: x, b: x, size: size(4, 2, 3), transposed, shift: 0 }),
            "operation 0 joins lengths 8 and 6",
        ),
        (
            push(Op::Matmul { a: x, b: x, size: size(4, 2, 4), transposed, shift: 32 }),
            "operation 0 truncates 32 bits, outside 0 to 31",
        ),
        (
            push(Op::Matmul { a: x, b: x, size: size(0, 2, 4), transposed, shift: 0 }),
            "operation 0 joins lengths 8 and 0",
        ),
        (
            defect(|draft| {
                let mut last = x;
                for _ in 0..27_000 {
                    let bits = draft.push(Op::Negative { a: last });
                    last = draft.push(Op::Number { a: bits });
                }
            }),
            "108001 rounds exceed 65536",
        ),
        (
            defect(|draft| draft.reveal(1, Register(9), "far", 0, 1)),
            "result `far` reveals register 9, which does not exist",
        ),
        (defect(|draft| draft.reveal(0, x, "x", 0, 1)), "receiver 0 has two times `x`"),
        (defect(|draft| draft.reveal(2, x, "x", 0, 1)), "receiver 1 has nothing to do"),
        (
            defect(|draft| {
                for receiver in 1..=64 {
                    draft.reveal(receiver, x, "x", 0, 1);
                }
            }),
            "65 receivers exceed 64",
        ),
        (defect(|draft| draft.reveal(0, x, "y", 0, 0)), "result `y` has an impossible divisor"),
        (defect(|draft| draft.reveal(0, x, "y", 63, 1)), "result `y` has an impossible format"),
        (
            defect(|draft| {
                for _ in 0..=MAX_OPS {
                    draft.push(Op::Sum { a: x });
                }
            }),
            "65537 operations exceed 65536",
        ),
    ];
    for (got, want) in cases {
        assert_eq!(got, want);
    }
}

/// What is wrong with these owners and columns.
fn input_defect(owners: Vec<Rows>, columns: Vec<Column>) -> String {
    let mut draft = Draft::new(owners, columns);
    let value = draft.values(0);
    draft.reveal(0, value, "x", 0, 1);
    draft.finish().expect_err("a defect").to_string()
}

#[test]
fn every_defect_of_columns_is_named() {
    let rows = |count, group| Rows { count, group };
    let one = || vec![rows(8, 0)];
    let with = |change: fn(&mut Column)| {
        let mut column = column(0, "x");
        change(&mut column);
        input_defect(vec![rows(8, 0)], vec![column])
    };
    let cases = [
        (input_defect(one(), Vec::new()), "owner 0 has nothing to do"),
        (input_defect(Vec::new(), Vec::new()), "no columns"),
        (input_defect(one(), vec![column(1, "x")]), "owner 1 is not in the program"),
        (input_defect(one(), vec![column(0, "x"), column(0, "x")]), "owner 0 has two times `x`"),
        (
            input_defect(vec![rows(8, 3), rows(9, 3)], vec![column(0, "x"), column(1, "x")]),
            "owner 0 and owner 1 are of one group and have 8 and 9 rows",
        ),
        (input_defect(vec![rows(8, 0); 65], vec![column(0, "x")]), "65 owners exceed 64"),
        (with(|column| column.length = 0), "column `x` has an impossible length"),
        (with(|column| column.fraction = 32), "column `x` has an impossible format"),
        (with(|column| column.low = 101), "column `x` has an impossible range"),
        (with(|column| column.high = 1 << 62), "column `x` has an impossible range"),
        (with(|column| column.low = i64::MIN), "column `x` has an impossible range"),
        (with(|column| column.length = u32::MAX), "4294967295 elements exceed 1073741824"),
    ];
    for (got, want) in cases {
        assert_eq!(got, want);
    }
    let nothing = draft().finish().expect_err("reveals nothing");
    assert_eq!(nothing.to_string(), "no results");
}

#[test]
fn ranges_are_followed_through_the_operations() {
    // 100 * 100 * 8 * ... stays small; squares are never negative, centred columns twice as wide.
    let mut draft = draft();
    let (x, y) = (draft.values(0), draft.values(1));
    let product = draft.push(Op::Mul { a: x, b: y, shift: 0 });
    let square = draft.push(Op::Mul { a: x, b: x, shift: 0 });
    let dot = draft.push(Op::Dot { a: x, b: x, block: 3, shift: 0 });
    let cut = draft.push(Op::Trunc { a: product, shift: 3 });
    draft.reveal(0, cut, "cut", 0, 1);
    let bytes = draft.finish().expect("valid").encode();
    let listing: Listing = codec::decode(&bytes, Program::LIMIT).expect("its own encoding");
    let shapes = check::check(&listing).expect("valid");
    let span = |register: Register| {
        let span = shapes.spans[register.index()];
        (span.low, span.high)
    };
    assert_eq!(span(product), (-10_000, 10_000));
    assert_eq!(span(square), (0, 10_000));
    assert_eq!(span(dot), (0, 30_000));
    assert_eq!(span(cut), (-1250, 1251));
    assert_eq!(shapes.lengths[dot.index()], 3);
}

#[test]
fn a_choice_has_the_range_of_both_and_a_comparison_the_price_of_its_range() {
    let mut draft = draft();
    let (x, y) = (draft.values(0), draft.values(1));
    let wide = draft.push(Op::MulPublic { a: x, constant: 1 << 40 });
    let (small, large) = (draft.less(x, y), draft.less(wide, y));
    let least = draft.min(x, y);
    let mixed = draft.push(Op::Select { bits: small, a: x, b: wide });
    let high = draft.push(Op::AddPublic { a: x, constant: 500 });
    let high = draft.push(Op::Keep { bits: small, a: high });
    let kept = draft.push(Op::Keep { bits: small, a: least });
    for (name, register) in [("small", small), ("large", large), ("kept", kept)] {
        draft.reveal(0, register, name, 0, 1);
    }
    let program = draft.finish().expect("valid");
    let listing: Listing = codec::decode(&program.encode(), Program::LIMIT).expect("its own");
    let shapes = check::check(&listing).expect("valid");
    let span = |register: Register| {
        let span = shapes.spans[register.index()];
        (span.low, span.high)
    };
    assert_eq!((span(least), span(kept)), ((-100, 100), (-100, 100)));
    assert_eq!(span(mixed), (-100 << 40, 100 << 40));
    assert_eq!(span(high), (0, 600));
    assert_eq!(span(small), (0, 1));
    // A difference of 8 bits takes 3 rounds and each choice 2 more; one of 47 bits takes 6.
    assert_eq!(program.cost().rounds, 3 + 2 + 2);
    let rounds = |op: Register| crate::rep3::traffic::rounds(shapes.exchanges[op.index() - 2]);
    assert_eq!((rounds(small), rounds(large), rounds(kept)), (3, 6, 2));
}

#[test]
fn the_price_of_a_product_is_eight_bytes_an_element_and_party() {
    let mut plain = draft();
    let x = plain.values(0);
    plain.reveal(0, x, "x", 0, 1);
    let mut squared = plain.clone();
    squared.push(Op::Mul { a: x, b: x, shift: 0 });
    let (plain, squared) = (plain.finish().expect("valid"), squared.finish().expect("valid"));
    let (before, after) = (plain.cost(), squared.cost());
    assert_eq!((before.rounds, after.rounds), (0, 1));
    for party in (0..3).map(Peer::Party) {
        // One more frame to each neighbour, which ends with a mark of 8 bytes.
        let more = after.sent(party).0 - before.sent(party).0;
        assert_eq!(more, 8 * 8 + 2 * 8);
        assert_eq!(after.received(party).0 - before.received(party).0, more);
    }
    // An owner sends its third piece to two parties: 16 bytes an element, beside headers (96), row
    // counts, digests and seeds (40 and 32, 16, 16) and marks.
    let fixed = 3 * (96 + 40) + 32 + 16 + 16 + 5 * 8;
    assert_eq!(before.sent(Peer::Owner(0)), Bytes(16 * 8 + fixed));
}
