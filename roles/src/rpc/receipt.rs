//! What became of a transaction.

use super::text::{bytes, large, number};
use alloy_primitives::U256;
use serde_json::Value;
use troupe_types::{Address, Hash};

/// What became of a transaction that is in a committed block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) hash: Hash,
    /// Whether it did what it said; one that did not has paid all the same.
    pub(crate) is_success: bool,
    pub(crate) block: u64,
    pub(crate) block_hash: Hash,
    pub(crate) index: u64,
    pub(crate) from: Address,
    pub(crate) to: Option<Address>,
    /// The contract that it made.
    pub(crate) made: Option<Address>,
    pub(crate) gas_used: u64,
    /// In von per gas.
    pub(crate) gas_price: U256,
    pub(crate) logs: usize,
    /// As the server gave it.
    pub(crate) json: Value,
}

impl Receipt {
    /// Reads a receipt; the error names the field.
    pub(super) fn parse(json: Value) -> Result<Self, &'static str> {
        let field = |name: &'static str| json.get(name).unwrap_or(&Value::Null);
        let count = |name: &'static str| number(field(name)).ok_or(name);
        let hash = |name: &'static str| fixed(field(name)).map(Hash).ok_or(name);
        let party = |name: &'static str| match field(name) {
            Value::Null => Ok(None),
            value => fixed(value).map(|address| Some(Address(address))).ok_or(name),
        };
        let receipt = Self {
            hash: hash("transactionHash")?,
            is_success: count("status")? == 1,
            block: count("blockNumber")?,
            block_hash: hash("blockHash")?,
            index: count("transactionIndex")?,
            from: party("from")?.ok_or("from")?,
            to: party("to")?,
            made: party("contractAddress")?,
            gas_used: count("gasUsed")?,
            gas_price: large(field("effectiveGasPrice")).ok_or("effectiveGasPrice")?,
            logs: field("logs").as_array().ok_or("logs")?.len(),
            json: Value::Null,
        };
        Ok(Self { json, ..receipt })
    }

    /// What was paid for running it, in von.
    pub(crate) fn fee(&self) -> U256 {
        self.gas_price.saturating_mul(U256::from(self.gas_used))
    }
}

/// Bytes of a known length.
pub(crate) fn fixed<const N: usize>(value: &Value) -> Option<[u8; N]> {
    bytes(value)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample() -> Value {
        json!({
            "transactionHash": format!("0x{}", "01".repeat(32)), "status": "0x1",
            "blockNumber": "0x7", "blockHash": format!("0x{}", "02".repeat(32)),
            "transactionIndex": "0x0", "from": format!("0x{}", "03".repeat(20)), "to": null,
            "contractAddress": format!("0x{}", "04".repeat(20)), "gasUsed": "0x5208",
            "effectiveGasPrice": "0xa", "logs": [],
        })
    }

    #[test]
    fn a_receipt_says_where_and_for_how_much() {
        let receipt = Receipt::parse(sample()).unwrap();
        assert_eq!((receipt.block, receipt.to, receipt.fee()), (7, None, U256::from(210_000)));
        assert_eq!(receipt.made, Some(Address([4; 20])));
    }

    #[test]
    fn a_receipt_without_a_field_is_refused_by_its_name() {
        let optional = ["to", "contractAddress"];
        let names: Vec<String> = sample().as_object().unwrap().keys().cloned().collect();
        for name in names.iter().filter(|name| !optional.contains(&name.as_str())) {
            let mut json = sample();
            json.as_object_mut().unwrap().remove(name);
            assert_eq!(Receipt::parse(json), Err(name.as_str()));
        }
    }
}
