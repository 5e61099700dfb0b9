//! A store without faults: what it refuses, keeps, holds back and lets go.

use crate::kit::{
    Acknowledged, CHAIN, check, check_state, commit, go_on, make_state, open, settings, vote,
};
use std::sync::Arc;
use troupe_runtime::Directory;
use troupe_runtime::sim::Disk;
use troupe_storage::index::{Index, MemoryShelf, Shelf};
use troupe_storage::log::Kind;
use troupe_storage::{Entry, Error, Flushed, History, IndexWas, Phase, Store};
use troupe_types::{Bytes, Height, Millis};
use troupe_wire::Seed;

/// Every block.
const ALL: Height = Height(u64::MAX);

fn disk() -> Disk {
    Disk::new(&Seed::from_number(1))
}

#[test]
fn a_block_that_is_not_the_next_one_is_refused_with_nothing_written() {
    let (disk, shelf) = (disk(), MemoryShelf::default());
    let (mut store, report) = open(disk.mount(), &shelf, 1).expect("opens");
    assert_eq!((report.index, store.committed()), (IndexWas::New, None));
    let next = store.log().next();
    let batch = [Entry::Consensus(b"vote"), Entry::Commit(&commit(0)), Entry::Commit(&commit(2))];
    let error = store.append(&batch).expect_err("one is left out");
    assert_eq!(error.to_string(), "block 2 was given where block 1 comes next");
    assert_eq!((store.log().next(), store.committed()), (next, None));
    store.append(&[Entry::Commit(&commit(0)), Entry::Commit(&commit(1))]).expect("in order");
    assert_eq!(store.committed().expect("a block").height, Height(1));
    assert!(matches!(store.append(&[Entry::Commit(&commit(1))]), Err(Error::Gap { .. })));
    check_state(&mut store);
}

#[test]
fn a_closed_store_is_reopened_in_another_boot_and_one_that_was_not_is_rebuilt() {
    let (disk, shelf) = (disk(), MemoryShelf::default());
    let mut done = Acknowledged::default();
    let (mut store, _) = open(disk.mount(), &shelf, 1).expect("opens");
    go_on(&mut store, 30, &mut done).expect("no fault");
    store.close().expect("closes");
    let (mut store, report) = open(disk.mount(), &shelf, 2).expect("opens");
    assert_eq!(report.index, IndexWas::Reopened);
    check(&mut store, done);
    go_on(&mut store, 40, &mut done).expect("no fault");
    drop(store);
    // Within the same boot: killed, and nothing lost. In another: who knows.
    for (boot, want) in
        [(2, IndexWas::Reopened), (3, IndexWas::PowerMayBeLost), (3, IndexWas::Reopened)]
    {
        let (mut store, report) = open(disk.mount(), &shelf, boot).expect("opens");
        assert_eq!(report.index, want);
        check(&mut store, done);
    }
    // Of the same boot, but somebody put another index there.
    shelf.lose(|key| key == b"a");
    assert_eq!(open(disk.mount(), &shelf, 3).expect("opens").1.index, IndexWas::Foreign);
    shelf.break_open();
    let (mut store, report) = open(disk.mount(), &shelf, 3).expect("opens");
    assert_eq!(report.index, IndexWas::Damaged);
    check(&mut store, done);
}

/// A shelf whose index cannot be synced.
#[derive(Clone)]
struct Unsynced(MemoryShelf);

impl Shelf for Unsynced {
    fn open(&self) -> Result<Arc<dyn Index>, Error> {
        self.0.open()
    }

    fn discard(&self) -> Result<(), Error> {
        self.0.discard()
    }

    fn close(&self, _: Arc<dyn Index>) -> Result<(), Error> {
        Err(Error::Index("no sync".to_owned()))
    }
}

#[test]
fn an_index_that_could_not_be_synced_was_not_closed() {
    let (disk, shelf) = (disk(), Unsynced(MemoryShelf::default()));
    let (mut store, _) = open(disk.mount(), &shelf, 1).expect("opens");
    let mut done = Acknowledged::default();
    go_on(&mut store, 30, &mut done).expect("no fault");
    store.close().expect_err("the index says no");
    let (mut store, report) = open(disk.mount(), &shelf, 2).expect("opens");
    assert_eq!(report.index, IndexWas::PowerMayBeLost);
    check(&mut store, done);
}

