//! What the chain in memory consists of.

use super::Program;
use crate::{Address, Hash, U256};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// One account.
#[derive(Clone, Default)]
pub(super) struct Account {
    pub(super) balance: U256,
    /// Contracts it created.
    pub(super) created: u64,
    pub(super) program: Option<Program>,
    pub(super) storage: BTreeMap<[u8; 32], [u8; 32]>,
}

/// What is undone when a call fails.
#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) accounts: BTreeMap<Address, Account>,
    pub(super) transient: BTreeMap<(Address, [u8; 32]), [u8; 32]>,
    pub(super) logs: Vec<Log>,
}

/// What a contract told those who watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The contract.
    pub address: Address,
    /// 0 to 4 topics.
    pub topics: Vec<Hash>,
    /// The rest.
    pub data: Vec<u8>,
}

/// The block that calls are in.
#[derive(Debug, Clone)]
pub struct Block {
    /// Its number.
    pub height: u64,
    /// Milliseconds since 1970.
    pub time_millis: u64,
    /// The most gas it may use.
    pub gas_limit: u64,
    /// The chain.
    pub chain_id: u64,
    /// Who gets the fees.
    pub coinbase: Address,
    /// What a transaction pays for one gas.
    pub gas_price: U256,
    /// The base fee for one gas.
    pub base_fee: U256,
    /// The random number.
    pub randomness: U256,
}

impl Default for Block {
    /// The first block of a development network, at the beginning of 2026.
    fn default() -> Self {
        Self {
            height: 1,
            time_millis: 1_767_225_600_000,
            gas_limit: 30_000_000,
            chain_id: 1_120_260,
            coinbase: Address([0xcb; 20]),
            gas_price: U256::new(1_000_000_000),
            base_fee: U256::new(1_000_000_000),
            randomness: U256::new(7),
        }
    }
}

impl State {
    pub(super) fn account(&mut self, address: Address) -> &mut Account {
        self.accounts.entry(address).or_default()
    }

    pub(super) fn balance(&self, of: Address) -> U256 {
        self.accounts.get(&of).map_or(U256::ZERO, |account| account.balance)
    }

    pub(super) fn program(&self, of: Address) -> Option<Program> {
        self.accounts.get(&of)?.program.clone()
    }

    /// Moves value; false where it is not there.
    pub(super) fn transfer(&mut self, from: Address, to: Address, value: U256) -> bool {
        let Some(rest) = self.balance(from).checked_sub(value) else { return false };
        self.account(from).balance = rest;
        let receiver = self.account(to);
        receiver.balance += value;
        true
    }
}
