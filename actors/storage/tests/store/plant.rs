//! Stores that begin in the middle of a chain.

use crate::kit::{CHAIN, commit, open, settings, state_at};
use troupe_runtime::sim::{Disk, DiskFault, Tear};
use troupe_storage::index::MemoryShelf;
use troupe_storage::log::Kind;
use troupe_storage::{Entry, Error, Plot};
use troupe_types::{Bytes, Height};
use troupe_wire::Seed;

const HEIGHT: u64 = 70;
const ORIGIN: &[u8] = b"what came before";

fn plant(disk: &Disk) -> Result<(), Error> {
    let plot = Plot::clear(disk.mount(), settings(1).identity)?;
    let mut source = |after: Option<&[u8]>, _| {
        let items = state_at(HEIGHT).iter();
        let later = items.filter(|(key, _)| after.is_none_or(|after| key.as_slice() > after));
        Ok(later.take(3).map(|(key, value)| (key.clone(), value.clone())).collect())
    };
    plot.plant(&commit(HEIGHT), ORIGIN, Bytes::ZERO, &mut source, &mut |_| {}).map(drop)
}

fn check(disk: &Disk) {
    let (mut store, _) = open(disk.mount(), &MemoryShelf::default(), 1).expect("opens");
    assert_eq!(store.committed().map(|tip| tip.height), Some(Height(HEIGHT)));
    assert_eq!(store.first_block().expect("reads"), Some(Height(HEIGHT)));
    for (key, value) in state_at(HEIGHT) {
        assert_eq!(store.get(key).expect("reads").as_ref(), Some(value));
    }
    let mut origins = Vec::new();
    let mut take = |bytes: &[u8]| {
        origins.push(bytes.to_vec());
        Ok(())
    };
    store.records(Kind::Origin, &mut take).expect("reads");
    assert_eq!(origins, [ORIGIN]);
    assert!(store.append(&[Entry::Commit(&commit(HEIGHT + 2))]).is_err(), "a gap");
    store.append(&[Entry::Commit(&commit(HEIGHT + 1))]).expect("the next one");
    drop(store);
    let (store, _) = open(disk.mount(), &MemoryShelf::default(), 2).expect("opens again");
    assert_eq!(store.committed().map(|tip| tip.height), Some(Height(HEIGHT + 1)));
}

#[test]
fn a_planted_store_is_one_that_has_always_been_there() {
    let disk = Disk::new(&Seed::from_number(1));
    plant(&disk).expect("plants");
    check(&disk);
    let error = plant(&disk).expect_err("there are blocks");
    assert_eq!(error.to_string(), "the folder holds blocks already");
    assert_eq!(settings(1).identity.chain, CHAIN);
}

#[test]
fn whatever_call_a_crash_or_a_full_disk_meets_it_is_planted_or_can_be_planted_again() {
    let calls = {
        let disk = Disk::new(&Seed::from_number(2));
        plant(&disk).expect("plants");
        disk.calls()
    };
    assert!(calls > 8, "{calls} calls");
    let faults = Tear::ALL.map(DiskFault::Crashes).into_iter();
    for fault in faults.chain([DiskFault::Fails, DiskFault::NotSynced, DiskFault::Full]) {
        for call in 1..=calls {
            let disk = Disk::new(&Seed::from_number(call));
            disk.fault_at(call, fault);
            let outcome = plant(&disk);
            disk.lose_power(Tear::ALL[call as usize % 4]);
            match plant(&disk) {
                Ok(()) => assert!(outcome.is_err(), "{fault:?} at {call}: it was lost"),
                Err(Error::Occupied) => {}
                Err(error) => panic!("{fault:?} at {call}: {error}"),
            }
            check(&disk);
        }
    }
}
