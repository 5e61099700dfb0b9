//! Whole sessions: right results whatever the streams do to their bytes, at the stated cost.

mod common;

use common::{Outcome, Weather, World, picked, table, whole};
use proptest::prelude::*;
use troupe_mpc::program::{Draft, Grid, Op, Register, Rows, Size, Transposed};
use troupe_mpc::{Peer, Phase, Program};

/// Plain arithmetic for a program: what each register should hold.
fn plain(columns: &[Vec<i64>], ops: &[Op], register: impl Fn(usize) -> Register) -> Vec<Vec<i64>> {
    let mut registers: Vec<Vec<i64>> = columns.to_vec();
    let all: Vec<Register> = (0..columns.len() + ops.len()).map(register).collect();
    let place = |wanted: Register| all.iter().position(|known| *known == wanted).expect("known");
    let both = |a: &[i64], b: &[i64], with: fn(i64, i64) -> i64| -> Vec<i64> {
        a.iter().enumerate().map(|(at, x)| with(*x, b[if b.len() == 1 { 0 } else { at }])).collect()
    };
    for op in ops {
        let read = |wanted: Register| registers[place(wanted)].clone();
        registers.push(match *op {
            Op::Add { a, b } => both(&read(a), &read(b), |x, y| x + y),
            Op::Sub { a, b } => both(&read(a), &read(b), |x, y| x - y),
            Op::AddPublic { a, constant } => read(a).iter().map(|x| x + constant).collect(),
            Op::MulPublic { a, constant } => read(a).iter().map(|x| x * constant).collect(),
            Op::Mul { a, b, .. } => both(&read(a), &read(b), |x, y| x * y),
            Op::Dot { a, b, block, .. } => {
                let products = both(&read(a), &read(b), |x, y| x * y);
                products.chunks(block as usize).map(|part| part.iter().sum()).collect()
            }
            Op::Sum { a } => vec![read(a).iter().sum()],
            Op::Scale { a, constant, shift } => {
                read(a).iter().map(|x| (x * constant) >> shift).collect()
            }
            Op::Trunc { a, shift } => read(a).iter().map(|x| x >> shift).collect(),
            Op::Negative { a } => read(a).iter().map(|x| i64::from(*x < 0)).collect(),
            Op::Zero { a } => read(a).iter().map(|x| i64::from(*x == 0)).collect(),
            Op::Not { a } => read(a).iter().map(|x| 1 - x).collect(),
            Op::Xor { a, b } => both(&read(a), &read(b), |x, y| x ^ y),
            Op::And { a, b } => both(&read(a), &read(b), |x, y| x & y),
            Op::Number { a } => read(a),
            Op::Keep { bits, a } => both(&read(bits), &read(a), |bit, x| bit * x),
            Op::Select { bits, a, b } => {
                let chosen = both(&read(bits), &read(a), |bit, x| bit * x);
                let other = both(&read(bits), &read(b), |bit, x| (1 - bit) * x);
                both(&chosen, &other, |x, y| x + y)
            }
            Op::Gather { a, grid } => picked(&read(a), &grid),
            Op::Join { a, b } => [read(a), read(b)].concat(),
            Op::Fill { first, step, count } => {
                (0..count).map(|at| first + step * i64::from(at)).collect()
            }
            Op::SumBlocks { a, block } => {
                read(a).chunks(block as usize).map(|part| part.iter().sum()).collect()
            }
            Op::Running { a, block } => {
                let runs = |part: &[i64]| {
                    let sums = part.iter().scan(0, |sum, x| {
                        *sum += x;
                        Some(*sum)
                    });
                    sums.collect::<Vec<i64>>()
                };
                read(a).chunks(block as usize).flat_map(runs).collect()
            }
            Op::Bound { a, .. } | Op::Widen { a } | Op::Narrow { a } => read(a),
            Op::DealtBits { .. } | Op::HeldBits { .. } => panic!("summands are random"),
            Op::Destinations { .. } | Op::Permute { .. } | Op::Shuffle { .. } => {
                panic!("not in the stories")
            }
            // A row times a column, as the stories have it.
            Op::Matmul { a, b, .. } => {
                vec![both(&read(a), &read(b), |x, y| x * y).iter().sum()]
            }
        });
    }
    registers
}

