//! What the hot loops cost: `cargo x bench mpc`.
//!
//! One thread plays all parts. Figures are CPU time, the best of several runs. Transport is not in
//! them: bytes are moved in memory.

#![expect(clippy::disallowed_macros, reason = "a benchmark prints its table")]

#[path = "../tests/common/steps.rs"]
mod steps;

use bytes::Bytes;
use rustix::time::{ClockId, clock_gettime};
use std::collections::{BTreeMap, VecDeque};
use std::hint::black_box;
use std::time::Duration;
use steps::{SMALL, Step, program, secured};
use troupe_mpc::prg::{KEY, Key, Prg, Purpose};
use troupe_mpc::program::{
    Column, Cost, Draft, Form, KEYS, Keyed, Op, Register, Rows, Security, Size,
};
use troupe_mpc::rep3::{Keys, Local, Share, TILE};
use troupe_mpc::{
    Deadlines, Fixed, Input, Output, Owner, Party, Peer, Place, Program, Receiver, Table,
};
use troupe_types::{Hash, Millis, SessionId};
use troupe_wire::{Machine, Now, Seed, Text};

const PLACE: Place = Place { session: SessionId([1; 16]), terms: Hash([0; 32]) };

fn main() {
    println!("{:<48}{:>12}{:>14}", "CPU time", "ns/element", "elements/s");
    primitives();
    for (name, elements, runs) in [("1e6", 1_000_000, 7), ("1e7", 10_000_000, 3)] {
        let time = added(runs, elements, Step::Mul(0));
        line(&format!("mul {name}, all three parties"), elements, time);
    }
    let million = 1_000_000;
    let fixed = added(7, million, Step::Mul(16));
    line("fixed mul 1e6 (f = 16), all three parties", million, fixed);
    let dot = added(7, million, Step::Dot);
    line("dot 1e6, all three parties", million, dot);
    let trunc = added(7, million, Step::Trunc);
    line("trunc 1e6, all three parties", million, trunc);
    println!();
    matmul(1000);
    functions(100_000);
    compare(1_000_000);
    proven(1_000_000);
    wide(1_000_000);
    join(1 << 16);
    chain(128, 300);
    chain(1, 300);
    let shared = best(7, || sharing(million));
    line("sharing 1e6, owner alone", million, shared);
}

/// Comparisons of numbers of 63 and of 32 bits, and what follows them.
fn compare(elements: usize) {
    for width in [62, 31] {
        for (name, steps) in [
            ("less", vec![Step::Sub, Step::Negative]),
            ("equal", vec![Step::Sub, Step::Zero]),
            ("min", vec![Step::Sub, Step::Negative, Step::Select]),
        ] {
            let name = format!("{name} {elements:e}, {} bits, all three parties", width + 1);
            line(&name, elements, added_by(5, elements, width, &steps));
            let (program, _) = program(elements, width, &steps);
            let (before, _) = self::program(elements, width, &[]);
            let (cost, free) = (program.cost(), before.cost());
            let more = |party| (cost.sent(party).0 - free.sent(party).0) as f64 / elements as f64;
            let [a, b, c] = [0, 1, 2].map(|party| more(Peer::Party(party)));
            println!("    {} rounds, bytes an element: {a:.2} {b:.2} {c:.2}", cost.rounds);
        }
    }
}

/// The product of two square matrices of fixed-point numbers.
fn matmul(side: u32) {
    let elements = (side * side) as usize;
    let size = Size { rows: side, inner: side, columns: side };
    let time = added(3, elements, Step::Matmul(size));
    line(&format!("fixed matmul {side} x {side}, all three parties"), elements, time);
    let products = 6.0 * (elements as f64) * f64::from(side);
    println!(
        "    {:.2} s, {:.2} products/ns",
        time.as_secs_f64(),
        products / time.as_nanos() as f64
    );
}

