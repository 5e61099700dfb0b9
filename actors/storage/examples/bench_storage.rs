//! What durability costs: syncing blocks, writing and reading state files, filling the index again.
//!
//! `cargo x bench storage [thousands of accounts]`. Files go to the folder for temporary ones, which has
//! to be on a disk: in memory a sync costs nothing. Processor time is that of the whole process.

#![expect(clippy::disallowed_macros, reason = "a benchmark reports to the terminal")]

use rustix::time::{ClockId, clock_gettime};
use std::path::Path;
use std::sync::Arc;
use troupe_runtime::Directory;
use troupe_storage::index::{MemoryShelf, Shelf, SledShelf};
use troupe_storage::{Boot, Commit, Edit, Entry, Phase, Settings, Store};
use troupe_types::{Bytes, Hash, Height};

/// Transfers of a block, and blocks of a run.
const TRANSFERS: u64 = 1_000;
const BLOCKS: u64 = 200;
const RUNS: u64 = 3;
/// Up to whichever block there is.
const ALL: Height = Height(u64::MAX);

fn seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Wall and processor seconds of some work, and what it gives.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, f64, T) {
    let (wall, cpu) = (seconds(ClockId::Monotonic), seconds(ClockId::ProcessCPUTime));
    let value = work();
    (seconds(ClockId::Monotonic) - wall, seconds(ClockId::ProcessCPUTime) - cpu, value)
}

/// The flat key of an account: its kind and twenty bytes, spread over all keys.
fn key(account: u64) -> Vec<u8> {
    let spread = account.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    [&[1], &spread[..], &[7; 12]].concat()
}

/// A nonce and a balance, as an account without code has them.
fn value(number: u64) -> Vec<u8> {
    [&[0xcb, 0x80, 0x89, 1][..], &number.to_be_bytes()].concat()
}

fn genesis(accounts: u64) -> Commit {
    let edits = (0..accounts).map(|account| Edit::Put(key(account), value(account))).collect();
    Commit { edits, ..Commit::default() }
}

/// A block of transfers between accounts, two of which each changes.
fn block(height: u64, accounts: u64) -> Commit {
    let touched = (0..2 * TRANSFERS).map(|at| (height * 7_919 + at * 104_729) % accounts);
    let edits = touched.map(|account| Edit::Put(key(account), value(height))).collect();
    let size = usize::try_from(TRANSFERS).unwrap_or(0);
    let mut hash = Hash([0; 32]);
    hash.0[..8].copy_from_slice(&height.to_le_bytes());
    // A signed transfer is about 110 bytes, its receipt without logs 10.
    let (block, receipts) = (vec![9; 110 * size], vec![8; 10 * size]);
    Commit { height: Height(height), hash, root: hash, block, proof: vec![1; 700], receipts, edits }
}

fn open(folder: &Path, shelf: impl Shelf + 'static, boot: u8) -> Store {
    let disk = Arc::new(Directory::open(folder.join("data")).expect("a folder"));
    let settings = Settings::new(Hash([1; 32]), 7, Boot([boot; 16]));
    let mut phase = (Phase::Checking, seconds(ClockId::Monotonic));
    let opened = Store::open(disk, Box::new(shelf), settings, &mut |progress| {
        if progress.phase != phase.0 {
            println!("  {:?} took {:.2} s", phase.0, seconds(ClockId::Monotonic) - phase.1);
            phase = (progress.phase, seconds(ClockId::Monotonic));
        }
    });
    println!("  {:?} took {:.2} s", phase.0, seconds(ClockId::Monotonic) - phase.1);
    opened.expect("opens").0
}