#[derive(Debug, Clone)]
struct Story {
    length: u32,
    columns: Vec<Vec<i64>>,
    steps: Vec<(u8, usize, usize, i64)>,
    weather: (u64, u64),
    seed: u64,
}

fn story() -> impl Strategy<Value = Story> {
    prop_oneof![1u32..40, 60u32..70, 500u32..700].prop_flat_map(|length| {
        let column = proptest::collection::vec(-50i64..=50, length as usize);
        (
            proptest::collection::vec(column, 2..5),
            proptest::collection::vec((0u8..24, any::<usize>(), any::<usize>(), -9i64..9), 1..18),
            (1u64..2000, 1u64..2000),
            any::<u64>(),
        )
            .prop_map(move |(columns, steps, weather, seed)| Story {
                length,
                columns,
                steps,
                weather,
                seed,
            })
    })
}

fn fills_bits(op: &Op) -> bool {
    matches!(
        op,
        Op::Negative { .. } | Op::Zero { .. } | Op::Not { .. } | Op::Xor { .. } | Op::And { .. }
    )
}

/// The story's program; every register of it is revealed. Steps that the checks would refuse (for
/// lengths or ranges) are left out.
fn write(story: &Story) -> Option<(Program, Vec<Op>, usize)> {
    let rows = Rows { count: story.length, group: 0 };
    let owners = vec![rows; story.columns.len()];
    let columns: Vec<_> =
        (0..).zip(&story.columns).map(|(owner, _)| whole(owner, "x", story.length, 50)).collect();
    let mut ops: Vec<Op> = Vec::new();
    let mut best: Option<Program> = None;
    for (kind, left, right, constant) in &story.steps {
        let mut draft = Draft::new(owners.clone(), columns.clone());
        let mut known: Vec<Register> = (0..columns.len()).map(|at| draft.values(at)).collect();
        known.extend(ops.iter().map(|op| draft.push(*op)));
        let is_bits = |at: usize| at >= columns.len() && fills_bits(&ops[at - columns.len()]);
        let (of_bits, of_numbers): (Vec<usize>, Vec<usize>) =
            (0..known.len()).partition(|at| is_bits(*at));
        let pick = |from: &[usize], luck: usize| from.get(luck % from.len().max(1)).copied();
        let number = |luck| pick(&of_numbers, luck).map(|at| known[at]).expect("columns");
        // Before there are bits, what wants them is refused.
        let bit = |luck| pick(&of_bits, luck).map_or(known[0], |at| known[at]);
        let (a, b) = (number(*left), number(*right));
        let (bits, others) = (bit(left / 7), bit(right / 7));
        let block = u32::try_from(right % 7).expect("small") + 1;
        let shift = u8::try_from(left % 8).expect("small") + 1;
        let constant = *constant;
        let op = match kind {
            0 => Op::Add { a, b },
            1 => Op::Sub { a, b },
            2 => Op::AddPublic { a, constant },
            3 => Op::MulPublic { a, constant },
            4 => Op::Mul { a, b, shift: 0 },
            5 => Op::Dot { a, b, block, shift: 0 },
            6 => Op::Sum { a },
            7 => Op::Scale { a, constant: constant * 37, shift },
            8 => Op::Trunc { a, shift },
            9 => Op::Negative { a },
            10 => Op::Zero { a },
            11 => Op::Not { a: bits },
            12 => Op::Xor { a: bits, b: others },
            13 => Op::And { a: bits, b: others },
            14 => Op::Number { a: bits },
            15 => Op::Keep { bits, a },
            16 => Op::Gather {
                a,
                grid: Grid { from: block % 3, counts: [2, block, 1], steps: [1, 2, 9] },
            },
            17 => Op::Join { a, b },
            18 => Op::Fill { first: constant, step: 3, count: story.length },
            19 => Op::SumBlocks { a, block },
            20 => Op::Running { a, block },
            21 => {
                let (low, high) = draft.range(a);
                Op::Bound { a, low, high }
            }
            22 => {
                let size = Size { rows: 1, inner: draft.length(a), columns: 1 };
                let transposed =
                    if *left % 2 == 0 { Transposed::Neither } else { Transposed::Both };
                Op::Matmul { a, b, size, transposed, shift: 0 }
            }
            _ => Op::Select { bits, a, b },
        };
        known.push(draft.push(op));
        for (number, register) in known.iter().enumerate() {
            draft.reveal(0, *register, &format!("{number}"), 0, 1);
        }
        if let Ok(program) = draft.finish() {
            ops.push(op);
            best = Some(program);
        }
    }
    best.map(|program| (program, ops, columns.len()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    /// Truncated registers may be one too large, and what follows from them inherits that: their
    /// program is compared only up to there.
    #[test]
    fn any_program_computes_what_plain_arithmetic_does(story in story()) {
        let Some((program, ops, inputs)) = write(&story) else { return Ok(()) };
        let tables = story
            .columns
            .iter()
            .map(|column| {
                let values = column.iter().map(|value| *value as f64).collect();
                table(story.length, &[("x", values)])
            })
            .collect();
        let weather = Weather { piece: story.weather.0, credit: story.weather.1 };
        let mut world = World::new(&program, tables, weather, story.seed);
        world.run();

        let draft_register = |index: usize| {
            // Columns are plain, so registers count columns and operations in order.
            program.reveals()[index].register
        };
        let wanted = plain(&story.columns, &ops, draft_register);
        let mut is_exact = vec![true; inputs];
        for op in &ops {
            let place = |wanted: Register| {
                program.reveals().iter().position(|reveal| reveal.register == wanted)
            };
            let (operands, is_rounded) = match *op {
                Op::Add { a, b }
                | Op::Sub { a, b }
                | Op::Mul { a, b, .. }
                | Op::Dot { a, b, .. }
                | Op::Xor { a, b }
                | Op::And { a, b }
                | Op::Join { a, b }
                | Op::Matmul { a, b, .. }
                | Op::Keep { bits: b, a } => (vec![a, b], false),
                Op::AddPublic { a, .. }
                | Op::MulPublic { a, .. }
                | Op::Sum { a }
                | Op::Negative { a }
                | Op::Zero { a }
                | Op::Not { a }
                | Op::Number { a }
                | Op::Gather { a, .. }
                | Op::SumBlocks { a, .. }
                | Op::Running { a, .. }
                | Op::DealtBits { a, .. }
                | Op::Destinations { a }
                | Op::Permute { a, .. }
                | Op::Shuffle { a, .. }
                | Op::HeldBits { a, .. }
                | Op::Widen { a }
                | Op::Narrow { a }
                | Op::Bound { a, .. } => (vec![a], false),
                Op::Fill { .. } => (Vec::new(), false),
                Op::Select { bits, a, b } => (vec![bits, a, b], false),
                Op::Scale { a, .. } | Op::Trunc { a, .. } => (vec![a], true),
            };
            let sound = operands
                .iter()
                .all(|operand| place(*operand).is_some_and(|at| is_exact[at]));
            let at = is_exact.len();
            let got = &world.results()[at].values;
            if sound {
                for (got, want) in got.iter().zip(&wanted[at]) {
                    let above = got - *want as f64;
                    prop_assert!(above == 0.0 || (is_rounded && above == 1.0), "{op:?}: {above}");
                }
                prop_assert_eq!(got.len(), wanted[at].len());
            }
            is_exact.push(sound && !is_rounded);
        }
        for link in program.cost().links {
            let sent = world.sent.get(&(link.from, link.to)).copied().unwrap_or(0);
            prop_assert_eq!(sent, link.bytes.0, "{} to {}", link.from, link.to);
        }
        for (held, bound) in world.held.iter().zip(program.cost().memory) {
            prop_assert!(*held <= bound.0, "held {held}, bound {bound}");
        }
        prop_assert!(world.outcomes.values().all(|outcome| matches!(outcome, Outcome::Done(_))));
    }
}

#[test]
fn independent_operations_share_their_rounds() {
    let rows = Rows { count: 4, group: 0 };
    let mut draft = Draft::new(vec![rows], vec![whole(0, "x", 4, 1 << 20)]);
    let x = draft.values(0);
    for number in 0..50 {
        let square = draft.push(Op::Mul { a: x, b: x, shift: 0 });
        let cut = draft.push(Op::Trunc { a: square, shift: 5 });
        let cube = draft.push(Op::Mul { a: cut, b: x, shift: 7 });
        draft.reveal(0, cube, &format!("{number}"), 0, 1);
    }
    assert_eq!(draft.finish().expect("in range").cost().rounds, 5);
}

#[test]
fn progress_passes_through_every_phase_and_round() {
    let rows = Rows { count: 3, group: 0 };
    let mut draft = Draft::new(vec![rows], vec![whole(0, "x", 3, 100)]);
    let x = draft.values(0);
    let square = draft.push(Op::Mul { a: x, b: x, shift: 0 });
    let cut = draft.push(Op::Trunc { a: square, shift: 2 });
    draft.reveal(0, cut, "cut", 0, 1);
    let program = draft.finish().expect("valid");
    let tables = vec![table(3, &[("x", vec![1.0, 2.0, 3.0])])];
    let mut world = World::new(&program, tables, Weather { piece: 100, credit: 100 }, 1);
    world.run();
    let phases: Vec<Phase> =
        world.progress[&Peer::Party(0)].iter().map(|(phase, _, _)| *phase).collect();
    for round in 1..=3 {
        assert!(phases.contains(&Phase::Computing { round, rounds: 3 }), "{phases:?}");
    }
    assert_eq!(phases.first(), Some(&Phase::Inputs));
    assert_eq!(phases.last(), Some(&Phase::Revealing));
    assert!(phases.is_sorted());
}

#[test]
fn each_receiver_learns_its_own_results_and_no_others() {
    let rows = Rows { count: 2, group: 0 };
    let mut draft = Draft::new(vec![rows, rows], vec![whole(0, "a", 2, 9), whole(1, "b", 2, 9)]);
    let (a, b) = (draft.values(0), draft.values(1));
    let sum = draft.push(Op::Add { a, b });
    let product = draft.push(Op::Mul { a, b, shift: 0 });
    draft.reveal(0, sum, "sum", 0, 1);
    draft.reveal(1, product, "product", 0, 4);
    let program = draft.finish().expect("valid");
    let tables = vec![table(2, &[("a", vec![1.0, -2.0])]), table(2, &[("b", vec![5.0, 7.0])])];
    let mut world = World::new(&program, tables, Weather::FAIR, 9);
    world.run();
    assert_eq!(world.results()[0].values, [6.0, 5.0]);
    let Outcome::Done(results) = &world.outcomes[&Peer::Receiver(1)] else { panic!("no result") };
    assert_eq!(results.len(), 1);
    assert_eq!((results[0].name.as_str(), &results[0].values[..]), ("product", &[1.25, -3.5][..]));
}

#[test]
fn as_many_owners_and_receivers_as_there_may_be_take_part() {
    let rows = Rows { count: 1, group: 0 };
    let columns = (0..64).map(|owner| whole(owner, "x", 1, 100)).collect();
    let mut draft = Draft::new(vec![rows; 64], columns);
    let mut sum = draft.values(0);
    for at in 1..64 {
        sum = draft.push(Op::Add { a: sum, b: draft.values(at) });
    }
    for receiver in 0..64 {
        draft.reveal(receiver, sum, "sum", 0, 1);
    }
    let program = draft.finish().expect("at every limit");
    let tables = (0..64).map(|owner| table(1, &[("x", vec![f64::from(owner)])])).collect();
    let mut world = World::new(&program, tables, Weather::FAIR, 1);
    world.run();
    for receiver in (0..64).map(Peer::Receiver) {
        let Outcome::Done(results) = &world.outcomes[&receiver] else { panic!("no result") };
        assert_eq!(results[0].values, [2016.0]);
    }
}
