//! A chain that writes, and what it should find again.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use troupe_runtime::Disk;
use troupe_storage::index::Shelf;
use troupe_storage::log::Kind;
use troupe_storage::{Boot, Commit, Derive, Edit, Entry, Error, Flushed, Report, Settings, Store};
use troupe_types::{Bytes, Hash, Height};
use troupe_wire::Seed;

/// A flat state.
pub(crate) type State = BTreeMap<Vec<u8>, Vec<u8>>;

pub(crate) const CHAIN: Hash = Hash([1; 32]);

/// Finds the bytes of a block by a name.
pub(crate) struct Tags;

impl Derive for Tags {
    fn entries(&self, commit: &Commit) -> Vec<(Vec<u8>, Vec<u8>)> {
        vec![(tag(commit.height), commit.block.clone())]
    }
}

pub(crate) fn tag(height: Height) -> Vec<u8> {
    format!("tag {height}").into_bytes()
}

/// Small files, so that a few blocks fill them.
pub(crate) fn settings(boot: u8) -> Settings {
    let mut settings = Settings::new(CHAIN, 0xabcd, Boot([boot; 16]));
    settings.segment = Bytes(6_000);
    settings.state_every = Bytes(20_000);
    settings.pending = Bytes(2_000);
    settings.blocks = 30;
    settings.derive = Some(Arc::new(Tags));
    settings
}

pub(crate) fn open(
    disk: Arc<dyn Disk>,
    shelf: &(impl Shelf + Clone + 'static),
    boot: u8,
) -> Result<(Store, Report), Error> {
    Store::open(disk, Box::new(shelf.clone()), settings(boot), &mut |_| {})
}

/// The blocks of all heights that are asked for.
static BLOCKS: LazyLock<Vec<Commit>> = LazyLock::new(|| (0..450).map(make).collect());

/// The block of a height; the same whenever it is asked for.
pub(crate) fn commit(height: u64) -> Commit {
    BLOCKS[height as usize].clone()
}

fn make(height: u64) -> Commit {
    let mut luck = Seed::from_number(height).stream("block");
    let key = |luck: &mut troupe_wire::Stream| vec![luck.below(4) as u8, luck.below(16) as u8];
    let mut edits: Vec<Edit> = (0..luck.below(6))
        .map(|_| Edit::Put(key(&mut luck), height.to_le_bytes().to_vec()))
        .collect();
    edits.push(Edit::Remove(key(&mut luck)));
    if luck.chance(1, 10) {
        edits.push(Edit::Wipe(vec![luck.below(4) as u8]));
        edits.push(Edit::Put(key(&mut luck), vec![7; 20]));
    }
    let (block, proof, receipts) = (vec![height as u8; 90], vec![1; 30], vec![2; 40]);
    let (hash, root) = (Hash([height as u8; 32]), Hash([!(height as u8); 32]));
    Commit { height: Height(height), hash, root, block, proof, receipts, edits }
}

fn apply(state: &mut State, commit: &Commit) {
    for edit in &commit.edits {
        match edit {
            Edit::Wipe(prefix) => state.retain(|key, _| !key.starts_with(prefix)),
            Edit::Put(key, value) => drop(state.insert(key.clone(), value.clone())),
            Edit::Remove(key) => drop(state.remove(key)),
        }
    }
}

/// The states after all of them.
static STATES: LazyLock<Vec<State>> = LazyLock::new(|| {
    let mut state = State::new();
    let after = |commit: &Commit| {
        apply(&mut state, commit);
        state.clone()
    };
    BLOCKS.iter().map(after).collect()
});

/// The state after a block.
pub(crate) fn state_at(height: u64) -> &'static State {
    &STATES[height as usize]
}

/// What consensus says of a height.
pub(crate) fn vote(height: u64) -> Vec<u8> {
    [&height.to_le_bytes()[..], &[5; 60]].concat()
}

/// Of which height a record is, as consensus knows.
pub(crate) fn height_of(record: &[u8]) -> u64 {
    u64::from_le_bytes(record[..8].try_into().expect("a vote"))
}

/// What was acknowledged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Acknowledged {
    /// The next height to be committed.
    pub(crate) next: u64,
    /// The next height to be voted on.
    pub(crate) votes: u64,
    pub(crate) made: u64,
}

