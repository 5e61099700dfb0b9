//! Transactions, their receipts, and sending them.

use crate::answers::Located;
use crate::arguments::Arguments;
use crate::context::Api;
use crate::encode::data;
use crate::error::Error;
use crate::format::{self, Mined};
use serde_json::Value;
use std::sync::Arc;
use troupe_chain::block::Block;
use troupe_types::Address;

/// A transaction in a block, or in the pool; null where there is none.
pub(super) async fn by_hash(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let hash = arguments.required("hash")?.hash()?;
    Ok(match api.transaction(hash).await? {
        None => Value::Null,
        Some(Located::Pooled(pooled)) => {
            format::transaction(pooled.transaction(), pooled.sender(), None)
        }
        Some(Located::Committed(block, index, sender)) => told(&block, index, sender),
    })
}

pub(super) async fn by_place(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let named = arguments.required("block")?.block()?;
    let index = arguments.required("index")?.index()?;
    let Some(block) = api.block(named).await? else { return Ok(Value::Null) };
    in_block(&api, &block, index).await
}

/// The envelope.
pub(super) async fn raw(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let hash = arguments.required("hash")?.hash()?;
    if let Some((block, index)) = api.committed(hash).await? {
        let transaction = block.body().transactions.get(index);
        return Ok(transaction.map_or(Value::Null, |found| data(found.to_bytes()).into()));
    }
    let pooled = api.backend.pooled(hash).await?;
    Ok(pooled.map_or(Value::Null, |pooled| data(pooled.transaction().to_bytes()).into()))
}

/// The receipt of a committed transaction; null for one that waits, or is not known.
pub(super) async fn receipt(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let hash = arguments.required("hash")?.hash()?;
    let Some((block, index)) = api.committed(hash).await? else { return Ok(Value::Null) };
    let Some(sender) = sender(&api, &block, index).await? else { return Ok(Value::Null) };
    let receipts = api.receipts(&block).await?;
    Ok(format::receipt(&block, &receipts, index, sender).unwrap_or(Value::Null))
}

pub(super) async fn send_raw(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let envelope = arguments.required("transaction")?.data()?;
    Ok(data(api.submit(envelope).await?).into())
}

async fn sender(api: &Api, block: &Block, index: usize) -> Result<Option<Address>, Error> {
    let Some(transaction) = block.body().transactions.get(index) else { return Ok(None) };
    Ok(api.senders(vec![Arc::clone(transaction)]).await?.first().copied())
}

async fn in_block(api: &Api, block: &Block, index: usize) -> Result<Value, Error> {
    let Some(sender) = sender(api, block, index).await? else { return Ok(Value::Null) };
    Ok(told(block, index, sender))
}

fn told(block: &Block, index: usize, sender: Address) -> Value {
    let transaction = block.body().transactions.get(index);
    transaction.map_or(Value::Null, |transaction| {
        format::transaction(transaction, sender, Some(Mined::of(block, index)))
    })
}