/// What is made of numbers of 16 fraction bits, between 1 and 1000.
fn functions(elements: usize) {
    type Write = fn(&mut Draft, Register) -> Register;
    let all: [(&str, Write); 8] = [
        ("relu", Draft::relu),
        ("argmax of tens", |draft, a| draft.argmax(a, 10).0),
        ("spline sigmoid", |draft, a| draft.sigmoid(a, Fixed::default(), Fixed::default())),
        ("exact sigmoid", |draft, a| draft.exact_sigmoid(a, Fixed::default(), Fixed::default())),
        ("reciprocal", |draft, a| draft.reciprocal(a, Fixed::default(), Fixed::default())),
        ("square root", |draft, a| draft.sqrt(a, Fixed::default(), Fixed::default())),
        ("logarithm", |draft, a| draft.ln(a, Fixed::default(), Fixed::default())),
        ("sort by 26 bits", |draft, a| draft.sort_by(a, &[a])[0]),
    ];
    for (name, write) in all {
        let length = u32::try_from(elements).expect("few");
        let column = |name: &str, length| Column {
            owner: 0,
            name: Text::new(name).expect("short"),
            length,
            fraction: 16,
            low: 1 << 16,
            high: 1000 << 16,
            form: Form::Plain,
        };
        let columns = vec![column("a", length), column("one", 1)];
        let build = |write: Option<Write>| {
            let mut draft = Draft::new(vec![Rows { count: length, group: 0 }], columns.clone());
            let a = draft.values(0);
            if let Some(write) = write {
                write(&mut draft, a);
            }
            draft.reveal(0, draft.values(1), "one", 16, 1);
            draft.finish().expect("in range")
        };
        let values: Vec<f64> = (0..elements).map(|at| 1.0 + (at * 7 % 999) as f64).collect();
        let columns = [("a".to_owned(), values), ("one".to_owned(), vec![1.0])];
        let run = |program: &Program| {
            best(2, || {
                let mut world = World::new(program, BTreeMap::from(columns.clone()));
                world.run();
                world.parties_time
            })
        };
        let (with, without) = (build(Some(write)), build(None));
        let time = run(&with).saturating_sub(run(&without));
        line(&format!("{name} of 1e5, all three parties"), elements, time);
        let sent = |program: &Program| program.cost().sent(Peer::Party(0)).0;
        let bytes = (sent(&with) - sent(&without)) as f64 / elements as f64;
        println!("    {} rounds, {bytes:.1} bytes an element and party", with.cost().rounds);
    }
}

/// What parties need to prove what they send, and the bytes of all of it.
fn proven(elements: usize) {
    let side = u32::try_from(elements.isqrt()).expect("a small square");
    let size = Size { rows: side, inner: side, columns: side };
    for (name, width, steps) in [
        ("mul", SMALL, vec![Step::Mul(0)]),
        ("fixed mul (f = 16)", SMALL, vec![Step::Mul(16)]),
        ("less, 63 bits", 62, vec![Step::Sub, Step::Negative]),
        ("less, 32 bits", 31, vec![Step::Sub, Step::Negative]),
        ("fixed product of square matrices", SMALL, vec![Step::Matmul(size)]),
    ] {
        let run = |steps: &[Step]| {
            let (program, columns) = secured(Security::Malicious, elements, width, steps);
            best(3, || {
                let mut world = World::new(&program, columns.clone());
                world.run();
                world.parties_time
            })
        };
        let time = run(&steps).saturating_sub(run(&[]));
        line(&format!("proven {name} {elements:e}, all three parties"), elements, time);
        let (program, _) = secured(Security::Malicious, elements, width, &steps);
        let (free, _) = secured(Security::Malicious, elements, width, &[]);
        let (cost, free) = (program.cost(), free.cost());
        let [a, b, c] = [0, 1, 2].map(|party| {
            let sent = |cost: &Cost| cost.sent(Peer::Party(party)).0;
            (sent(&cost) - sent(&free)) as f64 / elements as f64
        });
        let memory = cost.memory[0].0 >> 20;
        println!(
            "    {} rounds and {} to check, bytes an element: {a:.2} {b:.2} {c:.2}, {memory} MiB",
            cost.rounds, cost.checks
        );
    }
}

