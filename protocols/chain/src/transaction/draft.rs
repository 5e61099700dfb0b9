//! A transaction before it is signed, whoever signs it.

use super::{AccessList, NativeFields, TxEip1559, Unsigned};
use alloy_primitives::{Bytes, TxKind, U256};
use troupe_types::{Address, Gas};

/// What a transaction says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The chain's number.
    pub chain_id: u64,
    /// The account's next one.
    pub nonce: u64,
    /// Whom it calls or pays; `None` makes a contract.
    pub to: Option<Address>,
    /// In von.
    pub value: U256,
    /// What it says.
    pub input: Bytes,
    /// What it may use.
    pub gas_limit: u64,
    /// All that it offers, in von per gas.
    pub max_fee: u128,
    /// Of that, to whoever makes the block.
    pub max_tip: u128,
}

impl Draft {
    /// For a key of Ethereum's. EIP-1559
    pub(super) fn dynamic(self) -> Unsigned {
        Unsigned::DynamicFee(TxEip1559 {
            chain_id: self.chain_id,
            nonce: self.nonce,
            gas_limit: self.gas_limit,
            max_fee_per_gas: self.max_fee,
            max_priority_fee_per_gas: self.max_tip,
            to: self.to.map_or(TxKind::Create, |to| TxKind::Call(to.0.into())),
            value: self.value,
            access_list: AccessList::default(),
            input: self.input,
        })
    }

    /// For a key of our own kind.
    pub(super) fn native(self) -> NativeFields {
        NativeFields {
            chain_id: self.chain_id,
            nonce: self.nonce,
            max_tip: self.max_tip,
            max_fee: self.max_fee,
            gas_limit: Gas(self.gas_limit),
            to: self.to,
            value: self.value,
            input: self.input,
            access_list: AccessList::default(),
        }
    }
}
