//! A transaction before it is signed, whoever signs it.

use alloy_primitives::{Bytes, TxKind, U256};
use troupe_chain::transaction::{AccessList, NativeFields, TxEip1559, Unsigned};
use troupe_types::{Address, Gas};

/// What a transaction says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) chain_id: u64,
    pub(crate) nonce: u64,
    /// Whom it calls or pays; `None` makes a contract.
    pub(crate) to: Option<Address>,
    /// In von.
    pub(crate) value: U256,
    pub(crate) input: Bytes,
    pub(crate) gas_limit: u64,
    /// In von per gas.
    pub(crate) max_fee: u128,
    /// In von per gas.
    pub(crate) max_tip: u128,
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