/// What wide numbers take, and a shuffle, with both engines.
fn wide(elements: usize) {
    type Write = fn(&mut Draft, Register, Register) -> Register;
    let all: [(&str, Write); 5] = [
        ("shuffle", |draft, a, _| draft.push(Op::Shuffle { a, columns: 1 })),
        ("wide mul", |draft, _, b| draft.push(Op::Mul { a: b, b, shift: 0 })),
        ("wide dot", |draft, _, b| draft.push(Op::Dot { a: b, b, block: u32::MAX, shift: 0 })),
        ("widen", |draft, a, _| draft.push(Op::Widen { a })),
        ("wide trunc", |draft, _, b| draft.push(Op::Trunc { a: b, shift: 16 })),
    ];
    let length = u32::try_from(elements).expect("few");
    let column = |name: &str, form| Column {
        owner: 0,
        name: Text::new(name).expect("short"),
        length,
        fraction: 0,
        low: -1 << 50,
        high: 1 << 50,
        form,
    };
    let columns = vec![column("a", Form::Plain), column("b", Form::Wide)];
    let values: Vec<f64> = (0..elements).map(|at| (at * 7 % 999) as f64 * 1e12).collect();
    let tables = ["a", "b"].map(|name| (name.to_owned(), values.clone()));
    for security in [Security::SemiHonest, Security::Malicious] {
        for (name, write) in all {
            let build = |write: Option<Write>| {
                let mut draft = Draft::new(vec![Rows { count: length, group: 0 }], columns.clone());
                draft.secure(security);
                let (a, b) = (draft.values(0), draft.values(1));
                if let Some(write) = write {
                    write(&mut draft, a, b);
                }
                let one = draft.slice(a, 0, 1);
                draft.reveal(0, one, "one", 0, 1);
                draft.finish().expect("in range")
            };
            let run = |program: &Program| {
                best(3, || {
                    let mut world = World::new(program, BTreeMap::from(tables.clone()));
                    world.run();
                    world.parties_time
                })
            };
            let (with, without) = (build(Some(write)), build(None));
            let time = run(&with).saturating_sub(run(&without));
            line(&format!("{name} {elements:e}, {security:?}"), elements, time);
            let (cost, free) = (with.cost(), without.cost());
            let more = |party| (cost.sent(party).0 - free.sent(party).0) as f64 / elements as f64;
            let [a, b, c] = [0, 1, 2].map(|party| more(Peer::Party(party)));
            let (rounds, memory) = (cost.rounds, cost.memory[0].0 >> 20);
            println!("    {rounds} rounds, bytes an element: {a:.2} {b:.2} {c:.2}, {memory} MiB");
        }
    }
}

/// What it takes to join two tables of so many rows, each with a column, half of which are common.
fn join(rows: u32) {
    let names = ["key", "check", "value", "other key", "other check", "other value"];
    let column = |name: &str| Column {
        owner: 0,
        name: Text::new(name).expect("short"),
        length: rows,
        fraction: 0,
        low: 0,
        high: if name.ends_with("value") { rows.into() } else { KEYS - 1 },
        form: Form::Plain,
    };
    let columns = names.map(column).to_vec();
    let values = |step: u32| -> Vec<f64> { (0..rows).map(|at| f64::from(at * step)).collect() };
    let step = |name: &str| match name {
        "key" => 2,
        "check" | "other check" => 0,
        _ => 1,
    };
    let tables = names.map(|name| (name.to_owned(), values(step(name))));
    for security in [Security::SemiHonest, Security::Malicious] {
        let mut draft = Draft::new(vec![Rows { count: rows, group: 0 }], columns.clone());
        draft.secure(security);
        let all: Vec<Register> = (0..6).map(|column| draft.values(column)).collect();
        let left = Keyed { key: all[0], check: all[1], columns: &all[2..3] };
        let right = Keyed { key: all[3], check: all[4], columns: &all[5..6] };
        // Of the first table's keys 0, 2, 4, ... half are the second's.
        let joined = draft.join(left, right, rows / 2);
        let sum = draft.push(Op::Sum { a: joined.left[0] });
        draft.reveal(0, joined.is_so_many, "so many", 0, 1);
        draft.reveal(0, sum, "sum", 0, 1);
        let program = draft.finish().expect("in range");
        let time = best(1, || {
            let mut world = World::new(&program, BTreeMap::from(tables.clone()));
            world.run();
            world.parties_time
        });
        line(&format!("join of twice {rows}, {security:?}, a row"), rows as usize, time);
        let cost = program.cost();
        let sent = cost.sent(Peer::Party(0)).0 / u64::from(rows);
        let (rounds, checks, memory) = (cost.rounds, cost.checks, cost.memory[0].0 >> 20);
        println!("    {rounds} rounds and {checks} to check, {sent} bytes a row, {memory} MiB");
    }
}

