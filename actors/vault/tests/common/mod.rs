//! A chain whose validators sign, in a vault; made block by block, without consensus in between.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses a part of this"
)]

#[path = "../../../../protocols/ledger/tests/common/staked.rs"]
pub mod staked;

use alloy_primitives::{Bytes as Data, TxKind, U256};
use std::collections::{BTreeMap, VecDeque};
use troupe_chain::Genesis;
use troupe_chain::genesis::{Allocation, Term, Validator};
use troupe_chain::transaction::{Recovered, Transaction, TxEip1559, Unsigned, recover};
use troupe_consensus::{
    Certificate, CommitProof, Fill, Keys, Kind, Link, Order, Place, Verdict, Work, public_bytes,
    sign,
};
use troupe_crypto::Scheme;
use troupe_crypto::ecdsa::SecretKey;
use troupe_ledger::{Committed, Ledger, Offer, Secrets, machine};
use troupe_runtime::sim::Disk;
use troupe_storage::index::MemoryShelf;
use troupe_storage::{Boot, Commit};
use troupe_types::{Address, Epoch, Gas, Hash, Height, NodeId, UnixMillis};
use troupe_vault::{Error, Keeps, Opening, Restored, Vault};
use troupe_vm::Vm;
use troupe_wire::{List, Seed, Sequential};

pub const PAYERS: u8 = 3;
/// Writes the second word that it is called with to the place that the first one names.
pub const WRITER: Address = Address([0x77; 20]);

pub fn secret(who: u8) -> SecretKey {
    SecretKey::from_bytes(&[who; 32]).unwrap()
}

pub fn account(who: u8) -> Address {
    Address(secret(who).public_key().address())
}

fn validator<S: Scheme>(at: u8) -> S::SecretKey {
    S::generate(&mut Seed::from_number(at.into()).stream("validator"))
}

/// The most candidates of a chain with stakes.
const CANDIDATES: u8 = 7;

fn vrf_secret(at: u8) -> troupe_crypto::sr25519::SecretKey {
    troupe_crypto::sr25519::SecretKey::from_seed(&[at; 32])
}

/// The secrets of their random words.
fn secrets() -> Secrets {
    Secrets((0..CANDIDATES).map(vrf_secret).collect())
}

/// Four validators, blocks of ten a view; three payers, a contract that writes, and `more` accounts.
pub fn genesis<S: Scheme>(more: u32) -> Genesis {
    let member = |at: u8| Validator {
        node: NodeId([at + 1; 32]),
        key: public_bytes::<S>(&S::public_key(&validator::<S>(at))).unwrap().0.to_vec(),
        vrf: vrf_secret(at).public_key().to_bytes(),
        address: Address([0xc0 + at; 20]),
    };
    let rich = Allocation { balance: U256::from(10).pow(U256::from(24)), ..Allocation::default() };
    let mut alloc: BTreeMap<_, _> = (1..=PAYERS).map(|who| (account(who), rich.clone())).collect();
    // PUSH1 32 CALLDATALOAD PUSH1 0 CALLDATALOAD SSTORE
    let code: &[u8] = &[0x60, 0x20, 0x35, 0x60, 0x00, 0x35, 0x55];
    alloc.insert(WRITER, Allocation { code: Data::from_static(code), ..Allocation::default() });
    for number in 0..more {
        let mut address = [0x11; 20];
        address[..4].copy_from_slice(&number.to_le_bytes());
        // What people hold takes nine bytes.
        let balance = U256::from(10).pow(U256::from(21)) + U256::from(number);
        alloc.insert(Address(address), Allocation { balance, ..Allocation::default() });
    }
    Genesis {
        chain_id: 1,
        time: UnixMillis(1_800_000_000_000),
        gas_limit: Gas(100_000_000),
        base_fee: 10,
        base_fee_floor: 10,
        blocks_per_view: 10,
        election_distance: 13,
        terms: vec![Term { from: Epoch(0), validators: (0..4).map(member).collect() }],
        is_staked: false,
        alloc,
    }
}

/// The same where seven have stakes, of which four validate in a round.
pub fn staked<S: Scheme>(more: u32) -> Genesis {
    let founder = |at: u8| {
        let node = NodeId([at + 1; 32]);
        staked::founder::<S>(at.into(), node, &validator::<S>(at), &vrf_secret(at))
    };
    staked::staked(genesis::<S>(more), staked::SEATS, (0..CANDIDATES).map(founder).collect())
}

/// A payment, or a call of the contract that writes.
pub fn transaction(who: u8, nonce: u64, to: Address, input: &[u8]) -> Recovered {
    let fields = TxEip1559 {
        chain_id: 1,
        nonce,
        gas_limit: 60_000,
        max_fee_per_gas: 1_000_000,
        max_priority_fee_per_gas: 3,
        to: TxKind::Call(to.0.into()),
        value: U256::from(u8::from(input.is_empty())),
        input: input.to_vec().into(),
        ..TxEip1559::default()
    };
    recover(Transaction::sign(Unsigned::DynamicFee(fields), &secret(who)).unwrap()).unwrap()
}

/// What a vault lies on.
pub struct Ground {
    pub disk: Disk,
    pub shelf: MemoryShelf,
}

impl Ground {
    pub fn new(seed: u64) -> Self {
        Self { disk: Disk::new(&Seed::from_number(seed)), shelf: MemoryShelf::default() }
    }

