//! What an archive costs: bytes a block in the index, a read of an old state, a proof against one.
//!
//! `cargo x bench archive [accounts] [blocks]`. Each block changes what 1,000 transfers between random accounts do. Bytes
//! are those of the index's folder once it was closed; processor time of the whole process.

#![expect(clippy::disallowed_macros, reason = "a benchmark reports to the terminal")]

use alloy_primitives::U256;
use rustix::time::{ClockId, clock_gettime};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use troupe_chain::block::Body;
use troupe_chain::genesis::{Allocation, Term, Validator};
use troupe_chain::state::{Account, Changes, StateView};
use troupe_chain::{Block, Genesis, Header};
use troupe_consensus::CommitProof;
use troupe_ledger::Committed;
use troupe_runtime::Directory;
use troupe_storage::Boot;
use troupe_storage::index::SledShelf;
use troupe_types::{Address, Epoch, Gas, Height, NodeId, UnixMillis};
use troupe_vault::{Archived, Error, Keeps, Opening, Vault};
use troupe_wire::{List, Sequential};

/// Transfers of a block.
const TRANSFERS: u64 = 1_000;
/// Old accounts that are read.
const READS: u64 = 20_000;

/// Numbers that look random.
struct Random(u64);

impl Random {
    /// One below a limit. SplitMix64, Steele et al. 2014
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

fn address(number: u64) -> Address {
    let mut bytes = [0; 20];
    bytes[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    Address(bytes)
}

fn genesis(accounts: u64) -> Genesis {
    let rich = |number| {
        let balance = U256::from(10).pow(U256::from(21)) + U256::from(number);
        (address(number), Allocation { balance, ..Allocation::default() })
    };
    let vrf = troupe_crypto::sr25519::SecretKey::from_seed(&[1; 32]).public_key().to_bytes();
    let (node, address) = (NodeId([1; 32]), Address([0xc0; 20]));
    let validator = Validator { node, key: vec![1; 48], vrf, address };
    Genesis {
        chain_id: 1,
        time: UnixMillis(946_684_800_000),
        gas_limit: Gas(30_000_000),
        base_fee: 10,
        base_fee_floor: 10,
        blocks_per_view: 10,
        election_distance: 13,
        terms: vec![Term { from: Epoch(0), validators: vec![validator] }],
        is_staked: false,
        alloc: (0..accounts).map(rich).collect(),
    }
}

fn open(folder: &Path, accounts: u64, keeps: Keeps) -> Result<Vault, Error> {
    let disk = Directory::open(folder.join("chain")).expect("a folder");
    let opening = Opening {
        disk: Arc::new(disk),
        shelf: Box::new(SledShelf::new(folder.join("index"), SledShelf::CACHE)),
        boot: Boot([1; 16]),
        salt: 7,
        genesis: genesis(accounts),
        keeps,
    };
    Ok(Vault::open(opening, &Sequential, &mut |_| {})?.0)
}

/// Processor seconds so far.
fn spent() -> f64 {
    let at = clock_gettime(ClockId::ProcessCPUTime);
    at.tv_sec as f64 + at.tv_nsec as f64 / 1e9
}

fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let length = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(about) if about.is_dir() => size(&entry.path()),
        Ok(about) => about.len(),
        Err(_) => 0,
    };
    entries.map(length).sum()
}

/// What transfers between random accounts change.
fn changes(random: &mut Random, accounts: u64, height: u64) -> Changes {
    let mut changed = BTreeMap::new();
    for _ in 0..2 * TRANSFERS {
        let (balance, who) = (U256::from(random.below(u64::MAX)), random.below(accounts));
        let balance = U256::from(10).pow(U256::from(21)) + balance;
        let account = Account { nonce: height, balance, ..Account::default() };
        changed.insert(address(who), Some(account));
    }
    Changes { accounts: changed, ..Changes::default() }
}

/// Keeps so many blocks; how large the index was before and is now.
fn grow(folder: &Path, accounts: u64, blocks: u64, keeps: Keeps) -> Result<(u64, u64), Error> {
    let index = folder.join("index");
    let mut vault = open(folder, accounts, keeps)?;
    vault.close()?;
    drop(vault);
    let before = size(&index);
    let mut vault = open(folder, accounts, keeps)?;
    let mut random = Random(3);
    for height in 1..=blocks {
        let header = Header { height: Height(height), ..Header::default() };
        let committed = Committed {
            block: Arc::new(Block::new(header, Body::default())),
            receipts: Arc::default(),
            changes: Arc::new(changes(&mut random, accounts, height)),
            elected: None,
            dropped: Vec::new(),
            above: Vec::new(),
        };
        vault.keep(&[(committed, CommitProof(List::default()))])?;
        if height.is_multiple_of(25) {
            vault.store().flush(Height(u64::MAX))?;
        }
    }
    vault.store().flush(Height(u64::MAX))?;
    vault.close()?;
    Ok((before, size(&index)))
}

fn main() -> Result<(), Error> {
    let mut words = std::env::args().skip(1);
    let mut number = |usual| words.next().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (accounts, blocks): (u64, u64) = (number(100_000), number(500));
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    println!("{accounts} accounts, {blocks} blocks of {TRANSFERS} transfers:");
    for (folder, (name, keeps)) in
        folders.iter().zip([("recent", Keeps::Recent), ("archive", Keeps::States)])
    {
        let began = spent();
        let (before, after) = grow(folder.path(), accounts, blocks, keeps)?;
        let (bytes, cpu) = (after.saturating_sub(before) as f64, spent() - began);
        println!(
            "  {name}: index {:.1} kB a block, {:.0} bytes a changed account, {:.2} ms of processor a block",
            bytes / blocks as f64 / 1e3,
            bytes / (blocks * 2 * TRANSFERS) as f64,
            cpu * 1e3 / blocks as f64
        );
    }
    let vault = open(folders[1].path(), accounts, Keeps::States)?;
    let vault = Arc::new(Mutex::new(vault));
    let at = |height| {
        let opened = vault.lock().unwrap_or_else(PoisonError::into_inner);
        Archived::of(&opened, &vault, Height(height)).expect("an archive")
    };
    let (mut random, began) = (Random(4), spent());
    for _ in 0..READS {
        let old = at(random.below(blocks + 1));
        let account = old.account(&address(random.below(accounts)));
        assert!(account.expect("it reads").is_some());
    }
    println!("  an account of an old state: {:.1} us", (spent() - began) * 1e6 / READS as f64);
    let began = spent();
    let proven = at(blocks / 2).prove(&address(7), &[], usize::MAX).expect("it reads");
    let (root, proof) = proven.expect("it is small enough");
    let seconds = spent() - began;
    proof.check(&root, &address(7)).expect("it is true");
    println!("  a proof against an old state: {seconds:.2} s of processor");
    Ok(())
}
