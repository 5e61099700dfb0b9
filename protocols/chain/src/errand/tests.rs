//! Errands on a chain that forgets, fills up, is used by others, and a process that falls at any step.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use troupe_types::{Address, Gas, Hash, Height, Millis};
use troupe_wire::{List, Machine, Now};

/// A transaction as the test's pool sees it.
#[derive(Clone, Debug)]
struct Tx {
    nonce: u64,
    fees: Fees,
    /// What it does: an errand, or nothing.
    id: Option<Hash>,
}

struct World {
    errands: Errands,
    now: Millis,
    log: Vec<Record>,
    blocks: Vec<Vec<Hash>>,
    known: BTreeMap<Hash, Tx>,
    pool: BTreeMap<u64, Hash>,
    nonce: u64,
    base_fee: u128,
    signed: u64,
    over: BTreeMap<Hash, Outcome>,
    done: BTreeMap<Hash, u32>,
    refuses: BTreeSet<Hash>,
    /// Outputs that are performed before the process falls.
    luck: usize,
    is_readable: bool,
}

fn id(number: u8) -> Hash {
    Hash([number; 32])
}

fn errand(number: u8) -> Errand {
    let input = List::new(vec![number]).unwrap();
    Errand { id: id(number), to: Address([1; 20]), value: 1, input, gas_limit: Gas(50_000) }
}

fn limits() -> Limits {
    Limits { waiting: 8, flying: 3, most: 1_000_000, ..Limits::default() }
}

impl World {
    fn new() -> Self {
        Self {
            errands: Errands::new(limits(), [], Now::default()),
            now: Millis::ZERO,
            log: Vec::new(),
            blocks: vec![Vec::new()],
            known: BTreeMap::new(),
            pool: BTreeMap::new(),
            nonce: 5,
            base_fee: 100,
            signed: 0,
            over: BTreeMap::new(),
            done: BTreeMap::new(),
            refuses: BTreeSet::new(),
            luck: usize::MAX,
            is_readable: true,
        }
    }

    fn time(&self) -> Now {
        Now { mono: self.now, ..Now::default() }
    }

    fn head(&self) -> Head {
        let height = Height(self.blocks.len() as u64 - 1);
        Head { height, nonce: self.nonce, base_fee: self.base_fee, tip: 2 }
    }

    fn feed(&mut self, input: Input) {
        let mut out = Vec::new();
        let now = self.time();
        self.errands.step(now, input, &mut out);
        self.perform(out);
    }

    fn tick(&mut self, passed: Millis) {
        self.now = self.now.plus(passed);
        let mut out = Vec::new();
        let now = self.time();
        self.errands.tick(now, &mut out);
        self.perform(out);
    }

    fn fall(&mut self) {
        self.luck = usize::MAX;
        // As its own file or as one that was written anew, it is the same.
        let again = Errands::new(limits(), self.log.clone(), self.time());
        if self.signed.is_multiple_of(2) {
            self.log = again.records();
        }
        self.errands = Errands::new(limits(), self.log.clone(), self.time());
        assert_eq!(self.errands.records(), again.records());
        let head = self.head();
        self.feed(Input::Head(head));
    }

    fn perform(&mut self, out: Vec<Output>) {
        for output in out {
            if self.luck == 0 {
                self.fall();
                return;
            }
            self.luck = self.luck.saturating_sub(1);
            match output {
                Output::Sign(request) => self.sign(request),
                Output::Persist(record) => {
                    let bytes = record.encode();
                    assert_eq!(Record::decode(&bytes).unwrap(), record);
                    for end in 0..bytes.len() {
                        assert!(Record::decode(&bytes[..end]).is_err(), "cut at {end}");
                    }
                    self.log.push(record);
                }
                Output::Send { hash, envelope } => {
                    assert_eq!(envelope, hash.0);
                    self.send(hash);
                }
                Output::Read { height, hashes } => self.read(height, &hashes),
                Output::Over { id, outcome } => {
                    let before = self.over.insert(id, outcome);
                    assert!(before.is_none_or(|before| before == outcome), "two ends");
                }
                Output::Busy { .. } => {}
            }
        }
    }

