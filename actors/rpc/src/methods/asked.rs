//! Transactions as clients describe them, before anybody signs them.

use crate::arguments::Argument;
use crate::error::Error;
use alloy_primitives::{TxKind, U256};
use troupe_chain::transaction::{
    AccessList, AccessListItem, Kind, Transaction, TxEip1559, TxEip2930, TxLegacy, Unsigned,
};
use troupe_types::{Address, Gas};
use troupe_vm::{CallRequest, Fee};

/// The most addresses of an access list, and the most keys of one.
const MAX_LISTED: usize = 1_000;

/// A transaction as a client describes it.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The call. Its gas is what [`Asked::gas`] says, and its fees do not matter.
    pub request: CallRequest,
    /// The gas that the client allows.
    pub gas: Option<Gas>,
    /// The nonce that it would have.
    pub nonce: Option<u64>,
    /// What it would pay for gas.
    pub fees: Fees,
    /// The chain that it is for.
    pub chain_id: Option<u64>,
}

/// What it would pay for gas, in von for each unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fees {
    /// What it pays, where it says one number.
    pub price: Option<u128>,
    /// The most that it pays.
    pub cap: Option<u128>,
    /// The most that it pays beyond the base fee.
    pub tip: Option<u128>,
}

impl Asked {
    pub(super) fn read(transaction: Argument) -> Result<Self, Error> {
        let transaction = transaction.object()?;
        for name in ["blobs", "blobVersionedHashes", "authorizationList"] {
            if let Some(field) = transaction.field(name) {
                return Err(field.refuse("is not supported"));
            }
        }
        let address = |name| transaction.field(name).map(|field| field.address()).transpose();
        let number = |name| transaction.field(name).map(|field| field.quantity()).transpose();
        let bytes = |name| transaction.field(name).map(|field| field.data()).transpose();
        let price = |name| transaction.field(name).map(|field| field.price()).transpose();
        let (input, old_input) = (bytes("input")?, bytes("data")?);
        if input.is_some() && old_input.is_some() && input != old_input {
            let reason = "differs from `data`; one of them is enough".into();
            return Err(Error::Argument { name: "input", reason });
        }
        let list = transaction.field("accessList").map(read_access_list).transpose()?;
        let value = transaction.field("value").map(|field| field.wide()).transpose()?;
        let fees = Fees {
            price: price("gasPrice")?,
            cap: price("maxFeePerGas")?,
            tip: price("maxPriorityFeePerGas")?,
        };
        let request = CallRequest {
            from: address("from")?.unwrap_or_default(),
            to: address("to")?,
            value: value.unwrap_or_default(),
            input: input.or(old_input).unwrap_or_default().into(),
            access_list: list.unwrap_or_default(),
            ..CallRequest::default()
        };
        let (gas, nonce, chain_id) = (number("gas")?, number("nonce")?, number("chainId")?);
        Ok(Self { request, gas: gas.map(Gas), nonce, fees, chain_id })
    }

    /// The most that it would pay for a unit of gas; nothing where it does not say.
    pub(super) fn price(&self) -> U256 {
        U256::from(self.fees.cap.or(self.fees.price).unwrap_or_default())
    }

    /// Refuses what is for another chain, and fees of two kinds at once.
    pub(super) fn check(&self, chain_id: u64) -> Result<(), Error> {
        if let Some(got) = self.chain_id.filter(|got| *got != chain_id) {
            let text = format!("chainId does not match node's (have={got}, want={chain_id})");
            return Err(Error::Failed(text));
        }
        let Fees { price, cap, tip } = self.fees;
        if price.is_some() && (cap.is_some() || tip.is_some()) {
            let text = "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified";
            return Err(Error::Failed(text.into()));
        }
        Ok(())
    }

    /// What it pays for gas.
    pub(super) fn fee(&self) -> Fee {
        let Fees { price, cap, tip } = self.fees;
        match price {
            Some(price) => Fee { cap: price, tip: price },
            None => Fee { cap: cap.unwrap_or_default(), tip: tip.unwrap_or_default() },
        }
    }

    /// The type that it would have.
    pub(super) fn kind(&self) -> Kind {
        match self.fees.price {
            None => Kind::DynamicFee,
            Some(_) if self.request.access_list.is_empty() => Kind::Legacy,
            Some(_) => Kind::AccessList,
        }
    }

    /// What it would be, signed by nobody. Its gas is the request's.
    pub(super) fn transaction(&self, chain_id: u64, nonce: u64) -> Transaction {
        let CallRequest { to, value, gas, input, access_list, .. } = &self.request;
        let (value, gas_limit, input) = (*value, gas.0, input.clone());
        let to = to.map_or(TxKind::Create, |to| TxKind::Call(to.0.into()));
        let access_list = AccessList(access_list.clone());
        let Fee { cap, tip } = self.fee();
        let fields = match self.kind() {
            Kind::Legacy => Unsigned::Legacy(TxLegacy {
                chain_id: None,
                nonce,
                gas_price: cap,
                gas_limit,
                to,
                value,
                input,
            }),
            Kind::AccessList => Unsigned::AccessList(TxEip2930 {
                chain_id,
                nonce,
                gas_price: cap,
                gas_limit,
                to,
                value,
                access_list,
                input,
            }),
            Kind::DynamicFee | Kind::Native => Unsigned::DynamicFee(TxEip1559 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas: cap,
                max_priority_fee_per_gas: tip,
                to,
                value,
                access_list,
                input,
            }),
        };
        Transaction::unsigned(fields)
    }

    /// Who would send it.
    pub(super) const fn sender(&self) -> Address {
        self.request.from
    }
}

fn read_access_list(list: Argument) -> Result<Vec<AccessListItem>, Error> {
    let mut items = Vec::new();
    for item in list.list(MAX_LISTED)? {
        let item = item.object()?;
        let missing = |name| Error::Argument { name, reason: "is missing".into() };
        let address = item.field("address").ok_or_else(|| missing("address"))?.address()?;
        let keys = item.field("storageKeys").ok_or_else(|| missing("storageKeys"))?;
        let mut storage_keys = Vec::new();
        for key in keys.list(MAX_LISTED)? {
            storage_keys.push(key.hash()?.0.into());
        }
        items.push(AccessListItem { address: address.0.into(), storage_keys });
    }
    Ok(items)
}
