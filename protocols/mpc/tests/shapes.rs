//! Vectors cut, joined and multiplied as matrices in whole sessions, next to plain ones.

mod common;

use common::{picked, priced, table, whole};
use troupe_mpc::program::{Draft, Grid, Op, Register, Rows, Size, Transposed};
use troupe_wire::{Seed, Stream};

/// A session over two columns of one owner; what it reveals, in order.
fn run(
    columns: [&[i64]; 2],
    limit: i64,
    write: impl FnOnce(&mut Draft, Register, Register) -> Vec<(Register, u8)>,
) -> Vec<Vec<f64>> {
    let [a, b] = columns.map(|column| u32::try_from(column.len()).expect("few"));
    let rows = Rows { count: a, group: 0 };
    let mut draft = Draft::new(vec![rows], vec![whole(0, "a", a, limit), whole(0, "b", b, limit)]);
    let (x, y) = (draft.values(0), draft.values(1));
    for (name, (register, fraction)) in write(&mut draft, x, y).into_iter().enumerate() {
        draft.reveal(0, register, &format!("{name}"), fraction, 1);
    }
    let values = columns.map(|column| column.iter().map(|value| *value as f64).collect());
    let [x, y] = values;
    priced(&draft.finish().expect("in range"), vec![table(a, &[("a", x), ("b", y)])], 3)
}

fn some(luck: &mut Stream, count: usize, limit: i64) -> Vec<i64> {
    let range = 2 * limit.unsigned_abs() + 1;
    (0..count).map(|_| i64::try_from(luck.below(range)).expect("small") - limit).collect()
}

fn floats(values: impl IntoIterator<Item = i64>) -> Vec<f64> {
    values.into_iter().map(|value| value as f64).collect()
}

#[test]
fn any_grid_picks_the_same_numbers_and_bits_as_in_plain() {
    let mut luck = Seed::from_number(1).stream("grids");
    let length = 700;
    let values = some(&mut luck, length, 9);
    let mut grids = Vec::new();
    while grids.len() < 60 {
        let mut number = |below: u64| u32::try_from(luck.below(below)).expect("small");
        let grid = Grid {
            from: number(200),
            counts: [1 + number(4), 1 + number(5), 1 + number(150)],
            steps: [number(90), number(40), if number(2) == 0 { number(4) } else { 1 }],
        };
        let steps = grid.counts.iter().zip(grid.steps).map(|(count, step)| (count - 1) * step);
        if ((grid.from + steps.sum::<u32>()) as usize) < length {
            grids.push(grid);
        }
    }
    let got = run([&values, &[0]], 9, |draft, a, _| {
        let bits = draft.push(Op::Negative { a });
        let mut results = Vec::new();
        for grid in &grids {
            results.push((draft.push(Op::Gather { a, grid: *grid }), 0));
            results.push((draft.push(Op::Gather { a: bits, grid: *grid }), 0));
        }
        results
    });
    for (grid, got) in grids.iter().zip(got.chunks(2)) {
        let want = picked(&values, grid);
        assert_eq!(got[0], floats(want.iter().copied()), "{grid:?}");
        assert_eq!(got[1], floats(want.iter().map(|value| i64::from(*value < 0))), "{grid:?}");
    }
}

#[test]
fn cut_and_joined_at_any_place_a_vector_is_whole_again() {
    let mut luck = Seed::from_number(2).stream("values");
    let values = some(&mut luck, 200, 50);
    let cuts = [1u32, 63, 64, 65, 100, 127, 128, 129, 199];
    let got = run([&values, &[0]], 50, |draft, a, _| {
        let bits = draft.push(Op::Negative { a });
        let mut results = Vec::new();
        for cut in cuts {
            for whole in [a, bits] {
                let parts = [draft.slice(whole, 0, cut), draft.slice(whole, cut, 200 - cut)];
                results.push((draft.concat(&parts), 0));
                // The end first, so that what is joined does not begin where a word does.
                results.push((draft.concat(&[parts[1], parts[0], parts[1]]), 0));
            }
        }
        results
    });
    let signs: Vec<i64> = values.iter().map(|value| i64::from(*value < 0)).collect();
    for (cut, got) in cuts.iter().zip(got.chunks(4)) {
        for (values, got) in [&values, &signs].into_iter().zip(got.chunks(2)) {
            let (start, end) = values.split_at(*cut as usize);
            assert_eq!(got[0], floats(values.iter().copied()));
            assert_eq!(got[1], floats([end, start, end].concat()));
        }
    }
}

