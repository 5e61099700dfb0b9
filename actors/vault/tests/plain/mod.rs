//! A vault that keeps whatever it is told: blocks that nobody executed and nobody signed.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses a part of this"
)]

use alloy_primitives::U256;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use troupe_chain::block::{Body, Receipt};
use troupe_chain::genesis::{Allocation, Term, Validator};
use troupe_chain::state::{Changes, Code};
use troupe_chain::{Block, Genesis, Header};
use troupe_consensus::CommitProof;
use troupe_ledger::Committed;
use troupe_runtime::sim::Disk;
use troupe_storage::Boot;
use troupe_storage::index::MemoryShelf;
use troupe_types::{Address, Epoch, Gas, Hash, Height, NodeId, UnixMillis};
use troupe_vault::{Error, Keeps, Opening, Vault};
use troupe_wire::{List, Seed, Sequential};

pub fn genesis() -> Genesis {
    let rich = Allocation {
        balance: U256::from(7),
        storage: BTreeMap::from([(Hash([0; 32]), U256::from(9))]),
        code: Code::from(vec![1; 3]),
        ..Allocation::default()
    };
    let vrf = troupe_crypto::sr25519::SecretKey::from_seed(&[1; 32]).public_key().to_bytes();
    let (node, address) = (NodeId([1; 32]), Address([0xc0; 20]));
    let validator = Validator { node, key: vec![1; 48], vrf, address };
    Genesis {
        chain_id: 1,
        time: UnixMillis(1_800_000_000_000),
        gas_limit: Gas(30_000_000),
        base_fee: 10,
        base_fee_floor: 10,
        blocks_per_view: 10,
        election_distance: 13,
        terms: vec![Term { from: Epoch(0), validators: vec![validator] }],
        is_staked: false,
        alloc: BTreeMap::from([(Address([0; 20]), rich)]),
    }
}

/// A vault's files, and what holds them between openings.
pub struct Computer {
    disk: Disk,
    shelf: MemoryShelf,
    /// Another boot: the index is filled again.
    pub boot: u8,
}

impl Computer {
    pub fn new() -> Self {
        let disk = Disk::new(&Seed::from_number(5));
        Self { disk, shelf: MemoryShelf::default(), boot: 1 }
    }

    pub fn open(&self, keeps: Keeps) -> Result<Arc<Mutex<Vault>>, Error> {
        let opening = Opening {
            disk: self.disk.mount(),
            shelf: Box::new(self.shelf.clone()),
            boot: Boot([self.boot; 16]),
            salt: 7,
            genesis: genesis(),
            keeps,
        };
        Ok(Arc::new(Mutex::new(Vault::open(opening, &Sequential, &mut |_| {})?.0)))
    }
}

/// Keeps another block.
pub fn keep(vault: &Mutex<Vault>, body: Body, receipts: Vec<Receipt>, changes: Changes) {
    let mut vault = vault.lock().unwrap();
    let height = vault.store().committed().unwrap().height.next().unwrap();
    let header = Header { height, ..Header::default() };
    let committed = Committed {
        block: Arc::new(Block::new(header, body)),
        receipts: Arc::new(receipts),
        changes: Arc::new(changes),
        elected: None,
        dropped: Vec::new(),
        above: Vec::new(),
    };
    vault.keep(&[(committed, CommitProof(List::default()))]).unwrap();
}

pub fn flush(vault: &Mutex<Vault>) {
    vault.lock().unwrap().store().flush(Height(u64::MAX)).unwrap();
}
