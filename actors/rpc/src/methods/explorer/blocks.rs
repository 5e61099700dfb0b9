//! Blocks for pages of an explorer.

use crate::arguments::Arguments;
use crate::context::Api;
use crate::encode::{count, quantity, wide};
use crate::error::Error;
use crate::format::{self, Mined};
use alloy_primitives::U256;
use serde_json::{Value, json};
use std::sync::Arc;
use troupe_chain::block::{Block, Receipt};

/// The most transactions of a page.
const MOST_OF_A_PAGE: usize = 1_000;
/// Digits of what is told of a transaction's input: `0x` and the selector of its function.
const SELECTOR: usize = 2 + 8;

/// A block without its transactions, and what was paid for them.
pub(in crate::methods) async fn details(
    api: Arc<Api>,
    mut arguments: Arguments,
) -> Result<Value, Error> {
    let named = arguments.required("block")?.loose_block()?;
    let Some(block) = api.block(named).await? else { return Ok(Value::Null) };
    let receipts = api.receipts(&block).await?;
    let mut told = summary(&block, Vec::new());
    if let Value::Object(fields) = &mut told {
        fields.remove("transactions");
    }
    // Fees are all that a producer gets.
    let issuance = json!({ "blockReward": "0x0", "uncleReward": "0x0", "issuance": "0x0" });
    Ok(json!({ "block": told, "issuance": issuance, "totalFees": wide(fees(&receipts)) }))
}

/// One page of a block's transactions; the first page has the last ones.
pub(in crate::methods) async fn transactions(
    api: Arc<Api>,
    mut arguments: Arguments,
) -> Result<Value, Error> {
    let named = arguments.required("block")?.loose_block()?;
    let page = arguments.required("page")?.loose_index()?;
    let size = arguments.required("size")?.loose_index()?;
    if size == 0 || size > MOST_OF_A_PAGE {
        let reason = format!("of {size} is not from 1 to {MOST_OF_A_PAGE}");
        return Err(Error::Argument { name: "size", reason });
    }
    let Some(block) = api.block(named).await? else { return Ok(Value::Null) };
    let receipts = api.receipts(&block).await?;
    let all = &block.body().transactions;
    let end = all.len().saturating_sub(page.saturating_mul(size));
    let start = end.saturating_sub(size);
    let senders = api.senders(all[start..end].to_vec()).await?;
    let (mut transactions, mut told) = (Vec::new(), Vec::new());
    for (index, sender) in (start..end).zip(senders) {
        let mut transaction =
            format::transaction(&all[index], sender, Some(Mined::of(&block, index)));
        if let Some(input) = transaction["input"].as_str().and_then(|text| text.get(..SELECTOR)) {
            transaction["input"] = input.into();
        }
        transactions.push(transaction);
        let receipt = format::receipt(&block, &receipts, index, sender);
        let mut receipt = receipt.unwrap_or_else(|| json!({}));
        (receipt["logs"], receipt["logsBloom"]) = (Value::Null, Value::Null);
        receipt["timestamp"] = quantity(block.header().time.0 / 1_000).into();
        told.push(receipt);
    }
    Ok(json!({ "fullblock": summary(&block, transactions), "receipts": told }))
}

fn summary(block: &Block, transactions: Vec<Value>) -> Value {
    let mut told = format::block(block, transactions);
    told["transactionCount"] = count(block.body().transactions.len()).into();
    told["logsBloom"] = Value::Null;
    told
}

/// What senders paid for gas.
fn fees(receipts: &[Receipt]) -> U256 {
    let mut before = 0;
    let paid = receipts.iter().map(|receipt| {
        let gas = receipt.cumulative_gas.0.saturating_sub(before);
        before = receipt.cumulative_gas.0;
        U256::from(receipt.effective_price).saturating_mul(U256::from(gas))
    });
    paid.fold(U256::ZERO, U256::saturating_add)
}
