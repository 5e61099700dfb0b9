//! What it costs to carry blocks and states from one node to another.
//!
//! `cargo x bench carry [accounts] [blocks] [transfers]`: a snapshot of so
//! many accounts; so many blocks of so many transfers out of a log and into an empty node. Processor time of the
//! whole process, on one thread; validators sign with BLS.

#![expect(clippy::disallowed_macros, reason = "a benchmark reports to the terminal")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{Maker, PAYERS, genesis, transaction};
use rustix::time::{ClockId, clock_gettime};
use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use troupe_chain::Genesis;
use troupe_chain::frames::{Content, Tag};
use troupe_crypto::Bls;
use troupe_runtime::Directory;
use troupe_storage::Boot;
use troupe_storage::index::SledShelf;
use troupe_types::{Address, Bytes, Hash, Height};
use troupe_vault::{
    Error, FrameWriter, Frames, Garden, Importer, Keeps, Opening, Snapshot, Vault, create, export,
    restore,
};
use troupe_wire::Sequential;

/// What is done with a snapshot, in this order.
const STEPS: [&str; 3] = ["create", "verify", "restore"];

fn seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The most memory that the process held since it was asked the last time, in MiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    let kib = line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
    // Five: forget the peak.
    let _ = fs::write("/proc/self/clear_refs", "5");
    kib / 1_024
}

fn timed<T>(name: &str, work: impl FnOnce() -> T) -> T {
    peak();
    let (wall, cpu) = (seconds(ClockId::Monotonic), seconds(ClockId::ProcessCPUTime));
    let value = work();
    let (wall, cpu) = (seconds(ClockId::Monotonic) - wall, seconds(ClockId::ProcessCPUTime) - cpu);
    println!("{name:24} {wall:8.2} s  {cpu:8.2} s of processor  peak {} MiB", peak());
    value
}

fn open(folder: &Path, genesis: &Genesis) -> Vault {
    let opening = Opening {
        disk: Arc::new(Directory::open(folder.join("chain")).expect("a folder")),
        shelf: Box::new(SledShelf::new(folder.join("index"), SledShelf::CACHE)),
        boot: Boot([1; 16]),
        salt: 7,
        genesis: genesis.clone(),
        keeps: Keeps::Recent,
    };
    Vault::open(opening, &Sequential, &mut |_| {}).expect("opens").0
}

fn directory(folder: &Path, name: &str) -> Arc<Directory> {
    Arc::new(Directory::open(folder.join(name)).expect("a folder"))
}

/// Makes the node that has a snapshot to give, with so many accounts; the hash of its genesis block.
fn prepare(folder: &Path, accounts: u32) -> Hash {
    let from = folder.join("from");
    let mut maker = Maker::<Bls>::new(open(&from, &genesis::<Bls>(accounts)));
    maker.grow(4, &mut |_| Vec::new());
    maker.vault.flush(&mut maker.ledger).expect("flushes");
    let making = maker.vault.store().begin_state().expect("due");
    let made = making.run(&mut |_| {}).expect("written");
    println!("  the state file has {}", made.state().length());
    maker.vault.finish_state(made).expect("taken over");
    maker.vault.chain()
}

/// A step with a snapshot, in a process of its own: what the steps before took is not counted.
fn step(name: &str, folder: &Path, chain: Hash) {
    let file = folder.join("snapshot");
    // Whose validators they are does not depend on accounts.
    let genesis = genesis::<Bls>(0);
    let read = || {
        let source = File::open(&file).expect("there");
        let length = Bytes(source.metadata().expect("a file").len());
        Snapshot::begin::<Bls>(BufReader::new(source), length, (&genesis, chain), None)
            .expect("final")
    };
    match name {
        "create" => {
            let disk = directory(&folder.join("from"), "chain");
            let created = timed("  create", || {
                let sink = BufWriter::new(File::create(&file).expect("a file"));
                let scratch = directory(folder, "scratch");
                create((&*disk, chain), None, scratch, sink, &Sequential, &mut |_, _, _| {})
                    .expect("made")
                    .1
            });
            println!("  {} pieces, {}, {} items", created.pieces, created.size, created.items);
        }
        "verify" => {
            timed("  verify", || read().verify(&Sequential, &mut |_, _, _| {}).expect("good"));
        }
        _ => {
            let to = folder.join("to");
            timed("  restore", || {
                let (disk, scratch) = (directory(&to, "chain"), directory(&to, "scratch"));
                let garden = Garden { disk, scratch, salt: 5 };
                restore(read(), garden, &Sequential, &mut |_, _, _| {}).expect("restored")
            });
        }
    }
}

