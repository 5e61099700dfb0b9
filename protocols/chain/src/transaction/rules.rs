//! What can be said of a transaction without looking at the state.

use super::Transaction;
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
/// An address and a slot of an access list. EIP-2930
const LISTED_ADDRESS: u64 = 2_400;
const LISTED_SLOT: u64 = 1_900;

/// What this chain, and this node, ask of every transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The chain.
    pub chain_id: u64,
    /// The gas of a block, which no transaction exceeds.
    pub block_gas: Gas,
    /// The longest code that makes a contract. EIP-3860 has 48 KiB.
    pub max_init_code: Bytes,
    /// The least tip this node pools, in von per gas; blocks may hold less.
    pub min_tip: u128,
}

impl Rules {
    /// What is asked of every transaction in a block, whoever made it.
    pub fn check(&self, transaction: &Transaction) -> Result<(), Invalid> {
        match transaction.chain_id() {
            None => return Err(Invalid::Unprotected),
            Some(got) if got != self.chain_id => {
                return Err(Invalid::ChainId { got, want: self.chain_id });
            }
            Some(_) => {}
        }
        self.check_fields(transaction)
    }

    /// What is asked of a transaction whatever chain it is for.
    pub fn check_fields(&self, transaction: &Transaction) -> Result<(), Invalid> {
        let size = transaction.encoded_length();
        if size > super::MAX_TRANSACTION {
            let (got, limit) = (Bytes::of(size), Bytes::of(super::MAX_TRANSACTION));
            return Err(Invalid::Oversized { got, limit });
        }
        if transaction.nonce() == u64::MAX {
            return Err(Invalid::NonceMax);
        }
        let input = Bytes::of(transaction.input().len());
        if transaction.to().is_none() && input > self.max_init_code {
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
        let want = intrinsic_gas(transaction);
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

/// The gas that a transaction uses before anything runs.
#[must_use]
pub fn intrinsic_gas(transaction: &Transaction) -> Gas {
    let is_create = transaction.to().is_none();
    intrinsic_gas_of(transaction.input(), is_create, transaction.access_list())
}

/// The gas that a call with this input uses before anything runs; one that makes a contract or not.
#[must_use]
pub fn intrinsic_gas_of(input: &[u8], is_create: bool, access_list: &[AccessListItem]) -> Gas {
    // Each summand is a length times a small number, and lengths are those of what is in memory.
    let zeros = input.iter().filter(|byte| **byte == 0).count() as u64;
    let others = input.len() as u64 - zeros;
    let mut gas = BASE + zeros * ZERO_BYTE + others * OTHER_BYTE;
    if is_create {
        gas += CREATE + (input.len() as u64).div_ceil(32) * INIT_WORD;
    }
    for item in access_list {
        gas += LISTED_ADDRESS + item.storage_keys.len() as u64 * LISTED_SLOT;
    }
    Gas(gas)
}
