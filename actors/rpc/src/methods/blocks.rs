//! Blocks.

use crate::arguments::Arguments;
use crate::context::Api;
use crate::encode::{count, data};
use crate::error::Error;
use crate::format::{self, Mined};
use serde_json::Value;
use std::sync::Arc;

/// A block with all of its transactions, or with their hashes; null where there is none.
pub(super) async fn block(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let named = arguments.required("block")?.block()?;
    let is_full = arguments.optional("full").map(|full| full.boolean()).transpose()?;
    let Some(block) = api.block(named).await? else { return Ok(Value::Null) };
    let transactions = &block.body().transactions;
    if is_full != Some(true) {
        let hashes = transactions.iter().map(|transaction| data(transaction.hash()).into());
        let hashes = hashes.collect();
        return Ok(format::block(&block, hashes));
    }
    let senders = api.senders(transactions.clone()).await?;
    let all = transactions.iter().zip(senders).enumerate().map(|(index, (transaction, sender))| {
        format::transaction(transaction, sender, Some(Mined::of(&block, index)))
    });
    let all = all.collect();
    Ok(format::block(&block, all))
}

/// A header; null where there is none.
pub(super) async fn header(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let named = arguments.required("block")?.block()?;
    Ok(api.find(named).await?.map_or(Value::Null, |found| format::header(&found)))
}

/// There is none, whatever is asked for.
pub(super) async fn uncle(_: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    arguments.required("block")?.block()?;
    arguments.required("index")?.index()?;
    Ok(Value::Null)
}

pub(super) async fn count_transactions(
    api: Arc<Api>,
    mut arguments: Arguments,
) -> Result<Value, Error> {
    let named = arguments.required("block")?.block()?;
    let block = api.block(named).await?;
    Ok(block.map_or(Value::Null, |block| count(block.body().transactions.len()).into()))
}

/// There are none.
pub(super) async fn count_uncles(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let named = arguments.required("block")?.block()?;
    let found = api.find(named).await?;
    Ok(found.map_or(Value::Null, |_| count(0).into()))
}

/// The receipts as the block's root is made of them, which is as Ethereum encodes them.
// EIP-2718
pub(super) async fn raw_receipts(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let named = arguments.required("block")?.block()?;
    let block = api.block(named).await?.ok_or(Error::UnknownBlock)?;
    let receipts = api.receipts(&block).await?;
    let encoded = receipts.iter().map(|receipt| {
        let mut bytes = Vec::new();
        receipt.encode_committed(&mut bytes);
        Value::from(data(bytes))
    });
    Ok(encoded.collect())
}

pub(super) async fn receipts(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let named = arguments.required("block")?.block()?;
    let Some(block) = api.block(named).await? else { return Ok(Value::Null) };
    let receipts = api.receipts(&block).await?;
    let senders = api.senders(block.body().transactions.clone()).await?;
    Ok(Value::Array(format::receipts(&block, &receipts, &senders)))
}
