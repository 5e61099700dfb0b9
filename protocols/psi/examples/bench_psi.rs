//! What an intersection costs: `cargo x bench psi [ITEMS]`.
//!
//! One thread plays both parties. Figures are CPU time, the best of three runs (of one beyond 10^5 items); bytes are moved in memory.

#![expect(clippy::disallowed_macros, reason = "a benchmark prints its table")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads its command line")]

use bytes::Bytes;
use rustix::time::{ClockId, clock_gettime};
use std::collections::VecDeque;
use std::time::Duration;
use troupe_psi::{
    Agreement, Deadlines, Input, Learned, Mode, Outcome, Output, Party, Seat, Set, Side,
};
use troupe_types::{Hash, SessionId};
use troupe_wire::{Machine, Now, Seed, Sequential};

const SIDES: [Side; 2] = [Side::First, Side::Second];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let items: u64 = match words.as_slice() {
        [] => 100_000,
        [number] => number.parse().expect("a number of items"),
        _ => panic!("bench_psi wants one number of items"),
    };
    println!("{items} items of 16 digits each side, half of them common");
    println!("{:<24}{:>12}{:>12}{:>12}{:>14}", "", "CPU s, both", "us/item", "MB, both", "common");
    let modes = [
        ("one receiver", Mode::Rows { receiver: Side::First }),
        ("both, aligned", Mode::Aligned),
        ("count, one receiver", Mode::Count { receiver: Side::First }),
    ];
    for (name, mode) in modes {
        let count = if items > 100_000 { 1 } else { 3 };
        let runs: Vec<Run> = (0..count).map(|seed| run(mode, items, seed)).collect();
        let best = runs.iter().map(|run| run.time).min().unwrap_or_default();
        let per_item = best.as_secs_f64() * 1e6 / (2 * items) as f64;
        let bytes = runs[0].bytes as f64 / 1e6;
        println!(
            "{name:<24}{:>12.2}{per_item:>12.2}{bytes:>12.2}{:>14}",
            best.as_secs_f64(),
            runs[0].common
        );
    }
}

struct Run {
    time: Duration,
    bytes: u64,
    common: u64,
}

/// One intersection, from the items to the results.
fn run(mode: Mode, items: u64, seed: u64) -> Run {
    let start = cpu();
    let sets = [0, items / 2].map(|from| {
        let digits = |number: u64| format!("{:016}", number.wrapping_mul(7_919) % 10u64.pow(16));
        Set::new((from..from + items).map(digits)).expect("below the limit")
    });
    let sizes = [sets[0].len(), sets[1].len()];
    let agreement = Agreement { session: SessionId([7; 16]), terms: Hash::default(), mode, sizes };
    let seed = Seed::from_number(seed);
    let mut sides = SIDES.into_iter();
    let parties = sets.map(|set| {
        let side = sides.next().expect("two sets");
        let seat = Seat { agreement, side, deadlines: Deadlines::default() };
        let seed = seed.child("side", side as u64);
        Party::new(seat, set, &seed, Sequential, Now::default()).expect("agreed")
    });
    let mut world = World { parties, ends: [None, None], queue: VecDeque::new(), bytes: 0 };
    for at in [0, 1] {
        world.give(at, Some(Input::Credit(u64::MAX)));
    }
    while world.ends.iter().any(Option::is_none) {
        while let Some((to, bytes)) = world.queue.pop_front() {
            world.give(to, Some(Input::Bytes(bytes)));
        }
        for at in [0, 1] {
            world.give(at, None);
        }
    }
    let time = cpu().saturating_sub(start);
    let common = world.ends[0].as_ref().map(|outcome| match &outcome.learned {
        Learned::Nothing => 0,
        Learned::Count(count) => u64::from(*count),
        Learned::Rows(rows) | Learned::Aligned { rows, .. } => rows.len() as u64,
    });
    Run { time, bytes: world.bytes, common: common.unwrap_or_default() }
}

struct World {
    parties: [Party<Sequential>; 2],
    ends: [Option<Outcome>; 2],
    queue: VecDeque<(usize, Bytes)>,
    bytes: u64,
}

impl World {
    /// Gives a party an input, or a tick.
    fn give(&mut self, at: usize, input: Option<Input>) {
        let mut out = Vec::new();
        match input {
            Some(input) => self.parties[at].step(Now::default(), input, &mut out),
            None => self.parties[at].tick(Now::default(), &mut out),
        }
        for output in out {
            match output {
                Output::Send(bytes) => {
                    self.bytes += bytes.len() as u64;
                    self.queue.push_back((1 - at, bytes));
                }
                Output::Finished(outcome) => self.ends[at] = Some(outcome),
                Output::Failed(error) => panic!("side {at}: {error}"),
                Output::Progress { .. } => {}
            }
        }
    }
}

/// CPU time of this thread.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::from_nanos((time.tv_sec * 1_000_000_000 + time.tv_nsec).cast_unsigned())
}
