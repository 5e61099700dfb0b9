//! Transactions and what became of them.

use crate::arguments::Named;
use crate::backend::{At, Place};
use crate::context::Api;
use crate::error::Error;
use std::sync::Arc;
use troupe_chain::Recovered;
use troupe_chain::block::{Block, Receipt};
use troupe_chain::transaction::Transaction;
use troupe_types::{Address, Gas, Hash};

/// Where a transaction was found.
#[derive(Debug, Clone)]
pub enum Located {
    /// In a committed block, at this place from 0; and who signed it.
    Committed(Arc<Block>, usize, Address),
    /// In the pool.
    Pooled(Recovered),
}

/// What became of a committed transaction.
#[derive(Debug, Clone, Copy)]
pub struct Settled<'a> {
    /// The transaction.
    pub transaction: &'a Transaction,
    /// Its receipt.
    pub receipt: &'a Receipt,
    /// The gas that it alone used.
    pub gas_used: Gas,
    /// The number of its first log among all of the block.
    pub first_log: usize,
    /// The contract that it made, or would have made.
    pub contract: Option<Address>,
}

impl<'a> Settled<'a> {
    /// What became of a block's transaction; `None` where the block has no such. There is a receipt for each
    /// of the block's transactions.
    #[must_use]
    pub fn of(
        block: &'a Block,
        receipts: &'a [Receipt],
        index: usize,
        sender: Address,
    ) -> Option<Self> {
        let before = receipts.get(..index)?;
        let first_log = before.iter().map(|receipt| receipt.logs.len()).sum();
        let gas_before = before.last().map_or(0, |receipt| receipt.cumulative_gas.0);
        let transaction = block.body().transactions.get(index)?;
        let receipt = receipts.get(index)?;
        // geth tells where a creation that failed would have put it.
        let wanted = || transaction.to().is_none().then(|| created(sender, transaction.nonce()));
        Some(Self {
            transaction,
            receipt,
            gas_used: Gas(receipt.cumulative_gas.0.saturating_sub(gas_before)),
            first_log,
            contract: receipt.contract.or_else(wanted),
        })
    }
}

/// Where a creation puts its contract. Yellow paper, (85)
fn created(sender: Address, nonce: u64) -> Address {
    Address(alloy_primitives::Address::from(sender.0).create(nonce).into_array())
}

impl Api {
    /// A transaction in a block, or in the pool.
    pub async fn transaction(&self, hash: Hash) -> Result<Option<Located>, Error> {
        if let Some((block, index)) = self.committed(hash).await? {
            let Some(transaction) = block.body().transactions.get(index) else { return Ok(None) };
            let senders = self.senders(vec![Arc::clone(transaction)]).await?;
            return Ok(senders.first().map(|sender| Located::Committed(block, index, *sender)));
        }
        Ok(self.backend.pooled(hash).await?.map(Located::Pooled))
    }

    /// The block of a committed transaction, and its place there.
    pub(crate) async fn committed(&self, hash: Hash) -> Result<Option<(Arc<Block>, usize)>, Error> {
        let place = self.backend.locate(hash).await?;
        let Some(Place { height, index }) = place else { return Ok(None) };
        let block = self.block(Named::At(At::Height(height))).await?;
        Ok(block.map(|block| (block, index)))
    }

    /// Lets a transaction into the pool, from its envelope; gives its hash.
    pub async fn submit(&self, envelope: Vec<u8>) -> Result<Hash, Error> {
        Ok(self.backend.submit(envelope).await??)
    }
}
