//! How long a node takes to have its state again: after a kill, after a clean end, after a loss of power.
//!
//! `cargo run --release -p troupe-vault --example bench_vault [accounts]`

use alloy_primitives::U256;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use troupe_chain::Genesis;
use troupe_chain::genesis::{Allocation, Term, Validator};
use troupe_runtime::Directory;
use troupe_storage::Boot;
use troupe_storage::index::SledShelf;
use troupe_types::{Address, Epoch, Gas, NodeId, UnixMillis};
use troupe_vault::{Error, Opening, Vault};
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
    let validator =
        Validator { node: NodeId([1; 32]), key: vec![1; 48], address: Address([0xc0; 20]) };
    Genesis {
        chain_id: 1,
        time: UnixMillis(946_684_800_000),
        gas_limit: Gas(30_000_000),
        base_fee: 10,
        base_fee_floor: 10,
        blocks_per_view: 10,
        election_distance: 3,
        terms: vec![Term { from: Epoch(0), validators: vec![validator] }],
        alloc: (0..accounts).map(rich).collect(),
    }
}

fn open(folder: &Path, accounts: u64, boot: u8) -> Result<Vault, Error> {
    let disk = Directory::open(&folder.join("chain")).expect("a folder");
    let opening = Opening {
        disk: Arc::new(disk),
        shelf: Box::new(SledShelf::new(folder.join("index"), SledShelf::CACHE)),
        boot: Boot([boot; 16]),
        salt: 7,
        genesis: genesis(accounts),
    };
    let (vault, _) = Vault::open(opening, &Sequential, &mut |_| {})?;
    Ok(vault)
}

/// Seconds that opening and restoring take.
fn timed(folder: &Path, accounts: u64, boot: u8) -> Result<(f64, f64, f64, Vault), Error> {
    let genesis_alone = {
        let began = Instant::now();
        genesis(accounts).build(&Sequential)?;
        began.elapsed().as_secs_f64()
    };
    let began = Instant::now();
    let mut vault = open(folder, accounts, boot)?;
    let opened = began.elapsed().as_secs_f64() - genesis_alone;
    let began = Instant::now();
    drop(vault.restore(&Sequential, &mut |_| {})?);
    Ok((genesis_alone, opened, began.elapsed().as_secs_f64(), vault))
}

fn main() -> Result<(), Error> {
    let accounts = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(ACCOUNTS);
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    println!("{accounts} accounts; seconds for a million of them:");
    let million = |seconds: f64| seconds * 1e6 / accounts as f64;
    let tell = |what: &str, (genesis, opened, restored): (f64, f64, f64)| {
        println!(
            "  {what}: genesis {:.2}, log and index {:.2}, tries {:.2}",
            million(genesis),
            million(opened),
            million(restored)
        );
    };
    let (genesis, opened, restored, vault) = timed(folder, accounts, 1)?;
    tell("begun", (genesis, opened, restored));
    drop(vault);
    let (genesis, opened, restored, mut vault) = timed(folder, accounts, 1)?;
    tell("after a kill", (genesis, opened, restored));
    vault.close()?;
    drop(vault);
    let (genesis, opened, restored, vault) = timed(folder, accounts, 2)?;
    tell("after a clean end, in another boot", (genesis, opened, restored));
    drop(vault);
    let (genesis, opened, restored, _) = timed(folder, accounts, 3)?;
    tell("after a loss of power", (genesis, opened, restored));
    Ok(())
}
