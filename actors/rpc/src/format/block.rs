//! Blocks.

use crate::backend::Found;
use crate::encode::{count, data, quantity};
use serde_json::{Map, Value, json};
use troupe_chain::Header;
use troupe_chain::block::Block;
use troupe_types::Hash;

/// The Keccak-256 of the empty list: there are no uncles.
const NO_UNCLES: &str = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";

/// A header, as subscriptions send it.
pub(crate) fn header(found: &Found) -> Value {
    Value::Object(fields(&found.header, found.hash))
}

/// A block with its transactions, or their hashes.
pub(crate) fn block(block: &Block, transactions: Vec<Value>) -> Value {
    let mut fields = fields(block.header(), block.hash());
    // A committed block was encoded before.
    let size = block.encode().map_or(0, |bytes| bytes.len());
    fields.insert("size".into(), Value::String(count(size)));
    fields.insert("transactions".into(), Value::Array(transactions));
    fields.insert("uncles".into(), Value::Array(Vec::new()));
    Value::Object(fields)
}

fn fields(header: &Header, hash: Hash) -> Map<String, Value> {
    let fields = json!({
        "number": quantity(header.height.0),
        "hash": data(hash),
        "parentHash": data(header.parent),
        "nonce": "0x0000000000000000",
        // What contracts get from PREVRANDAO. EIP-4399
        "mixHash": data(header.word()),
        "sha3Uncles": NO_UNCLES,
        "logsBloom": data(header.logs_bloom),
        "transactionsRoot": data(header.transactions_root),
        "stateRoot": data(header.state_root),
        "receiptsRoot": data(header.receipts_root),
        "miner": data(header.coinbase),
        "difficulty": "0x0",
        "extraData": data(&header.extra),
        "gasLimit": quantity(header.gas_limit.0),
        "gasUsed": quantity(header.gas_used.0),
        "timestamp": quantity(header.time.0 / 1_000),
        "baseFeePerGas": quantity(header.base_fee),
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_block_has_ethereums_fields() {
        let sample = sample::block();
        let told = block(&sample, vec![json!("0x01")]);
        let literal = json!({
            "number": "0x7",
            "hash": data(sample.hash()),
            "parentHash": format!("0x{}", "01".repeat(32)),
            "nonce": "0x0000000000000000",
            "mixHash": data(sample.header().word()),
            "sha3Uncles": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
            "logsBloom": format!("0x{}", "00".repeat(256)),
            "transactionsRoot": format!("0x{}", "03".repeat(32)),
            "stateRoot": format!("0x{}", "04".repeat(32)),
            "receiptsRoot": format!("0x{}", "05".repeat(32)),
            "miner": format!("0x{}", "06".repeat(20)),
            "difficulty": "0x0",
            "extraData": "0xabcd",
            "gasLimit": "0x1c9c380",
            "gasUsed": "0x5208",
            "timestamp": "0x65",
            "baseFeePerGas": "0xa",
            "size": count(sample.encode().unwrap().len()),
            "transactions": ["0x01"],
            "uncles": [],
        });
        assert_eq!(told, literal);
    }

    #[test]
    fn a_head_is_a_block_without_what_only_blocks_have() {
        let sample = sample::block();
        let found = Found { header: sample.header().clone(), hash: sample.hash() };
        let Value::Object(head) = header(&found) else { panic!("no object") };
        let Value::Object(mut whole) = block(&sample, Vec::new()) else { panic!("no object") };
        for only in ["size", "transactions", "uncles"] {
            whole.remove(only);
        }
        assert_eq!(head, whole);
    }
}