    pub fn open(&self, genesis: &Genesis, boot: u8) -> Result<Vault, Error> {
        let opening = Opening {
            disk: self.disk.mount(),
            shelf: Box::new(self.shelf.clone()),
            boot: Boot([boot; 16]),
            salt: 7,
            genesis: genesis.clone(),
            keeps: Keeps::Recent,
        };
        Ok(Vault::open(opening, &Sequential, &mut |_| {})?.0)
    }
}

/// Makes blocks, and has them signed.
pub struct Maker<S: Scheme> {
    chain: Hash,
    secrets: Vec<S::SecretKey>,
    keys: Keys<S>,
    links: VecDeque<Link>,
    blocks_per_view: u64,
    pub vault: Vault,
    pub ledger: Ledger,
}

impl<S: Scheme> Maker<S> {
    pub fn new(mut vault: Vault) -> Self {
        let Restored { ledger, .. } = vault.restore(&Sequential, &mut |_| {}).unwrap();
        let ledger = ledger.with_vm(machine::<S>(Vm::default(), vault.genesis(), vault.chain()));
        let secrets = (0..CANDIDATES).map(validator::<S>).collect();
        let (chain, keys, links) = (vault.chain(), Keys::default(), VecDeque::new());
        let blocks_per_view = vault.genesis().blocks_per_view;
        Self { chain, secrets, keys, links, blocks_per_view, vault, ledger }
    }

    fn certify(&mut self, header: &troupe_consensus::Header) -> Certificate {
        let term = self.ledger.terms().at(header.height).unwrap().clone();
        self.keys.learn(&term).unwrap();
        let statement = header.statement(Kind::Vote);
        let digest = statement.digest(&self.chain);
        let set = term.set.as_slice();
        let mut votes = Vec::new();
        for secret in &self.secrets {
            let key = public_bytes::<S>(&S::public_key(secret)).unwrap();
            let Some(at) = set.iter().position(|one| one.key == key) else { continue };
            if votes.len() == 3 {
                break;
            }
            let signature = sign::<S>(secret, &statement, &self.chain).unwrap();
            votes.push((u16::try_from(at).unwrap(), signature));
        }
        votes.sort_by_key(|(at, _)| *at);
        let signers = votes.iter().map(|(at, _)| *at).collect();
        let work = Work::Combine { epoch: term.epoch, digest, votes };
        let Verdict::Combined { sum, .. } = self.keys.answer(&work, |_| false) else { panic!() };
        Certificate {
            place: statement.place,
            height: statement.height,
            index: statement.index,
            hash: statement.hash,
            signers,
            signature: sum.unwrap(),
        }
    }

    /// Builds and certifies the block after the last one that is certified.
    fn build(&mut self, transactions: &[Recovered]) {
        let (parent, height, time) = match self.links.back() {
            Some(link) => (link.header.hash, link.header.height, link.header.time),
            None => {
                let head = self.ledger.head().block.header();
                (head.hash(), head.height, head.time)
            }
        };
        let height = height.next().unwrap();
        let term = self.ledger.terms().at(height).unwrap();
        let within = height.0 - term.first.0;
        let order = Order {
            parent,
            height,
            place: Place::new(term.epoch.0, within / self.blocks_per_view),
            index: u32::try_from(within % self.blocks_per_view).unwrap(),
            time: UnixMillis(time.0 + 250),
            ends_epoch: height == term.last,
            fill: Fill::Whatever,
        };
        let offer = Offer::transactions(transactions);
        let (block, _) = self.ledger.build(&order, offer, &secrets(), &Sequential).unwrap();
        let certificate = self.certify(&block.header);
        self.links.push_back(Link { header: block.header, certificate });
    }

    /// Makes blocks final up to a height; two more are known above.
    pub fn grow(&mut self, to: u64, transactions: &mut dyn FnMut(u64) -> Vec<Recovered>) {
        while self.ledger.head().block.header().height.0 < to {
            while self.links.len() < 3 {
                let last = self.links.back().map(|link| link.header.height);
                let last = last.unwrap_or(self.ledger.head().block.header().height);
                self.build(&transactions(last.0 + 1));
            }
            let proof = self.links.iter().cloned().collect();
            let proof = CommitProof(List::new(proof).unwrap());
            let link = self.links.pop_front().unwrap();
            let committed: Committed = self.ledger.commit(link.header.hash, proof.clone()).unwrap();
            self.vault.keep(&[(committed, proof)]).unwrap();
        }
    }

    /// A block as it is kept.
    pub fn commit(&mut self, height: u64) -> Commit {
        let mut found = None;
        let log = self.vault.store().log();
        log.replay(log.first()..log.next(), &mut |record| {
            if record.kind == troupe_storage::log::Kind::Commit {
                let commit = Commit::decode(record.payload)?;
                if commit.height == Height(height) {
                    found = Some(commit);
                }
            }
            Ok(())
        })
        .unwrap();
        found.unwrap()
    }

    pub fn root(&self) -> Hash {
        self.ledger.head().block.header().state_root
    }

    pub fn height(&self) -> Height {
        self.ledger.head().block.header().height
    }
}

/// What the ledger of a vault says of its state, computed anew.
pub fn restored(vault: &mut Vault) -> (Height, Hash, Hash) {
    let Restored { ledger, .. } = vault.restore(&Sequential, &mut |_| {}).unwrap();
    let header = ledger.head().block.header();
    let root = ledger.state().root(header.hash()).unwrap();
    assert_eq!(root, header.state_root);
    (header.height, header.hash(), root)
}
