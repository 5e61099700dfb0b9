//! Blocks with as much as was asked for.

use crate::proto::chain::{Block, BlockDetail, Receipt};
use crate::status::of;
use crate::told;
use std::sync::Arc;
use tonic::Status;
use troupe_chain::block;
use troupe_rpc::{Api, At};
use troupe_types::Address;

/// A block with as much as was asked for.
pub(crate) async fn detailed(
    api: &Api,
    block: Arc<block::Block>,
    detail: BlockDetail,
) -> Result<Block, Status> {
    let mut told = told::block(&block);
    if detail.transactions || detail.receipts {
        let senders = senders(api, &block).await?;
        if detail.transactions {
            let all = block.body().transactions.iter().zip(&senders).enumerate();
            let all = all.map(|(index, (transaction, sender))| {
                told::transaction(transaction, *sender, Some((&block, index)))
            });
            told.transactions = all.collect();
        }
        if detail.receipts {
            told.receipts = with_senders(api, &block, &senders).await?;
        }
    }
    if detail.commit_proof {
        let proof = api.backend().proof(At::Height(block.header().height)).await;
        let proof = proof.map_err(|error| of(&error.into()))?;
        told.commit_proof = proof.as_ref().map(told::proof);
    }
    Ok(told)
}

/// The receipts of a block.
pub(crate) async fn receipts(api: &Api, block: &block::Block) -> Result<Vec<Receipt>, Status> {
    let senders = senders(api, block).await?;
    with_senders(api, block, &senders).await
}

async fn senders(api: &Api, block: &block::Block) -> Result<Vec<Address>, Status> {
    let senders = api.senders(block.body().transactions.clone()).await;
    senders.map_err(|error| of(&error))
}

async fn with_senders(
    api: &Api,
    block: &block::Block,
    senders: &[Address],
) -> Result<Vec<Receipt>, Status> {
    let receipts = api.receipts(block).await.map_err(|error| of(&error))?;
    let all = senders.iter().enumerate();
    Ok(all.filter_map(|(index, sender)| told::receipt(block, &receipts, index, *sender)).collect())
}