fn snapshots(folder: &Path, accounts: u32) {
    println!("snapshot of {accounts} accounts");
    let chain = prepare(folder, accounts);
    let program = std::env::current_exe().expect("this program");
    for name in STEPS {
        let mut child = Command::new(&program);
        child.arg(name).arg(folder).arg(chain.to_string());
        assert!(child.status().expect("it runs").success(), "{name}");
    }
}

/// Blocks of transfers: out of a log, into an empty node.
fn blocks(folder: &Path, blocks: u64, transfers: u64) {
    println!("{blocks} blocks of {transfers} transfers");
    let genesis = genesis::<Bls>(10_000);
    let from = folder.join("blocks");
    let mut maker = Maker::<Bls>::new(open(&from, &genesis));
    let mut number = 0_u64;
    maker.grow(blocks, &mut |_| {
        let mut some = Vec::new();
        for _ in 0..transfers {
            let (who, nonce) = (number % u64::from(PAYERS), number / u64::from(PAYERS));
            let mut to = [0x22; 20];
            to[..8].copy_from_slice(&(number % 5_000).to_le_bytes());
            let who = 1 + u8::try_from(who).expect("few");
            some.push(transaction(who, nonce, Address(to), &[]));
            number += 1;
        }
        some
    });
    let (chain, disk) = (maker.vault.chain(), directory(&from, "chain"));
    drop(maker);
    let file = folder.join("file");
    let exported = timed("  export", || exported(&disk, chain, &file));
    let size = fs::metadata(&file).expect("there").len();
    println!("  {exported} blocks, {}", Bytes(size));
    let into = open(&folder.join("into"), &genesis);
    timed("  import", || {
        let begun = Importer::<Bls>::begin(into, &Sequential, &mut |_| {});
        let mut importer = begun.expect("begins");
        let source = BufReader::new(File::open(&file).expect("there"));
        let mut frames = Frames::open(source, Content::Blocks, chain).expect("ours");
        while let Some((_, payload)) = frames.read_next().expect("whole") {
            importer.add(&payload, &Sequential).expect("good");
        }
        let done = importer.finish(&Sequential).expect("kept");
        assert_eq!(done.blocks, exported);
    });
}

fn exported(disk: &Directory, chain: Hash, file: &Path) -> u64 {
    let sink = BufWriter::new(File::create(file).expect("a file"));
    let mut writer = FrameWriter::begin(sink, Content::Blocks, chain).expect("written");
    let range = Height(0)..=Height(u64::MAX);
    let exported = export(disk, chain, range, &mut |stored, _| {
        writer.write(Tag::Block, &stored.encode()?)?;
        Ok::<(), Error>(())
    });
    writer.finish().expect("written");
    exported.expect("read").blocks
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [name, folder, chain] = &words[..]
        && STEPS.contains(&name.as_str())
    {
        return step(name, Path::new(folder), chain.parse().expect("a hash"));
    }
    let mut numbers = words.iter().filter_map(|word| word.parse::<u32>().ok());
    let accounts = numbers.next().unwrap_or(200_000);
    let (count, transfers) = (numbers.next().unwrap_or(200), numbers.next().unwrap_or(500));
    let folder = tempfile::tempdir().expect("a folder");
    snapshots(folder.path(), accounts);
    blocks(folder.path(), count.into(), transfers.into());
}