/// A vote and a block, each with its sync, as a validator writes them.
fn append() {
    println!("append and sync: {BLOCKS} blocks of {TRANSFERS} transfers, a vote before each");
    let accounts = 100_000;
    for _ in 0..RUNS {
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = MemoryShelf::default();
        let mut store = open(folder.path(), shelf.clone(), 1);
        store.append(&[Entry::Commit(&genesis(accounts))]).expect("written");
        let blocks: Vec<Commit> = (1..=BLOCKS).map(|height| block(height, accounts)).collect();
        let before = store.log().size();
        let (wall, cpu, ()) = timed(|| {
            for block in &blocks {
                store.append(&[Entry::Consensus(&[3; 400])]).expect("written");
                store.append(&[Entry::Commit(block)]).expect("written");
            }
        });
        let bytes = (store.log().size().0 - before.0) as f64;
        let transfers = (BLOCKS * TRANSFERS) as f64;
        println!(
            "  {:.2} ms a block, {:.1} MB/s, {:.2} us of processor and {:.0} bytes a transfer",
            wall * 1e3 / BLOCKS as f64,
            bytes / wall / 1e6,
            cpu * 1e6 / transfers,
            bytes / transfers,
        );
        store.flush(ALL).expect("flushed");
        let bytes = store.log().size().0 as f64 / 1e6;
        drop(store);
        let (wall, cpu, _) = timed(|| open(folder.path(), shelf, 1));
        println!(
            "  open in the same boot, {bytes:.0} MB of log: {wall:.2} s, {cpu:.2} of processor"
        );
    }
}

fn state(accounts: u64) {
    let millions = accounts as f64 / 1e6;
    let tell = |what: &str, (wall, cpu): (f64, f64)| {
        println!(
            "  {what}: {:.2} s, {:.2} s of processor per million accounts",
            wall / millions,
            cpu / millions
        );
    };
    println!("state of {accounts} accounts");
    let folder = tempfile::tempdir().expect("a folder");
    let shelf = || SledShelf::new(folder.path().join("index"), SledShelf::CACHE);
    let mut store = open(folder.path(), shelf(), 1);
    let genesis = genesis(accounts);
    let (wall, cpu, ()) = timed(|| store.append(&[Entry::Commit(&genesis)]).expect("written"));
    tell("append the genesis block", (wall, cpu));
    let (wall, cpu, _) = timed(|| store.flush(ALL).expect("flushed"));
    tell("flush it to sled", (wall, cpu));
    let making = store.begin_state().expect("there is a block");
    let (wall, cpu, made) = timed(|| making.run(&mut |_| {}).expect("written"));
    let length = made.state().length();
    tell("write the state file from sled", (wall, cpu));
    println!("  {:.1} bytes an account in it", length.0 as f64 / accounts as f64);
    store.finish_state(made, &mut |_, _| false).expect("taken");
    let disk = Directory::open(folder.path().join("data")).expect("a folder");
    let file = store.states()[0].clone();
    let (wall, cpu, items) = timed(|| {
        let (mut chunks, mut items) = (file.chunks(&disk), 0);
        while let Some(chunk) = chunks.read_next().expect("whole") {
            items += chunk.items.len() as u64;
        }
        items
    });
    assert_eq!(items, accounts);
    tell("read and check it", (wall, cpu));

    for height in 1..=20 {
        store.append(&[Entry::Commit(&block(height, accounts))]).expect("written");
    }
    let (wall, cpu, _) = timed(|| store.flush(ALL).expect("flushed"));
    let changed = 20.0 * 2.0 * TRANSFERS as f64;
    println!(
        "  flush 20 blocks' changes to sled: {:.1} us, {:.1} us of processor a change",
        wall * 1e6 / changed,
        cpu * 1e6 / changed
    );
    drop(store);
    let (wall, cpu, mut store) = timed(|| open(folder.path(), shelf(), 2));
    tell("open after a loss of power, sled filled again", (wall, cpu));
    let (wall, _, ()) = timed(|| store.close().expect("closed"));
    println!("  close: {wall:.2} s");
    let (wall, _, store) = timed(|| open(folder.path(), shelf(), 3));
    println!("  open after that: {wall:.2} s");
    drop(store);
    let (wall, cpu, _) = timed(|| open(folder.path(), MemoryShelf::default(), 4));
    tell("open after a loss of power, an index in memory", (wall, cpu));
}

fn main() {
    let thousands = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(1_000_u64);
    append();
    state(thousands.clamp(10, 2_000) * 1_000);
    println!(
        "files lay in {}, {} of cache",
        std::env::temp_dir().display(),
        Bytes(SledShelf::CACHE.0)
    );
}
