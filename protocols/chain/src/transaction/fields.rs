//! What every type has, by one name.

use super::Transaction;
use alloy_consensus::Transaction as Fields;
use alloy_eips::eip2930::AccessListItem;
use alloy_primitives::{TxKind, U256};
use troupe_types::{Address, Gas};

impl Transaction {
    fn ethereum(&self) -> Result<&dyn Fields, &super::Native> {
        match self {
            Self::Legacy(signed) => Ok(signed.tx()),
            Self::AccessList(signed) => Ok(signed.tx()),
            Self::DynamicFee(signed) => Ok(signed.tx()),
            Self::Native(native) => Err(native),
        }
    }

    /// The chain it is for; `None` for one that any chain could take.
    #[must_use]
    pub fn chain_id(&self) -> Option<u64> {
        match self.ethereum() {
            Ok(fields) => fields.chain_id(),
            Err(native) => Some(native.fields().chain_id),
        }
    }

    /// How many transactions its sender must have sent before.
    #[must_use]
    pub fn nonce(&self) -> u64 {
        match self.ethereum() {
            Ok(fields) => fields.nonce(),
            Err(native) => native.fields().nonce,
        }
    }

    /// The most gas it may use.
    #[must_use]
    pub fn gas_limit(&self) -> Gas {
        match self.ethereum() {
            Ok(fields) => Gas(fields.gas_limit()),
            Err(native) => native.fields().gas_limit,
        }
    }

    /// The most it pays, in von per gas; the gas price of the older types.
    #[must_use]
    pub fn max_fee(&self) -> u128 {
        match self.ethereum() {
            Ok(fields) => fields.max_fee_per_gas(),
            Err(native) => native.fields().max_fee,
        }
    }

    /// The most it pays above the base fee, in von per gas; the gas price of the older types.
    #[must_use]
    pub fn max_tip(&self) -> u128 {
        match self.ethereum() {
            Ok(fields) => fields.priority_fee_or_price(),
            Err(native) => native.fields().max_tip,
        }
    }

    /// Whom it calls or pays; `None` when it makes a contract.
    #[must_use]
    pub fn to(&self) -> Option<Address> {
        match self.ethereum() {
            Ok(fields) => match fields.kind() {
                TxKind::Call(address) => Some(Address(address.into_array())),
                TxKind::Create => None,
            },
            Err(native) => native.fields().to,
        }
    }

    /// What it pays, in von.
    #[must_use]
    pub fn value(&self) -> U256 {
        match self.ethereum() {
            Ok(fields) => fields.value(),
            Err(native) => native.fields().value,
        }
    }

    /// Call data, or the code that makes a contract.
    #[must_use]
    pub fn input(&self) -> &alloy_primitives::Bytes {
        match self.ethereum() {
            Ok(fields) => fields.input(),
            Err(native) => &native.fields().input,
        }
    }

    /// What it says it will touch.
    #[must_use]
    pub fn access_list(&self) -> &[AccessListItem] {
        match self.ethereum() {
            Ok(fields) => fields.access_list().map_or(&[], |list| &list.0),
            Err(native) => &native.fields().access_list.0,
        }
    }

    /// What the proposer gets under a base fee, in von per gas; `None` when it does not pay the base fee.
    // EIP-1559
    #[must_use]
    pub fn effective_tip(&self, base_fee: u64) -> Option<u128> {
        let above = self.max_fee().checked_sub(base_fee.into())?;
        Some(above.min(self.max_tip()))
    }

    /// What it pays under a base fee, in von per gas; `None` when it does not pay the base fee.
    #[must_use]
    pub fn effective_price(&self, base_fee: u64) -> Option<u128> {
        self.effective_tip(base_fee)?.checked_add(base_fee.into())
    }

    /// The most it can take from its sender, in von: gas and value. The largest number where that
    /// does not fit, which nobody has.
    #[must_use]
    pub fn cost(&self) -> U256 {
        let gas = U256::from(self.gas_limit().0).saturating_mul(U256::from(self.max_fee()));
        gas.saturating_add(self.value())
    }
}