#[test]
fn a_store_that_is_looked_at_neither_moves_nor_closes() {
    let (disk, shelf) = (disk(), MemoryShelf::default());
    let mut settings = settings(1);
    settings.state_every = Bytes::mib(1);
    let opened = Store::open(disk.mount(), Box::new(shelf.clone()), settings, &mut |_| {});
    let (mut store, _) = opened.expect("opens");
    let mut done = Acknowledged::default();
    go_on(&mut store, 5, &mut done).expect("no fault");
    assert_eq!(store.flush(ALL).expect("flushes"), Flushed::Done);
    let (reader, pin) = (store.reader(), store.pin());
    let before = reader.scan(None, usize::MAX).expect("reads");
    go_on(&mut store, 30, &mut done).expect("no fault");
    assert_eq!(store.flush(ALL).expect("nothing fails"), Flushed::Held);
    assert_eq!(store.flushed().expect("a block").height, Height(4));
    assert!(store.pending() > Bytes::ZERO);
    assert_eq!(reader.scan(None, usize::MAX).expect("reads"), before);
    drop(pin);
    assert_eq!(store.flush(ALL).expect("flushes"), Flushed::Done);
    assert_eq!(store.pending(), Bytes::ZERO);
    assert_ne!(reader.scan(None, usize::MAX).expect("reads"), before);
    drop(reader);

    // Blocks come while a state file is made; it is that of the block it was begun at.
    let making = store.begin_state().expect("there are blocks");
    go_on(&mut store, 40, &mut done).expect("no fault");
    assert_eq!(store.flushed().expect("a block").height, Height(29));
    let made =
        making.run(&mut |progress| assert_eq!(progress.phase, Phase::Writing)).expect("made");
    assert_eq!(made.state().about().height, Height(29));
    store.finish_state(made, &mut |_, _| true).expect("taken");
    store.flush(ALL).expect("flushes");
    let made = store.begin_state().expect("newer").run(&mut |_| {}).expect("made");
    assert_eq!(made.state().about().height, Height(39));
    drop(made);
    let reader = store.reader();
    assert!(matches!(store.close(), Err(Error::InUse)));
    drop(reader);
    let (mut store, _) = open(disk.mount(), &shelf, 1).expect("opens");
    check(&mut store, done);
}

#[test]
fn two_state_files_and_the_log_after_the_older_one_are_kept() {
    let (disk, shelf) = (disk(), MemoryShelf::default());
    let (mut store, _) = open(disk.mount(), &shelf, 1).expect("opens");
    let mut done = Acknowledged::default();
    // One vote far above the chain, which every letting go has to keep.
    store.append(&[Entry::Consensus(&vote(9_999))]).expect("written");
    go_on(&mut store, 200, &mut done).expect("no fault");
    assert_eq!(store.states().len(), 2);
    let older = *store.states()[1].about();
    assert!(store.log().first() <= older.sequence);
    assert!(store.log().size() < Bytes(70_000), "{} of log", store.log().size());
    assert_eq!(store.block(Height(0)).expect("reads"), None, "it went");
    assert_eq!(store.height_of(&commit(0).hash).expect("reads"), None);
    assert!(store.block(older.height).expect("reads").is_some());
    let mut far = 0;
    store
        .records(Kind::Consensus, &mut |record| {
            far += u32::from(*record == *vote(9_999));
            Ok(())
        })
        .expect("reads");
    assert_eq!(far, 1);
    let keys = shelf.len();
    go_on(&mut store, 400, &mut done).expect("no fault");
    store.flush(ALL).expect("flushes");
    assert!(shelf.len() < keys + 150, "{} keys after {keys}: nothing piles up", shelf.len());
    assert!(store.begin_state().is_some());
    make_state(&mut store).expect("made");
    assert!(store.begin_state().is_none(), "there is one of that height");
}

#[test]
fn state_files_one_after_the_other_leave_the_blocks_that_contracts_may_ask_for() {
    let (disk, shelf) = (disk(), MemoryShelf::default());
    let mut settings = settings(1);
    settings.blocks = 256;
    let opened = Store::open(disk.mount(), Box::new(shelf), settings, &mut |_| {});
    let (mut store, mut done) = (opened.expect("opens").0, Acknowledged::default());
    for to in (10..=400).step_by(10) {
        go_on(&mut store, to, &mut done).expect("no fault");
        make_state(&mut store).expect("made");
        let lowest = Height(to.saturating_sub(257));
        assert!(store.block(lowest).expect("reads").is_some(), "{lowest} at {to}");
    }
    assert_eq!(store.block(Height(0)).expect("reads"), None, "others go");
}

#[test]
fn who_keeps_history_keeps_every_block() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = Arc::new(Directory::open(folder.path()).expect("opens"));
    let shelf = MemoryShelf::default();
    let open = |boot| {
        let mut settings = settings(boot);
        settings.history = History::Kept;
        Store::open(Arc::clone(&disk) as _, Box::new(shelf.clone()), settings, &mut |_| {})
    };
    let (mut store, _) = open(1).expect("opens");
    let mut done = Acknowledged::default();
    go_on(&mut store, 200, &mut done).expect("no fault");
    assert_eq!(store.states().len(), 2);
    assert_eq!(store.block(Height(0)).expect("reads"), Some(commit(0)));
    drop(store);
    let (mut store, report) = open(2).expect("opens");
    assert_eq!(report.index, IndexWas::PowerMayBeLost);
    check(&mut store, done);
    assert_eq!(store.block(Height(0)).expect("reads"), Some(commit(0)));
}

#[test]
fn opening_tells_each_phase_and_what_is_left() {
    let (disk, shelf) = (disk(), MemoryShelf::default());
    let (mut store, _) = open(disk.mount(), &shelf, 1).expect("opens");
    go_on(&mut store, 150, &mut Acknowledged::default()).expect("no fault");
    drop(store);
    let mut told = Vec::new();
    let mut tell = |progress| told.push(progress);
    Store::open(disk.mount(), Box::new(shelf), settings(2), &mut tell).expect("opens");
    for phase in [Phase::Checking, Phase::Loading, Phase::Replaying] {
        let of_phase: Vec<_> = told.iter().filter(|progress| progress.phase == phase).collect();
        let last = of_phase.last().expect("told");
        assert!(last.items > 0 && last.done > Bytes::ZERO && last.done <= last.total, "{last:?}");
        assert!(last.remaining(Millis(100)).is_some());
    }
    let other = settings(2).identity;
    assert_eq!(other.chain, CHAIN);
}
