//! What the explorer Otterscan asks besides: `ots_`.
//!
//! What depends on a state of old is there for as long as that state is kept; all transactions of an address, where
//! all states are.
// Otterscan, "JSON-RPC API extensions", level 8

mod blocks;
mod inside;
mod party;
mod search;

pub(super) use blocks::{details, transactions};
pub(super) use inside::{error, operations, trace};
pub(super) use party::{after, before};
pub(super) use search::{creator, numbered};

use crate::arguments::Arguments;
use crate::context::Api;
use crate::error::Error;
use serde_json::Value;
use std::sync::Arc;
use troupe_chain::state::EMPTY_CODE;

/// The level of the interface: a number, not a text.
const LEVEL: u64 = 8;

pub(super) async fn level() -> Result<Value, Error> {
    Ok(LEVEL.into())
}

/// Whether there is a contract at an address.
pub(super) async fn has_code(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let address = arguments.required("address")?.address()?;
    let block = arguments.optional("block").map(|block| block.loose_block()).transpose()?;
    let (_, snapshot) = api.state(block.unwrap_or_default()).await?;
    let account = api.read(snapshot, move |state| Ok(state.account(&address)?)).await?;
    let account = account.unwrap_or_default();
    Ok((account.code_hash != EMPTY_CODE).into())
}
