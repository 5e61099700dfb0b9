//! States after any block, and sorting.

use crate::kit::{Acknowledged, CHAIN, State, Tags, commit, go_on, open, state_at};
use proptest::prelude::*;
use std::collections::BTreeMap;
use troupe_runtime::sim::{Disk, DiskFault};
use troupe_storage::index::{MemoryShelf, Shelf};
use troupe_storage::state::{Past, Runs};
use troupe_storage::{Derive, Error, compare};
use troupe_types::{Hash, Height};
use troupe_wire::Seed;

fn past(disk: &Disk, height: u64) -> Result<State, Error> {
    let disk = disk.mount();
    let past = Past::at(&*disk, CHAIN, Height(height), &mut |_| {})?;
    assert_eq!(past.commit(), &commit(height));
    let (mut items, mut state, mut last) = (past.items(&*disk), State::new(), None);
    while let Some(given) = items.read_next()? {
        for (key, value) in given {
            assert!(last.as_ref().is_none_or(|last| *last < key), "in order");
            last = Some(key.clone());
            state.insert(key, value);
        }
    }
    Ok(state)
}

#[test]
fn every_state_from_the_oldest_file_on_is_there_beside_a_store_that_is_open() {
    let disk = Disk::new(&Seed::from_number(5));
    let (mut store, _) = open(disk.mount(), &MemoryShelf::default(), 1).expect("opens");
    go_on(&mut store, 300, &mut Acknowledged::default()).expect("goes on");
    let oldest = store.states().last().expect("two files").about().height.0;
    assert!(oldest > 0 && store.states().len() == 2);
    for height in oldest..300 {
        assert_eq!(&past(&disk, height).expect("there"), state_at(height), "{height}");
    }
    assert!(matches!(past(&disk, 300), Err(Error::NoBlock { .. })));
    let before = past(&disk, oldest - 1).expect_err("it was let go of").to_string();
    assert!(before.contains("no valid state file"), "{before}");
    drop(store);
    // As it lies there it is a chain still.
    open(disk.mount(), &MemoryShelf::default(), 1).expect("opens");
}

proptest! {
    #[test]
    fn runs_give_back_what_they_were_given_in_order_whoever_is_killed_in_between(
        keys in prop::collection::btree_map(prop::collection::vec(any::<u8>(), 1..4), 0_u8..9, 1..80),
        order in any::<u64>(),
        run in 1_usize..30,
        killed in 0_usize..8,
    ) {
        let want: BTreeMap<Vec<u8>, Vec<u8>> =
            keys.into_iter().map(|(key, value)| (key, vec![value])).collect();
        let mut items: Vec<_> = want.clone().into_iter().collect();
        items.sort_by_key(|(key, _)| Seed::from_number(order).stream(&format!("{key:?}")).array::<8>());
        let disk = Disk::new(&Seed::from_number(order));
        disk.fault_at(killed as u64 * 3 + 1, DiskFault::Crashes(troupe_runtime::sim::Tear::ALL[killed % 4]));
        let name = Hash([7; 32]);
        // Goes on from how far it had come, as often as it takes.
        let runs = loop {
            let attempt = || -> Result<Runs, Error> {
                let mut runs = Runs::open(disk.mount(), name)?;
                let done = usize::try_from(runs.upto()).expect("few");
                for (at, portion) in items.chunks(run).enumerate().skip(done) {
                    runs.add(portion.to_vec(), at as u64 + 1)?;
                }
                Ok(runs)
            };
            match attempt() {
                Ok(runs) => break runs,
                Err(error) => prop_assert!(matches!(error, Error::Io { .. }), "{}", error),
            }
        };
        disk.clear_faults();
        prop_assert_eq!(runs.items(), want.len() as u64);
        let mut merge = runs.merge().expect("reads");
        for (key, value) in want {
            prop_assert_eq!(merge.read_next().expect("reads"), Some((key, value)));
        }
        prop_assert_eq!(merge.read_next().expect("reads"), None);
        let others = Runs::open(disk.mount(), Hash([8; 32])).expect("opens");
        prop_assert_eq!((others.items(), disk.names().len()), (0, 0));
    }
}

#[test]
fn a_key_of_two_runs_is_refused() {
    let mut runs = Runs::open(Disk::new(&Seed::from_number(1)).mount(), CHAIN).expect("opens");
    for number in 1..3 {
        runs.add(vec![(vec![1], vec![number])], 1).expect("adds");
    }
    let mut merge = runs.merge().expect("reads");
    assert!(merge.read_next().is_ok());
    assert_eq!(
        merge.read_next().expect_err("twice").to_string(),
        "malformed state: a key comes twice"
    );
}

#[test]
fn an_index_is_compared_with_what_it_follows_from_wholly_or_here_and_there() {
    let (disk, shelf) = (Disk::new(&Seed::from_number(5)), MemoryShelf::default());
    let (mut store, _) = open(disk.mount(), &shelf, 1).expect("opens");
    go_on(&mut store, 200, &mut Acknowledged::default()).expect("goes on");
    let height = store.flushed().expect("some").height;
    assert!(height < Height(199), "not all of it");
    drop(store);
    let index = shelf.open().expect("in memory");
    let rules = |_: u32| Some(Box::new(Tags) as Box<dyn Derive>);
    let look = |every| {
        compare(&*disk.mount(), (CHAIN, &rules), &*index, every, &mut |_| {}).expect("reads")
    };
    let whole = look(1);
    assert_eq!((whole.height, &whole.wrong[..]), (Some(height), &[][..]));
    assert_eq!(whole.values, state_at(height.0).len() as u64);
    let some = look(7);
    assert!(some.wrong.is_empty() && some.values == whole.values / 7 && some.blocks > 0);
    let all = index.scan(b"", None, usize::MAX).expect("in memory");
    for (key, value) in all {
        // Where blocks are that are gone is not compared.
        if !b"fbx".contains(&key[0]) {
            continue;
        }
        index.put(vec![(key.clone(), None)]).expect("in memory");
        assert_eq!(look(1).wrong.len(), 1, "without {key:?}");
        index.put(vec![(key.clone(), Some(vec![1; 77]))]).expect("in memory");
        assert_eq!(look(1).wrong.len(), 1, "with another value of {key:?}");
        index.put(vec![(key, Some(value))]).expect("in memory");
    }
    index.put(vec![(b"f\x02\xff".to_vec(), Some(vec![1]))]).expect("in memory");
    assert_eq!(look(1).wrong, ["the index has too much: 02ff"]);
    index.put(vec![(b"f\x02\xff".to_vec(), None)]).expect("in memory");
    index.put(vec![(b"xtag".to_vec(), Some(vec![1]))]).expect("in memory");
    let text = look(1).wrong.join(", ");
    assert!(text.starts_with("the index has ") && text.contains(" derived items"), "{text}");
    index.put(vec![(b"a".to_vec(), None)]).expect("in memory");
    assert_eq!(look(1).height, None);
}
