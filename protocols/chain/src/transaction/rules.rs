//! What can be said of a transaction without looking at the state.

use super::Transaction;
use crate::Genesis;
use crate::Invalid;
use alloy_eips::eip2930::AccessListItem;
use troupe_types::{Bytes, Gas};

/// Every transaction. Yellow paper, appendix G
const BASE: u64 = 21_000;
/// Making a contract. EIP-2
const CREATE: u64 = 32_000;
/// A byte of input that is zero, and one that is not. EIP-2028
const ZERO_BYTE: u64 = 4;
const OTHER_BYTE: u64 = 16;
/// A word of init code. EIP-3860
const INIT_WORD: u64 = 2;
/// What every token of data costs at least, where a byte is one token if it is zero and four if not.
/// EIP-7623
const FLOOR_TOKEN: u64 = 10;
const TOKENS_OF_OTHER: u64 = 4;
/// What a contract in WebAssembly begins with: its magic number and version.
const MODULE: [u8; 8] = *b"\0asm\x01\0\0\0";
/// What creation data of PlatON's form begins with, and the least first byte of the list that follows.
const MAGIC: [u8; 4] = *b"\0asm";
const LIST: u8 = 0xc0;
/// An address and a slot of an access list. EIP-2930
const LISTED_ADDRESS: u64 = 2_400;
const LISTED_SLOT: u64 = 1_900;

/// Which of Ethereum's forks execution follows. Our networks follow the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fork {
    /// Cancun as it is: there for Ethereum's own tests.
    Cancun,
    /// Cancun, and of Prague the floor of EIP-7623 and the precompiled contracts of EIP-2537.
    #[default]
    Prague,
}

/// What this chain, and this node, ask of every transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The chain.
    pub chain_id: u64,
    /// The gas of a block, which no transaction exceeds.
    pub block_gas: Gas,
    /// The longest code that makes a contract. EIP-3860 has 48 KiB. Contracts in WebAssembly have no
    /// limit here but that of a transaction: they are data that is checked and kept, no code that runs.
    pub max_init_code: Bytes,
    /// The least tip this node pools, in von per gas; blocks may hold less.
    pub min_tip: u128,
}

impl Rules {
    /// The rules of a chain: blocks as large as its genesis says, init code of 48 KiB (EIP-3860).
    #[must_use]
    pub const fn of(genesis: &Genesis) -> Self {
        let (chain_id, block_gas) = (genesis.chain_id, genesis.gas_limit);
        Self { chain_id, block_gas, max_init_code: Bytes::kib(48), min_tip: 0 }
    }

    /// What is asked of every transaction in a block, whoever made it.
    pub fn check(&self, transaction: &Transaction) -> Result<(), Invalid> {
        self.check_in(transaction, Fork::default())
    }

    /// The same in a fork.
    pub fn check_in(&self, transaction: &Transaction, fork: Fork) -> Result<(), Invalid> {
        match transaction.chain_id() {
            None => return Err(Invalid::Unprotected),
            Some(got) if got != self.chain_id => {
                return Err(Invalid::ChainId { got, want: self.chain_id });
            }
            Some(_) => {}
        }
        self.check_fields(transaction, fork)
    }

    /// What is asked of a transaction whatever chain it is for.
    pub fn check_fields(&self, transaction: &Transaction, fork: Fork) -> Result<(), Invalid> {
        let size = transaction.encoded_length();
        if size > super::MAX_TRANSACTION {
            let (got, limit) = (Bytes::of(size), Bytes::of(super::MAX_TRANSACTION));
            return Err(Invalid::Oversized { got, limit });
        }
        if transaction.nonce() == u64::MAX {
            return Err(Invalid::NonceMax);
        }
        let input = Bytes::of(transaction.input().len());
        let is_init_code = transaction.to().is_none() && !makes_module(transaction.input());
        if is_init_code && input > self.max_init_code {
            return Err(Invalid::InitCode { got: input, limit: self.max_init_code });
        }
        let (tip, cap) = (transaction.max_tip(), transaction.max_fee());
        if tip > cap {
            return Err(Invalid::TipAboveCap { tip, cap });
        }
        let got = transaction.gas_limit();
        if got > self.block_gas {
            return Err(Invalid::BlockGas { got, limit: self.block_gas });
        }
        let (input, is_create) = (transaction.input(), transaction.to().is_none());
        let want = Intrinsic::of(input, is_create, transaction.access_list()).within(fork).least();
        if got < want {
            return Err(Invalid::IntrinsicGas { got, want });
        }
        Ok(())
    }

    /// What is asked besides of one that wants to wait in this node's pool.
    pub fn check_for_pool(&self, transaction: &Transaction) -> Result<(), Invalid> {
        self.check(transaction)?;
        let got = transaction.max_tip();
        if got < self.min_tip {
            return Err(Invalid::Underpriced { got, want: self.min_tip });
        }
        Ok(())
    }
}

/// Whether code is a contract in WebAssembly. To Ethereum's machine such code is `STOP`, so nothing is taken
/// from it.
#[must_use]
pub fn is_module(code: &[u8]) -> bool {
    code.starts_with(&MODULE)
}

/// Whether creation data makes a contract in WebAssembly: a module with what follows it, or PlatON's magic
/// number and list.
#[must_use]
pub fn makes_module(data: &[u8]) -> bool {
    let is_list = |first: &u8| *first >= LIST;
    is_module(data) || (data.starts_with(&MAGIC) && data.get(MAGIC.len()).is_some_and(is_list))
}

/// What a transaction costs, whatever it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intrinsic {
    /// Used before anything runs.
    pub used: Gas,
    /// Used in the end at least, refunds or not. EIP-7623
    pub floor: Gas,
}

impl Intrinsic {
    /// Of a call with this input; one that makes a contract or not.
    #[must_use]
    pub fn of(input: &[u8], is_create: bool, access_list: &[AccessListItem]) -> Self {
        // Each summand is a length times a small number, and lengths are those of what is in memory.
        let zeros = input.iter().filter(|byte| **byte == 0).count() as u64;
        let others = input.len() as u64 - zeros;
        let mut used = BASE + zeros * ZERO_BYTE + others * OTHER_BYTE;
        if is_create {
            used += CREATE + (input.len() as u64).div_ceil(32) * INIT_WORD;
        }
        for item in access_list {
            used += LISTED_ADDRESS + item.storage_keys.len() as u64 * LISTED_SLOT;
        }
        let floor = BASE + (zeros + others * TOKENS_OF_OTHER) * FLOOR_TOKEN;
        Self { used: Gas(used), floor: Gas(floor) }
    }

    /// What of it holds in a fork.
    #[must_use]
    pub const fn within(self, fork: Fork) -> Self {
        match fork {
            Fork::Cancun => Self { used: self.used, floor: Gas::ZERO },
            Fork::Prague => self,
        }
    }

    /// The least gas limit.
    #[must_use]
    pub fn least(self) -> Gas {
        self.used.max(self.floor)
    }
}

/// The least gas limit of a transaction.
#[must_use]
pub fn intrinsic_gas(transaction: &Transaction) -> Gas {
    let is_create = transaction.to().is_none();
    intrinsic_gas_of(transaction.input(), is_create, transaction.access_list())
}

/// The least gas limit of a call with this input; one that makes a contract or not.
#[must_use]
pub fn intrinsic_gas_of(input: &[u8], is_create: bool, access_list: &[AccessListItem]) -> Gas {
    Intrinsic::of(input, is_create, access_list).least()
}