/// Minima of minima: what rounds cost where vectors are small.
fn chain(elements: u32, count: u32) {
    let column = |name: &str| Column {
        owner: 0,
        name: Text::new(name).expect("short"),
        length: elements,
        fraction: 0,
        low: -1 << 30,
        high: 1 << 30,
        form: Form::Plain,
    };
    let rows = Rows { count: elements, group: 0 };
    let mut draft = Draft::new(vec![rows], vec![column("a"), column("b")]);
    let (mut last, other) = (draft.values(0), draft.values(1));
    for _ in 0..count {
        last = draft.min(last, other);
    }
    draft.reveal(0, last, "least", 0, 1);
    let program = draft.finish().expect("in range");
    let values: Vec<f64> = (0..elements).map(f64::from).collect();
    let columns = ["a", "b"].map(|name| (name.to_owned(), values.clone()));
    let time = best(5, || {
        let mut world = World::new(&program, BTreeMap::from(columns.clone()));
        world.run();
        world.parties_time
    });
    let name = format!("min of {elements}, {count} times, all three parties");
    line(&name, (elements * count) as usize, time);
    let micros = time.as_secs_f64() * 1e6 / f64::from(program.cost().rounds);
    println!("    {} rounds, {micros:.2} us a round", program.cost().rounds);
}

fn primitives() {
    let count = 1_000_000;
    let key = |party| Key::derive(&[party; KEY], Purpose::Pair { party }, PLACE, Hash([0; 32]));
    let mut prg = Prg::new(&key(0));
    let mut tile = [0; TILE];
    let stream = best(9, || {
        let lane = prg.lane();
        timed(|| {
            for from in (0..count).step_by(TILE) {
                prg.fill(&lane, from, &mut tile);
                black_box(&tile);
            }
        })
    });
    line("PRG, AES-128 in counter mode", count, stream);

    let share = |seed: u64| Share {
        own: (0..count as u64).map(|at| at.wrapping_mul(seed)).collect(),
        next: (0..count as u64).map(|at| at.wrapping_mul(seed + 2)).collect(),
    };
    let (x, y) = (share(0x9e37_79b9_7f4a_7c15), share(0xd1b5_4a32_d192_ed03));
    let mut out = vec![0; count];
    let cross = best(9, || timed(|| Local::Product(&x, &y).fill(0, black_box(&mut out))));
    line("cross terms of a product", count, cross);

    let mut keys = Keys::new(&key(0), &key(1));
    let product = best(9, || {
        let lanes = keys.lanes();
        timed(|| {
            for (index, tile) in out.chunks_mut(TILE).enumerate() {
                Local::Product(&x, &y).fill(index * TILE, tile);
                keys.mask(&lanes, index * TILE, tile);
            }
            black_box(&out);
        })
    });
    line("local product with masks, one party", count, product);

    let dot = best(9, || {
        timed(|| {
            let mut sum = [0];
            Local::Dot(&x, &y, count).fill(0, &mut sum);
            black_box(sum);
        })
    });
    line("local dot product, one party", count, dot);

    let values: Vec<f64> = (0..count).map(|at| at as f64 * 0.37 - 1e5).collect();
    let encode = best(9, || {
        timed(|| {
            black_box(Fixed::default().encode(black_box(&values)).expect("far below 2^62"));
        })
    });
    line("fixed-point encoding", count, encode);
}

fn best(runs: usize, mut run: impl FnMut() -> Duration) -> Duration {
    (0..runs).map(|_| run()).min().unwrap_or_default()
}

/// CPU time of this thread.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::from_nanos((time.tv_sec * 1_000_000_000 + time.tv_nsec).cast_unsigned())
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = cpu();
    work();
    cpu().saturating_sub(start)
}