    fn sign(&mut self, request: Request) {
        self.signed += 1;
        let mut hash = [0xff; 32];
        hash[..8].copy_from_slice(&self.signed.to_le_bytes());
        let id = request.to.map(|_| id(request.input[0]));
        let factor = if request.to.is_some() { 1 } else { 4 };
        assert!(request.fees.most <= factor * limits().most);
        let tx = Tx { nonce: request.nonce, fees: request.fees, id };
        self.known.insert(Hash(hash), tx);
        let envelope = hash.to_vec();
        self.feed(Input::Signed { nonce: request.nonce, hash: Hash(hash), envelope });
    }

    fn send(&mut self, hash: Hash) {
        let tx = &self.known[&hash];
        let is_on_disk = self
            .log
            .iter()
            .any(|record| matches!(record, Record::Signed { hash: other, .. } if *other == hash));
        assert!(is_on_disk, "sent before it was on the disk");
        if tx.id.is_some_and(|id| self.refuses.contains(&id)) {
            self.feed(Input::Refused { hash, reason: Refusal::Never });
            return;
        }
        let present = self.pool.get(&tx.nonce).map(|other| self.known[other].fees);
        let is_better =
            present.is_none_or(|present| tx.fees.most > present.most + present.most / 10);
        if tx.nonce >= self.nonce && is_better {
            self.pool.insert(tx.nonce, hash);
        } else {
            self.feed(Input::Refused { hash, reason: Refusal::NotNow });
        }
    }

    fn read(&mut self, height: Height, hashes: &[Hash]) {
        if !self.is_readable {
            self.feed(Input::Unreadable { height });
            return;
        }
        let block = &self.blocks[usize::try_from(height.0).unwrap()];
        let wanted = (0..).zip(block).filter(|(_, hash)| hashes.contains(hash));
        let found = wanted.map(|(index, hash)| Found {
            hash: *hash,
            index,
            has_succeeded: true,
            gas_used: Gas(21_000),
        });
        let found = found.collect();
        self.feed(Input::Block { height, found });
    }

    /// A block with whatever the pool has in order, at most so many.
    fn mine(&mut self, most: usize) {
        let mut block = Vec::new();
        while let Some(hash) = self.pool.remove(&self.nonce) {
            let tx = &self.known[&hash];
            if block.len() == most || tx.fees.most < self.base_fee {
                self.pool.insert(self.nonce, hash);
                break;
            }
            if let Some(id) = tx.id {
                *self.done.entry(id).or_default() += 1;
            }
            self.nonce += 1;
            block.push(hash);
        }
        self.blocks.push(block);
        let head = self.head();
        self.feed(Input::Head(head));
    }

    /// Somebody else signs with the same key.
    fn stranger(&mut self) {
        self.signed += 1;
        let mut hash = [0xee; 32];
        hash[..8].copy_from_slice(&self.signed.to_le_bytes());
        let fees = Fees { tip: 1, most: 900_000 };
        self.known.insert(Hash(hash), Tx { nonce: self.nonce, fees, id: None });
        self.pool.insert(self.nonce, Hash(hash));
    }

    fn end_well(&mut self) {
        self.luck = usize::MAX;
        self.is_readable = true;
        self.base_fee = 100;
        for _ in 0..100 {
            self.tick(Millis::secs(11));
            self.mine(usize::MAX);
        }
        assert_eq!(self.errands.open(), 0);
        // Whoever fell in between asks again, and is told.
        for number in 0..12 {
            if self.done.contains_key(&id(number)) {
                self.feed(Input::Submit(errand(number)));
            }
        }
        for (id, outcome) in &self.over {
            let times = self.done.get(id).copied().unwrap_or(0);
            match outcome {
                Outcome::Included { .. } => assert_eq!(times, 1, "{id}"),
                Outcome::Withdrawn => assert_eq!(times, 0, "{id}"),
            }
        }
        for (id, times) in &self.done {
            assert_eq!((*times, self.over.contains_key(id)), (1, true), "{id}");
        }
    }
}

