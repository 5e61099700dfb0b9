//! A run of two hundred blocks that ends at every call it makes to its disk.

use crate::kit::{Acknowledged, check, go_on, open};
use troupe_runtime::sim::{Disk, DiskFault, Tear};
use troupe_storage::index::MemoryShelf;
use troupe_storage::{Error, IndexWas};
use troupe_wire::Seed;

const BLOCKS: u64 = 200;

struct Machine {
    disk: Disk,
    shelf: MemoryShelf,
    boot: u8,
}

impl Machine {
    fn new(seed: u64) -> Self {
        let (disk, shelf) = (Disk::new(&Seed::from_number(seed)), MemoryShelf::default());
        Self { disk, shelf, boot: 1 }
    }

    /// One process, as long as it lives.
    fn run(&self, to: u64, done: &mut Acknowledged) -> Result<(), Error> {
        let (mut store, _) = open(self.disk.mount(), &self.shelf, self.boot)?;
        go_on(&mut store, to, done)
    }

    /// The power was lost: another boot, and an index of which anything may be gone.
    fn lose_power(&mut self, tear: Tear, seed: u64) {
        self.disk.lose_power(tear);
        self.boot += 1;
        let mut luck = Seed::from_number(seed).stream("index");
        match seed % 3 {
            0 => self.shelf.break_open(),
            1 => self.shelf.lose(|_| luck.chance(1, 2)),
            _ => self.shelf.lose(|key| key[0] == b'f' && luck.chance(1, 9)),
        }
    }
}

/// How many calls the run makes when nothing happens.
fn calls() -> u64 {
    let machine = Machine::new(0);
    let mut done = Acknowledged::default();
    machine.run(BLOCKS, &mut done).expect("no fault");
    assert!(done.made > 4, "{done:?}: state files, and segments that go");
    machine.disk.calls()
}

fn end_at(call: u64, fault: DiskFault) {
    let mut machine = Machine::new(call);
    let mut done = Acknowledged::default();
    machine.disk.fault_at(call, fault);
    let error = machine.run(BLOCKS, &mut done).expect_err("the fault was met");
    assert!(error.is_fatal() || matches!(error, Error::Failed), "{error}");
    let is_kill = fault == DiskFault::Crashes(Tear::Everything);
    match fault {
        DiskFault::Crashes(tear) if !is_kill => machine.lose_power(tear, call),
        // The process ends by itself, and every other time the power goes as well.
        DiskFault::Fails | DiskFault::NotSynced | DiskFault::Full if call.is_multiple_of(2) => {
            machine.lose_power(Tear::ALL[call as usize / 2 % 4], call);
        }
        _ => {}
    }
    let opened = open(machine.disk.mount(), &machine.shelf, machine.boot);
    let (mut store, report) = opened.unwrap_or_else(|error| panic!("{fault:?} {call}: {error}"));
    let was_used = store.committed().is_some();
    let want = match (machine.boot, was_used) {
        (_, false) => &[IndexWas::New][..],
        (1, true) => &[IndexWas::Reopened, IndexWas::Foreign],
        (_, true) => &[IndexWas::PowerMayBeLost],
    };
    assert!(want.contains(&report.index), "{fault:?} at {call}: {report:?}");
    let mut done = check(&mut store, done);
    // Further on from there, and once more as it was left.
    let to = (done.next + 9).min(BLOCKS);
    go_on(&mut store, to, &mut done).unwrap_or_else(|error| panic!("{fault:?} {call}: {error}"));
    drop(store);
    let (mut store, _) = open(machine.disk.mount(), &machine.shelf, machine.boot).expect("opens");
    assert_eq!(check(&mut store, done).next, to.max(done.next));
}

#[test]
fn killed_at_any_call_nothing_acknowledged_is_lost() {
    (1..=calls()).for_each(|call| end_at(call, DiskFault::Crashes(Tear::Everything)));
}

#[test]
fn without_power_at_any_call_nothing_acknowledged_is_lost() {
    (1..=calls()).for_each(|call| end_at(call, DiskFault::Crashes(Tear::Nothing)));
}

#[test]
fn with_any_write_torn_nothing_acknowledged_is_lost() {
    (1..=calls()).for_each(|call| end_at(call, DiskFault::Crashes(Tear::Part)));
}

#[test]
fn with_noise_in_any_write_nothing_acknowledged_is_lost() {
    (1..=calls()).for_each(|call| end_at(call, DiskFault::Crashes(Tear::Noise)));
}

#[test]
fn a_disk_that_fails_at_any_call_ends_the_store_and_loses_nothing() {
    for call in 1..=calls() {
        for fault in [DiskFault::Fails, DiskFault::Full] {
            end_at(call, fault);
        }
    }
}

#[test]
fn a_sync_that_fails_at_any_call_ends_the_store_and_loses_nothing() {
    (1..=calls()).for_each(|call| end_at(call, DiskFault::NotSynced));
}

#[test]
fn processes_that_die_one_after_the_other_lose_nothing() {
    for seed in 0..60 {
        let mut machine = Machine::new(seed);
        let mut luck = Seed::from_number(seed).stream("deaths");
        let mut done = Acknowledged::default();
        while done.next < BLOCKS {
            let tear = Tear::ALL[luck.below(4) as usize];
            let at = machine.disk.calls() + 1 + luck.below(120);
            machine.disk.fault_at(at, DiskFault::Crashes(tear));
            let outcome = machine.run(BLOCKS, &mut done);
            machine.disk.clear_faults();
            if outcome.is_err() && tear != Tear::Everything {
                machine.lose_power(tear, luck.below(1_000));
            }
            let (mut store, _) =
                open(machine.disk.mount(), &machine.shelf, machine.boot).expect("opens");
            done = check(&mut store, done);
        }
    }
}
