//! Transactions, their receipts, and sending them.

use crate::arguments::{Arguments, Named};
use crate::backend::{At, Place};
use crate::context::Api;
use crate::encode::data;
use crate::error::Error;
use crate::format::{self, Mined};
use serde_json::Value;
use std::sync::Arc;
use troupe_chain::block::Block;
use troupe_types::{Address, Hash};

/// A transaction in a block, or in the pool; null where there is none.
pub(super) async fn by_hash(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let hash = arguments.required("hash")?.hash()?;
    if let Some((block, index)) = committed(&api, hash).await? {
        return in_block(&api, &block, index).await;
    }
    let Some(pooled) = api.backend.pooled(hash).await? else { return Ok(Value::Null) };
    Ok(format::transaction(pooled.transaction(), pooled.sender(), None))
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
    if let Some((block, index)) = committed(&api, hash).await? {
        let transaction = block.body().transactions.get(index);
        return Ok(transaction.map_or(Value::Null, |found| data(found.to_bytes()).into()));
    }
    let pooled = api.backend.pooled(hash).await?;
    Ok(pooled.map_or(Value::Null, |pooled| data(pooled.transaction().to_bytes()).into()))
}

/// The receipt of a committed transaction; null for one that waits, or is not known.
pub(super) async fn receipt(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let hash = arguments.required("hash")?.hash()?;
    let Some((block, index)) = committed(&api, hash).await? else { return Ok(Value::Null) };
    let Some(sender) = sender(&api, &block, index).await? else { return Ok(Value::Null) };
    let receipts = api.receipts(&block).await?;
    Ok(format::receipt(&block, &receipts, index, sender).unwrap_or(Value::Null))
}

pub(super) async fn send_raw(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let envelope = arguments.required("transaction")?.data()?;
    let hash = api.backend.submit(envelope).await??;
    Ok(data(hash).into())
}

/// The block of a committed transaction, and its place there.
async fn committed(api: &Api, hash: Hash) -> Result<Option<(Arc<Block>, usize)>, Error> {
    let Some(Place { height, index }) = api.backend.locate(hash).await? else { return Ok(None) };
    let block = api.block(Named::At(At::Height(height))).await?;
    Ok(block.map(|block| (block, index)))
}

async fn sender(api: &Api, block: &Block, index: usize) -> Result<Option<Address>, Error> {
    let Some(transaction) = block.body().transactions.get(index) else { return Ok(None) };
    Ok(api.senders(vec![Arc::clone(transaction)]).await?.first().copied())
}

async fn in_block(api: &Api, block: &Block, index: usize) -> Result<Value, Error> {
    let Some(sender) = sender(api, block, index).await? else { return Ok(Value::Null) };
    let Some(transaction) = block.body().transactions.get(index) else { return Ok(Value::Null) };
    Ok(format::transaction(transaction, sender, Some(Mined::of(block, index))))
}
