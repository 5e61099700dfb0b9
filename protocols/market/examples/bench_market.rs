//! What the market's rules cost besides the state that they work on: `cargo x bench market`.
//!
//! A thousand compute nodes, as many as there may be, and 400 tasks, over a world in memory. One thread; figures are CPU time.
//! Of blocks the one that takes longest is shown.
#![expect(clippy::disallowed_macros, reason = "a benchmark prints its table")]

use ed25519_dalek::{Signer, SigningKey};
use rustix::time::{ClockId, clock_gettime};
use troupe_crypto::hash::keccak256;
use troupe_market::block::{self, Facts};
use troupe_market::data::{self, Askers, Listing, Policy};
use troupe_market::task::{self, Declaration, Phase, Spans, Task};
use troupe_market::{Moment, Rules, node};
use troupe_records::{Memory, World as _};
use troupe_types::{Address, Hash, Height, Millis, NodeId, UnixMillis};
use troupe_wire::{List, Text};

const LAT: u128 = 1_000_000_000_000_000_000;
const TASKS: u64 = 400;

fn account(number: u64) -> Address {
    let [head @ .., _, _, _, _, _, _, _, _, _, _, _, _] = keccak256(number.to_be_bytes()).0;
    Address(head)
}

fn cpu_millis() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

fn row(name: &str, value: f64, unit: &str) {
    println!("{name:<48} {value:>10.3} {unit}");
}

/// A block that begins a view.
fn next(world: &mut Memory, now: &mut Moment) {
    now.height = Height(now.height.0 + 1);
    now.time = UnixMillis(now.time.0 + 1);
    let word = keccak256(now.height.0.to_be_bytes());
    block::begin(world, true);
    block::end(world, &Facts { now: *now, word });
    world.events.clear();
}

fn begin(now: &Moment) -> Memory {
    let mut world = Memory::default();
    Rules::default().lay_down(&mut world);
    for number in 0..=node::MAX_NODES {
        world.mint(account(number), 1_000_000 * LAT);
    }
    let policy = Policy {
        askers: Askers::Anyone,
        algorithms: 1,
        engines: 2,
        least_rows: 1,
        least_group: 1,
        named: List::default(),
        excluded: List::default(),
        is_own_party: false,
        expires: None,
    };
    let (node, schema, content) = (NodeId([1; 32]), Hash([1; 32]), Hash([1; 32]));
    let name = Text::cut("rows");
    let listing = Listing { node, name, schema, rows: 9, content, price: LAT, policy };
    data::publish(&mut world, account(0), listing, now).expect("it is complete");
    world
}

fn declaration() -> Declaration {
    let span = Millis(1_000_000);
    Declaration {
        terms: Hash([7; 32]),
        datasets: vec![1],
        algorithms: 1,
        engine: 1,
        least_rows: 1,
        least_group: 1,
        receivers: List::new(vec![account(0)]).expect("one is not too many"),
        excluded: List::default(),
        after: 0,
        fee: LAT,
        prices: LAT,
        spans: Spans { consent: span, accept: span, start: span, compute: span, settle: span },
    }
}

fn main() {
    let mut now = Moment { chain_id: 1, height: Height(1), time: UnixMillis(1_800_000_000_000) };
    let mut world = begin(&now);
    let mut took = 0.0;
    for number in 1..=node::MAX_NODES {
        let secret = SigningKey::from_bytes(&keccak256(number.to_be_bytes()).0);
        let key = secret.verifying_key().to_bytes();
        let digest = node::registration(1, account(number), &key);
        let keys = (key, secret.sign(&digest.0).to_bytes());
        let stake = (1_000 + u128::from(number)) * LAT;
        let before = cpu_millis();
        node::register(&mut world, account(number), keys, (1_000, stake), &now)
            .expect("it is rich");
        took += cpu_millis() - before;
    }
    row("register a compute node", took * 1e3 / node::MAX_NODES as f64, "us");
    (0..5).for_each(|_| next(&mut world, &mut now));
    let before = cpu_millis();
    for _ in 0..TASKS {
        let number = task::declare(&mut world, account(0), declaration(), &now);
        let number = number.expect("it is complete");
        task::authorise(&mut world, account(0), number, &now).expect("it is declared");
    }
    row("declare and authorise a task", (cpu_millis() - before) * 1e3 / TASKS as f64, "us");
    let (mut most, mut all, mut blocks) = (0f64, 0f64, 0u32);
    while Task::of(&mut world, TASKS).is_some_and(|last| last.phase <= Phase::Draw) {
        let before = cpu_millis();
        next(&mut world, &mut now);
        let took = cpu_millis() - before;
        most = most.max(took);
        all += took;
        blocks += 1;
    }
    row("a block that elects parties of 8 tasks", most, "ms at most");
    println!("{TASKS} elections in {blocks} blocks, {all:.1} ms");
    assert_eq!(world.broken, None);
}
