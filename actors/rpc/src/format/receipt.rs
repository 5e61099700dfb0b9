//! Receipts.

use super::{LogPlace, log};
use crate::answers::Settled;
use crate::encode::{count, data, data_or_null, quantity};
use serde_json::{Value, json};
use troupe_chain::block::{Block, Receipt};
use troupe_types::Address;

/// The receipt of one transaction; `None` where the block has no such. There is a receipt for each
/// of the block's transactions.
pub(crate) fn receipt(
    block: &Block,
    receipts: &[Receipt],
    index: usize,
    sender: Address,
) -> Option<Value> {
    let settled = Settled::of(block, receipts, index, sender)?;
    let Settled { transaction, receipt, gas_used, first_log, contract } = settled;
    let hash = transaction.hash();
    let logs = receipt
        .logs
        .iter()
        .enumerate()
        .map(|(at, entry)| log(entry, LogPlace::of(block, hash, index, first_log + at)));
    let logs: Vec<Value> = logs.collect();
    Some(json!({
        "transactionHash": data(hash),
        "transactionIndex": count(index),
        "blockHash": data(block.hash()),
        "blockNumber": quantity(block.header().height.0),
        "from": data(sender),
        "to": data_or_null(transaction.to()),
        "type": quantity(receipt.kind.byte()),
        "status": quantity(u8::from(receipt.is_success)),
        "cumulativeGasUsed": quantity(receipt.cumulative_gas.0),
        "gasUsed": quantity(gas_used.0),
        "effectiveGasPrice": quantity(receipt.effective_price),
        "contractAddress": data_or_null(contract),
        "logs": logs,
        "logsBloom": data(receipt.bloom()),
    }))
}

/// All receipts of a block.
pub(crate) fn receipts(block: &Block, receipts: &[Receipt], senders: &[Address]) -> Vec<Value> {
    let all = senders.iter().enumerate();
    all.filter_map(|(index, sender)| receipt(block, receipts, index, *sender)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_receipt_has_ethereums_fields() {
        let (block, all) = (sample::block(), sample::receipts());
        let told = receipt(&block, &all, 1, Address([0xaa; 20])).unwrap();
        let hash = data(block.body().transactions[1].hash());
        let entry = |topic: &str, index: &str| {
            json!({
                "address": format!("0x{}", "02".repeat(20)),
                "topics": [format!("0x{}", topic.repeat(32))],
                "data": format!("0x{topic}"),
                "blockHash": data(block.hash()),
                "blockNumber": "0x7",
                "blockTimestamp": "0x65",
                "transactionHash": hash,
                "transactionIndex": "0x1",
                "logIndex": index,
                "removed": false,
            })
        };
        let literal = json!({
            "transactionHash": hash,
            "transactionIndex": "0x1",
            "blockHash": data(block.hash()),
            "blockNumber": "0x7",
            "from": format!("0x{}", "aa".repeat(20)),
            "to": null,
            "type": "0x1",
            "status": "0x1",
            "cumulativeGasUsed": "0x11558",
            "gasUsed": "0xc350",
            "effectiveGasPrice": "0xc",
            "contractAddress": format!("0x{}", "cc".repeat(20)),
            "logs": [entry("02", "0x1"), entry("03", "0x2")],
            "logsBloom": data(all[1].bloom()),
        });
        assert_eq!(told, literal);
        assert_eq!(told["logsBloom"].as_str().unwrap().len(), 2 + 512);
    }

    #[test]
    fn a_creation_that_failed_says_where_the_contract_would_be() {
        let (block, mut all) = (sample::block(), sample::receipts());
        (all[1].is_success, all[1].contract) = (false, None);
        let sender = Address(
            *b"\x6a\xc7\xea\x33\xf8\x83\x1e\xa9\xdc\xc5\x33\x93\xaa\xa8\x8b\x25\xa7\x85\xdb\xf0",
        );
        let told = receipt(&block, &all, 1, sender).unwrap();
        assert_eq!(told["contractAddress"], "0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d");
        assert_eq!(receipt(&block, &all, 0, sender).unwrap()["contractAddress"], Value::Null);
    }

    #[test]
    fn a_failed_transaction_has_status_zero_and_a_place_out_of_range_nothing() {
        let (block, all) = (sample::block(), sample::receipts());
        let told = receipts(&block, &all, &[Address::default(); 4]);
        assert_eq!(told[2]["status"], "0x0");
        assert_eq!(told[3]["type"], "0x78");
        assert_eq!(told[3]["logs"][0]["logIndex"], "0x3");
        assert_eq!(receipt(&block, &all, 4, Address::default()), None);
    }
}
