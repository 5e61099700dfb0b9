//! How long a node takes to have its state again: after a kill, after a clean end, after a loss of power.
//!
//! `cargo x bench vault [accounts]`. Processor time of the whole process, for a million accounts.

#![expect(clippy::disallowed_macros, reason = "a benchmark reports to the terminal")]

use alloy_primitives::U256;
use rustix::time::{ClockId, clock_gettime};
use std::path::Path;
use std::sync::Arc;
use troupe_chain::Genesis;
use troupe_chain::genesis::{Allocation, Term, Validator};
use troupe_runtime::Directory;
use troupe_storage::Boot;
use troupe_storage::index::SledShelf;
use troupe_types::{Address, Epoch, Gas, NodeId, UnixMillis};
use troupe_vault::{Error, Keeps, Opening, Vault};
use troupe_wire::Sequential;

/// Accounts of the chain, unless somebody says otherwise.
const ACCOUNTS: u64 = 500_000;

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

fn open(folder: &Path, accounts: u64, boot: u8) -> Result<Vault, Error> {
    let disk = Directory::open(folder.join("chain")).expect("a folder");
    let opening = Opening {
        disk: Arc::new(disk),
        shelf: Box::new(SledShelf::new(folder.join("index"), SledShelf::CACHE)),
        boot: Boot([boot; 16]),
        salt: 7,
        genesis: genesis(accounts),
        keeps: Keeps::Recent,
    };
    let (vault, _) = Vault::open(opening, &Sequential, &mut |_| {})?;
    Ok(vault)
}

/// Processor seconds so far.
fn spent() -> f64 {
    let at = clock_gettime(ClockId::ProcessCPUTime);
    at.tv_sec as f64 + at.tv_nsec as f64 / 1e9
}

/// What a start takes: to work out the genesis block, to open the log and the index, to rebuild the tries.
struct Start {
    genesis: f64,
    opened: f64,
    restored: f64,
}

fn timed(folder: &Path, accounts: u64, boot: u8) -> Result<(Start, Vault), Error> {
    let began = spent();
    genesis(accounts).build(&Sequential)?;
    let built = spent();
    let mut vault = open(folder, accounts, boot)?;
    let opened = spent();
    drop(vault.restore(&Sequential, &mut |_| {})?);
    let genesis = built - began;
    let start = Start { genesis, opened: opened - built - genesis, restored: spent() - opened };
    Ok((start, vault))
}

fn main() -> Result<(), Error> {
    let accounts = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(ACCOUNTS);
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    println!("{accounts} accounts; processor seconds for a million of them:");
    let million = |seconds: f64| seconds * 1e6 / accounts as f64;
    let tell = |what: &str, Start { genesis, opened, restored }: Start| {
        let (genesis, opened, restored) = (million(genesis), million(opened), million(restored));
        println!("  {what}: genesis {genesis:.2}, log and index {opened:.2}, tries {restored:.2}");
    };
    let (start, vault) = timed(folder, accounts, 1)?;
    tell("begun", start);
    drop(vault);
    let (start, mut vault) = timed(folder, accounts, 1)?;
    tell("after a kill", start);
    vault.close()?;
    drop(vault);
    let (start, vault) = timed(folder, accounts, 2)?;
    tell("after a clean end, in another boot", start);
    drop(vault);
    let (start, _) = timed(folder, accounts, 3)?;
    tell("after a loss of power", start);
    Ok(())
}