#[derive(Clone, Debug)]
enum Happening {
    Submit(u8),
    Mine(usize),
    Stranger,
    Forget,
    Pass(u64),
    Fall,
    FallAfter(usize),
    Fees(u128),
    Readable(bool),
    Refuse(u8),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => (0u8..12).prop_map(Happening::Submit),
        6 => (0usize..4).prop_map(Happening::Mine),
        1 => Just(Happening::Stranger),
        1 => Just(Happening::Forget),
        3 => prop_oneof![Just(1), Just(10_000), Just(11_000), Just(600_000)].prop_map(Happening::Pass),
        1 => Just(Happening::Fall),
        2 => (0usize..6).prop_map(Happening::FallAfter),
        1 => (1u128..500_000).prop_map(Happening::Fees),
        1 => any::<bool>().prop_map(Happening::Readable),
        1 => (0u8..12).prop_map(Happening::Refuse),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn an_errand_has_its_effect_once_and_is_told_so_or_never_and_is_told_that(
        happenings in proptest::collection::vec(happening(), 1..60),
    ) {
        let mut world = World::new();
        for happening in happenings {
            match happening {
                Happening::Submit(number) => world.feed(Input::Submit(errand(number))),
                Happening::Mine(most) => world.mine(most),
                Happening::Stranger => world.stranger(),
                Happening::Forget => world.pool.clear(),
                Happening::Pass(millis) => world.tick(Millis(millis)),
                Happening::Fall => world.fall(),
                Happening::FallAfter(outputs) => world.luck = outputs,
                Happening::Fees(base_fee) => world.base_fee = base_fee,
                Happening::Readable(is_readable) => world.is_readable = is_readable,
                Happening::Refuse(number) => { world.refuses.insert(id(number)); }
            }
        }
        world.end_well();
    }
}

#[test]
fn errands_are_in_the_next_block_in_their_order() {
    let mut world = World::new();
    world.mine(0);
    for number in 1..=3 {
        world.feed(Input::Submit(errand(number)));
    }
    world.mine(usize::MAX);
    let outcome = |number| match world.over[&id(number)] {
        Outcome::Included { height, index, .. } => (height.0, index),
        Outcome::Withdrawn => panic!("withdrawn"),
    };
    assert_eq!([1, 2, 3].map(outcome), [(2, 0), (2, 1), (2, 2)]);
    // Whoever asks again hears the same, and nothing is signed for it.
    let (signed, over) = (world.signed, world.over.clone());
    world.over.clear();
    world.feed(Input::Submit(errand(2)));
    assert_eq!((world.signed, world.over[&id(2)]), (signed, over[&id(2)]));
}

#[test]
fn who_waits_too_long_offers_an_eighth_more_under_the_same_nonce() {
    let mut world = World::new();
    world.mine(0);
    world.feed(Input::Submit(errand(1)));
    world.base_fee = 10_000;
    let fees =
        |world: &World| world.known.values().map(|tx| (tx.nonce, tx.fees.most)).collect::<Vec<_>>();
    assert_eq!(fees(&world), [(5, 202)]);
    // It is below what the next block wants.
    world.mine(1);
    world.tick(Millis::secs(10));
    assert_eq!(fees(&world), [(5, 202), (5, 20_002)]);
    // It is enough, and maybe the pool has lost it.
    world.pool.clear();
    world.tick(Millis::secs(10));
    assert_eq!((fees(&world).len(), world.pool.len()), (2, 1));
    // Nobody knows why, but it does not get in.
    world.tick(Millis::secs(60));
    assert_eq!(fees(&world), [(5, 202), (5, 20_002), (5, 22_503)]);
    world.mine(1);
    assert!(matches!(world.over[&id(1)], Outcome::Included { .. }));
}

#[test]
fn what_takes_too_long_is_replaced_by_nothing() {
    let mut world = World::new();
    world.mine(0);
    world.feed(Input::Submit(errand(1)));
    for _ in 0..60 {
        world.tick(Millis::secs(10));
        world.mine(0);
    }
    world.tick(Millis::secs(10));
    world.mine(1);
    assert_eq!(world.over[&id(1)], Outcome::Withdrawn);
    assert_eq!((world.nonce, world.done.len()), (6, 0));
}

#[test]
fn more_than_may_wait_are_refused() {
    let mut errands = Errands::new(limits(), [], Now::default());
    let mut out = Vec::new();
    for number in 0..9 {
        errands.step(Now::default(), Input::Submit(errand(number)), &mut out);
    }
    assert_eq!(out.last(), Some(&Output::Busy { id: id(8) }));
    assert_eq!(errands.open(), 8);
}
