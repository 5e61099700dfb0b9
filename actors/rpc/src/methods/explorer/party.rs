//! All transactions that an account has to do with, page by page.

use super::inside::look;
use crate::arguments::{Arguments, Named};
use crate::backend::At;
use crate::context::Api;
use crate::encode::quantity;
use crate::error::Error;
use crate::format::{self, Mined};
use serde_json::{Value, json};
use std::sync::Arc;
use troupe_chain::block::Block;
use troupe_chain::search::{Kind, Mark, Order, Search};
use troupe_types::{Address, Height};

/// The most transactions that a page is asked for with: it has all of its last block besides.
const MOST_OF_A_PAGE: usize = 100;
/// So many blocks are executed again for one page.
const MOST_BLOCKS: usize = 1_000;
/// How far one question takes a search.
const STEPS: usize = 20_000;

/// A transaction, and what came of it.
struct Told {
    transaction: Value,
    receipt: Value,
}

/// The last ones below a block; below the end of the chain where that is 0.
pub(in crate::methods) async fn before(
    api: Arc<Api>,
    arguments: Arguments,
) -> Result<Value, Error> {
    page(api, arguments, Order::Descending).await
}

/// The first ones above a block; all the same the last of them comes first.
pub(in crate::methods) async fn after(api: Arc<Api>, arguments: Arguments) -> Result<Value, Error> {
    page(api, arguments, Order::Ascending).await
}

async fn page(api: Arc<Api>, mut arguments: Arguments, order: Order) -> Result<Value, Error> {
    let account = arguments.required("address")?.address()?;
    let block = arguments.required("blockNumber")?.loose_quantity()?;
    let size = arguments.required("pageSize")?.loose_index()?;
    if size == 0 || size > MOST_OF_A_PAGE {
        let reason = format!("of {size} is not from 1 to {MOST_OF_A_PAGE}");
        return Err(Error::Argument { name: "pageSize", reason });
    }
    // The first block has no transactions.
    let (lowest, highest) = match order {
        Order::Descending if block > 0 => (1, block - 1),
        Order::Descending => (1, api.head().0),
        Order::Ascending => (block.saturating_add(1), api.head().0),
    };
    let search = Search {
        kind: Kind::Accounts,
        every: vec![vec![Mark::account(&account)]],
        lowest: Height(lowest),
        highest: Height(highest),
        order,
        most: size,
        steps: STEPS,
    };
    let (mut told, is_all) = collect(&api, account, search, size).await?;
    if order == Order::Ascending {
        told.reverse();
    }
    let (is_first, is_last) = match order {
        Order::Descending => (block == 0, is_all),
        Order::Ascending => (is_all, block == 0),
    };
    let (txs, receipts): (Vec<Value>, Vec<Value>) =
        told.into_iter().map(|told| (told.transaction, told.receipt)).unzip();
    Ok(json!({ "txs": txs, "receipts": receipts, "firstPage": is_first, "lastPage": is_last }))
}

/// Transactions in the order of a search, until there are enough of them and their block is at its end; and whether
/// those were all.
async fn collect(
    api: &Api,
    account: Address,
    mut search: Search,
    enough: usize,
) -> Result<(Vec<Told>, bool), Error> {
    let (mut told, mut looked) = (Vec::new(), 0);
    loop {
        let found = api.backend.search(search.clone()).await?;
        let found = found.ok_or(Error::NoIndex { what: "blocks by account", history: "states" })?;
        let mut heights = found.heights.into_iter();
        for height in heights.by_ref() {
            looked += 1;
            if looked > MOST_BLOCKS {
                let limit = troupe_types::Bytes::of(MOST_BLOCKS).0;
                return Err(Error::Limit { what: "blocks", limit });
            }
            let named = Named::At(At::Height(height));
            let block = api.block(named).await?.ok_or(Error::UnknownBlock)?;
            let mut of_block = those_of(api, account, &block).await?;
            if search.order == Order::Descending {
                of_block.reverse();
            }
            told.append(&mut of_block);
            if told.len() >= enough {
                break;
            }
        }
        match found.rest {
            Some(rest) if told.len() < enough => match search.order {
                Order::Ascending => search.lowest = rest,
                Order::Descending => search.highest = rest,
            },
            rest => return Ok((told, rest.is_none() && heights.len() == 0)),
        }
    }
}

/// The transactions of a block in which an account was called, called somebody, began or ended.
async fn those_of(api: &Api, account: Address, block: &Arc<Block>) -> Result<Vec<Told>, Error> {
    let transactions = &block.body().transactions;
    let all = look(api, Arc::clone(block), 0..transactions.len()).await?;
    let is_of = |index: &usize| {
        let calls = &all[*index].calls;
        calls.iter().any(|call| call.from == account || call.to == account)
    };
    let of_it: Vec<usize> = (0..all.len()).filter(is_of).collect();
    let receipts = api.receipts(block).await?;
    let wanted = of_it.iter().map(|index| Arc::clone(&transactions[*index])).collect();
    let senders = api.senders(wanted).await?;
    let told = of_it.into_iter().zip(senders).map(|(index, sender)| {
        let mined = Some(Mined::of(block, index));
        let transaction = format::transaction(&transactions[index], sender, mined);
        let receipt = format::receipt(block, &receipts, index, sender);
        let mut receipt = receipt.unwrap_or_else(|| json!({}));
        receipt["timestamp"] = quantity(block.header().time.0 / 1_000).into();
        Told { transaction, receipt }
    });
    Ok(told.collect())
}