/// Goes on to a height: a vote, then a commit; flushes and state files now and then.
pub(crate) fn go_on(store: &mut Store, to: u64, done: &mut Acknowledged) -> Result<(), Error> {
    for height in done.next..to {
        if done.votes <= height {
            store.append(&[Entry::Consensus(&vote(height)), Entry::Evidence(&vote(height))])?;
            done.votes = height + 1;
        }
        store.append(&[Entry::Commit(&commit(height))])?;
        done.next = height + 1;
        if height % 7 == 3 {
            store.flush(Height(height - 2))?;
        }
        if store.is_state_due() {
            make_state(store)?;
            done.made += 1;
        }
    }
    Ok(())
}

pub(crate) fn make_state(store: &mut Store) -> Result<(), Error> {
    let height = store.committed().expect("there is one").height;
    if store.flush(height)? == Flushed::Held {
        return Err(Error::InUse);
    }
    if let Some(making) = store.begin_state() {
        let made = making.run(&mut |_| {})?;
        let committed = store.committed().expect("there is one").height.0;
        store.finish_state(made, &mut |_, record| height_of(record) > committed)?;
    }
    Ok(())
}

/// The state that a store reads, through what waits and after a flush.
pub(crate) fn check_state(store: &mut Store) {
    let height = store.committed().expect("a block").height;
    let want = state_at(height.0);
    for key in (0..4).flat_map(|a| (0..16).map(move |b| vec![a, b])) {
        assert_eq!(store.get(&key).expect("reads").as_ref(), want.get(&key), "at {height}");
    }
    let before = Height(height.0.saturating_sub(3));
    for to in [before, height] {
        assert_eq!(store.flush(to).expect("flushes"), Flushed::Done);
        let newer = store.flushed().is_some_and(|tip| tip.height >= to);
        assert!(newer, "at {to}");
        if store.flushed().is_some_and(|tip| tip.height == to) {
            assert_eq!(read_all(store), *state_at(to.0), "at {to}");
        }
    }
    assert_eq!(read_all(store), *want);
}

/// The state as it was last flushed.
fn read_all(store: &Store) -> State {
    let (reader, mut got) = (store.reader(), State::new());
    while let items = reader.scan(got.keys().last().map(Vec::as_slice), 64).expect("reads")
        && !items.is_empty()
    {
        got.extend(items);
    }
    got
}

/// Checks everything that was acknowledged, and that nothing else is there.
pub(crate) fn check(store: &mut Store, done: Acknowledged) -> Acknowledged {
    let committed = store.committed().map_or(0, |tip| tip.height.0 + 1);
    assert!((done.next..=done.next + 1).contains(&committed), "{committed} after {done:?}");
    let mut votes = Vec::new();
    store
        .records(Kind::Consensus, &mut |record| {
            assert_eq!(record, vote(height_of(record)), "invented");
            votes.push(height_of(record));
            Ok(())
        })
        .expect("reads");
    votes.sort_unstable();
    for needed in committed..done.votes {
        assert!(votes.contains(&needed), "the vote for {needed} is forgotten: {votes:?}");
    }
    assert!(votes.last().is_none_or(|last| *last <= done.votes), "{votes:?} after {done:?}");
    if committed == 0 {
        return Acknowledged { next: 0, votes: done.votes, made: 0 };
    }
    check_state(store);
    let mut kept = 0;
    for height in (0..committed).rev() {
        let Some(block) = store.block(Height(height)).expect("reads") else { break };
        let want = commit(height);
        assert_eq!(store.height_of(&want.hash).expect("reads"), Some(Height(height)));
        assert_eq!(
            store.derived_value(&tag(Height(height))).expect("reads"),
            Some(want.block.clone())
        );
        assert_eq!(block, want);
        kept += 1;
    }
    let base = store.states().last().map_or(0, |state| state.about().height.0);
    assert!(kept >= committed - base, "{kept} blocks of {committed} are kept, from {base} on");
    assert!(kept >= committed.min(30), "{kept} blocks of {committed} are kept");
    assert_eq!(store.block(Height(committed)).expect("reads"), None);
    Acknowledged { next: committed, ..done }
}