#[test]
fn named_shapes_are_what_they_say() {
    let values: Vec<i64> = (0..12).collect();
    let got = run([&values, &[7]], 100, |draft, a, b| {
        let all = [
            draft.slice(a, 2, 3),
            draft.every(a, 1, 4, 3),
            draft.repeat(b, 3),
            draft.spread(a, 2),
            draft.transpose(a, 4),
            draft.fill(-5, 4),
            draft.push(Op::Fill { first: 10, step: -3, count: 4 }),
            draft.push(Op::SumBlocks { a, block: 5 }),
            draft.push(Op::Running { a, block: 5 }),
            draft.push(Op::Bound { a, low: 0, high: 11 }),
        ];
        assert_eq!(draft.length(all[3]), 24);
        assert_eq!(draft.range(all[6]), (1, 10));
        assert_eq!(draft.range(all[9]), (0, 11));
        all.map(|register| (register, 0)).to_vec()
    });
    let want = [
        vec![2, 3, 4],
        vec![1, 5, 9],
        vec![7, 7, 7],
        vec![0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11],
        vec![0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11],
        vec![-5; 4],
        vec![10, 7, 4, 1],
        vec![10, 35, 21],
        vec![0, 1, 3, 6, 10, 5, 11, 18, 26, 35, 10, 21],
        values,
    ];
    assert_eq!(got, want.map(floats));
}

/// The plain product of matrices, with the factors stored as said.
fn product(a: &[i64], b: &[i64], size: Size, transposed: Transposed) -> Vec<i64> {
    let (left, right) = match transposed {
        Transposed::Neither => (false, false),
        Transposed::Left => (true, false),
        Transposed::Right => (false, true),
        Transposed::Both => (true, true),
    };
    let Size { rows, inner, columns } = size;
    let at = |values: &[i64], row, column, (rows, columns), is_transposed| {
        values[if is_transposed { column * rows + row } else { row * columns + column } as usize]
    };
    let mut out = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            let term =
                |k| at(a, row, k, (rows, inner), left) * at(b, k, column, (inner, columns), right);
            out.push((0..inner).map(term).sum());
        }
    }
    out
}

#[test]
fn matrix_products_of_any_size_are_the_plain_ones() {
    let mut luck = Seed::from_number(4).stream("matrices");
    let sizes = [
        (1, 1, 1),
        (1, 30, 1),
        (5, 3, 1),
        (1, 7, 9),
        (3, 130, 11),
        (4, 2, 4),
        (9, 129, 17),
        (33, 5, 3),
        (8, 300, 8),
        (21, 40, 263),
    ];
    let all = [Transposed::Neither, Transposed::Left, Transposed::Right, Transposed::Both];
    for (rows, inner, columns) in sizes {
        let size = Size { rows, inner, columns };
        let a = some(&mut luck, (rows * inner) as usize, 1 << 20);
        let b = some(&mut luck, (inner * columns) as usize, 1 << 20);
        let got = run([&a, &b], 1 << 20, |draft, a, b| {
            let mut results = Vec::new();
            for transposed in all {
                let matmul = |shift| Op::Matmul { a, b, size, transposed, shift };
                results.push((draft.push(matmul(0)), 0));
                results.push((draft.push(matmul(7)), 0));
            }
            results
        });
        for (transposed, got) in all.into_iter().zip(got.chunks(2)) {
            let want = product(&a, &b, size, transposed);
            assert_eq!(got[0], floats(want.iter().copied()), "{size:?} {transposed:?}");
            for (got, want) in got[1].iter().zip(want) {
                let up = *got - (want >> 7) as f64;
                assert!(up == 0.0 || up == 1.0, "{got} instead of {}", want >> 7);
            }
        }
    }
}

#[test]
fn what_only_takes_room_is_made_when_it_is_read() {
    // Twenty copies of a large vector, one used after the other: one at a time is there.
    let build = |copies: u32| {
        let rows = Rows { count: 100_000, group: 0 };
        let mut draft = Draft::new(vec![rows], vec![whole(0, "a", 100_000, 1)]);
        let a = draft.values(0);
        let mut last = a;
        for _ in 0..copies {
            let copy = draft.every(a, 0, 1, 100_000);
            last = draft.push(Op::Mul { a: last, b: copy, shift: 0 });
        }
        draft.reveal(0, last, "last", 0, 1);
        draft.finish().expect("in range")
    };
    assert_eq!(build(4).cost().memory, build(20).cost().memory);
}
