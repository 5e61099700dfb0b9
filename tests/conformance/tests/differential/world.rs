//! Who is there before, and what is done to them.

use crate::piece::{Piece, assemble};
use crate::program::Author;
use crate::random::Random;
use alloy_primitives::U256;
use std::collections::BTreeMap;
use troupe_crypto::ecdsa::SecretKey;
use troupe_types::Address;

/// How many contracts there are before.
pub(crate) const CONTRACTS: usize = 5;
/// How many people there are.
pub(crate) const PEOPLE: usize = 3;
/// Who produces the block.
pub(crate) const PRODUCER: Address = Address([0xcb; 20]);

/// The key of a person.
pub(crate) fn secret(who: usize) -> SecretKey {
    SecretKey::from_bytes(&[who as u8 + 1; 32]).expect("below the order")
}

/// The address of a person.
pub(crate) fn person(who: usize) -> Address {
    // The addresses of the keys above, which the first test checks.
    const ALL: [&str; PEOPLE] = [
        "1a642f0e3c3af545e7acbd38b07251b3990914f1",
        "5050a4f4b3f9338c3472dcc01a87c76a144b3c9c",
        "3325a78425f17a7e487eb5666b2bfd93abb06c70",
    ];
    let mut bytes = [0; 20];
    hex::decode_to_slice(ALL[who], &mut bytes).expect("40 digits");
    Address(bytes)
}

/// The address of a contract.
pub(crate) fn contract(at: usize) -> Address {
    Address([0xc0 + at as u8; 20])
}

/// A contract before.
#[derive(Debug, Clone)]
pub(crate) struct Contract {
    pub(crate) code: Vec<Piece>,
    pub(crate) balance: u64,
    pub(crate) storage: BTreeMap<u8, U256>,
}

/// A transaction.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    pub(crate) who: usize,
    pub(crate) nonce: u64,
    pub(crate) to: Option<Address>,
    pub(crate) value: U256,
    pub(crate) gas: u64,
    pub(crate) cap: u128,
    pub(crate) tip: u128,
    pub(crate) is_old: bool,
    pub(crate) data: Vec<u8>,
    pub(crate) listed: Vec<(Address, Vec<u8>)>,
}

/// A world and what happens in it.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) contracts: Vec<Contract>,
    pub(crate) acts: Vec<Act>,
    pub(crate) base_fee: u64,
}

impl Story {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let contracts = (0..CONTRACTS).map(|_| Contract::new(&mut random)).collect();
        let base_fee = random.pick(&[0, 7]);
        let mut nonces = [0; PEOPLE];
        let count = 1 + random.below(4);
        let acts = (0..count).map(|_| Act::new(&mut random, &mut nonces)).collect();
        Self { contracts, acts, base_fee }
    }

    /// The same with one thing left out, for everything that can be.
    pub(crate) fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        for at in 0..self.acts.len() {
            let mut less = self.clone();
            less.acts.remove(at);
            all.push(less);
            if !self.acts[at].data.is_empty() {
                let mut less = self.clone();
                less.acts[at].data.truncate(self.acts[at].data.len() / 2);
                all.push(less);
            }
            if !self.acts[at].listed.is_empty() {
                let mut less = self.clone();
                less.acts[at].listed.pop();
                all.push(less);
            }
        }
        for (at, contract) in self.contracts.iter().enumerate() {
            for code in without_one(&contract.code) {
                let mut less = self.clone();
                less.contracts[at].code = code;
                all.push(less);
            }
            if !contract.storage.is_empty() {
                let mut less = self.clone();
                less.contracts[at].storage.clear();
                all.push(less);
            }
        }
        all
    }
}

fn without_one(pieces: &[Piece]) -> Vec<Vec<Piece>> {
    let mut all = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let mut less = pieces.to_vec();
        less.remove(at);
        all.push(less);
        let (inner, build): (_, &dyn Fn(Vec<Piece>) -> Piece) = match piece {
            Piece::Plain(_) => continue,
            Piece::If(condition, inner) => {
                (inner, &move |inner| Piece::If(condition.clone(), inner))
            }
            Piece::Loop(rounds, inner) => (inner, &move |inner| Piece::Loop(*rounds, inner)),
        };
        for inner in without_one(inner) {
            let mut less = pieces.to_vec();
            less[at] = build(inner);
            all.push(less);
        }
    }
    all
}

impl Contract {
    fn new(random: &mut Random) -> Self {
        let length = 1 + random.below(14);
        let code = Author(random).program(length);
        let words = random.below(3);
        let storage = (0..words).map(|_| (random.below(4) as u8, random.word()));
        let storage = storage.filter(|(_, word)| !word.is_zero()).collect();
        Self { code, balance: random.pick(&[0, 5, 1_000]), storage }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        assemble(&self.code)
    }
}

impl Act {
    fn new(random: &mut Random, nonces: &mut [u64; PEOPLE]) -> Self {
        let who = random.below(PEOPLE);
        let is_wrong = random.once_in(40);
        let nonce = nonces[who] + u64::from(is_wrong);
        nonces[who] += u64::from(!is_wrong);
        let to = match random.below(20) {
            0..=14 => Some(contract(random.below(CONTRACTS))),
            15 => Some(person(random.below(PEOPLE))),
            16 => {
                let mut precompiled = Address::default();
                precompiled.0[19] = 1 + random.below(0x11) as u8;
                Some(precompiled)
            }
            _ => None,
        };
        let data = match to {
            None => Author(random).init_code(0),
            Some(_) => {
                let length = random.pick(&[0, 1, 4, 32, 36, 64, 100, 192, 600]);
                let mut data = random.bytes(length);
                if random.once_in(2) {
                    data.iter_mut().for_each(|byte| *byte &= 1);
                }
                data
            }
        };
        let value = match random.below(12) {
            0 => random.word(),
            1..=3 => U256::from(random.below(50)),
            _ => U256::ZERO,
        };
        let gas = random.pick(&[21_000, 30_000, 60_000, 120_000, 300_000, 1_000_000]);
        let gas = gas + random.below(3_000) as u64;
        let cap = random.pick(&[7, 7, 10, 50]);
        let tip = random.pick(&[0, 1, 7]).min(cap);
        let mut listed = Vec::new();
        for _ in 0..random.below(4).saturating_sub(1) {
            let slots = (0..random.below(3)).map(|_| random.below(4) as u8).collect();
            listed.push((contract(random.below(CONTRACTS)), slots));
        }
        let is_old = listed.is_empty() && random.once_in(3);
        Self { who, nonce, to, value, gas, cap, tip, is_old, data, listed }
    }
}