fn line(name: &str, elements: usize, time: Duration) {
    let nanos = time.as_secs_f64() * 1e9 / elements as f64;
    println!("{name:<48}{nanos:>12.2}{:>14.3e}", 1e9 / nanos);
}

/// Machines of one session and the chunks between them.
struct World {
    parties: Vec<Party>,
    owner: Owner,
    receiver: Receiver,
    queue: VecDeque<(Peer, Peer, Bytes)>,
    parties_time: Duration,
    owner_time: Duration,
}

impl World {
    fn new(program: &Program, columns: BTreeMap<String, Vec<f64>>) -> Self {
        let now = Now::default();
        let seed = Seed::from_number(1);
        let party = |index: u8| {
            let seed = seed.child("party", index.into());
            Party::new(PLACE, program.clone(), index, Deadlines::default(), &seed, now)
                .expect("a place")
        };
        let rows = program.owners()[0].count;
        let table = Table { rows, alignment: Hash::default(), columns };
        let deadline = Millis::secs(600);
        let owner = Owner::new(PLACE, program, 0, table, deadline, &seed, now);
        let receiver = Receiver::new(PLACE, program.clone(), 0, deadline, now);
        Self {
            parties: (0..3).map(party).collect(),
            owner: owner.expect("a good table"),
            receiver: receiver.expect("a place"),
            queue: VecDeque::new(),
            parties_time: Duration::ZERO,
            owner_time: Duration::ZERO,
        }
    }

    fn party(&mut self, index: u8, input: Input) {
        let mut out = Vec::new();
        let party = &mut self.parties[usize::from(index)];
        self.parties_time += timed(|| party.step(Now::default(), input, &mut out));
        self.post(Peer::Party(index), out);
    }

    fn post<T>(&mut self, from: Peer, out: Vec<Output<T>>) {
        for output in out {
            match output {
                Output::Send { to, bytes } => self.queue.push_back((from, to, bytes)),
                Output::Failed(error) => panic!("{from}: {error}"),
                Output::Progress { .. } | Output::Sign(_) | Output::Finished(_) => {}
            }
        }
    }

    fn run(&mut self) {
        let bytes = u64::MAX;
        for index in 0..3 {
            for other in (0..3).filter(|other| *other != index) {
                self.party(index, Input::Credit { to: Peer::Party(other), bytes });
            }
            self.party(index, Input::Credit { to: Peer::Receiver(0), bytes });
        }
        for index in 0..3 {
            let mut out = Vec::new();
            let credit = Input::Credit { to: Peer::Party(index), bytes };
            self.owner_time += timed(|| self.owner.step(Now::default(), credit, &mut out));
            self.post(Peer::Owner(0), out);
        }
        while let Some((from, to, bytes)) = self.queue.pop_front() {
            match to {
                Peer::Party(index) => self.party(index, Input::Bytes { from, bytes }),
                Peer::Receiver(_) => {
                    let mut out = Vec::new();
                    self.receiver.step(Now::default(), Input::Bytes { from, bytes }, &mut out);
                    if let Some(Output::Failed(error)) = out.last() {
                        panic!("receiver: {error}");
                    }
                }
                Peer::Owner(_) => {}
            }
        }
    }
}

/// The time of all three parties, from the first byte to the last.
fn parties(elements: usize, width: u8, steps: &[Step]) -> Duration {
    let (program, columns) = program(elements, width, steps);
    let mut world = World::new(&program, columns);
    world.run();
    world.parties_time
}

/// The time that a step adds for all three parties, its messages included.
fn added(runs: usize, elements: usize, step: Step) -> Duration {
    added_by(runs, elements, SMALL, &[step])
}

/// The time that steps add.
fn added_by(runs: usize, elements: usize, width: u8, steps: &[Step]) -> Duration {
    let with = best(runs, || parties(elements, width, steps));
    let without = best(runs, || parties(elements, width, &[]));
    with.saturating_sub(without)
}

/// The time to share one column, owner and parties together.
fn sharing(elements: usize) -> Duration {
    let (program, columns) = program(elements, SMALL, &[]);
    let mut world = World::new(&program, columns);
    world.run();
    world.owner_time / 2
}
