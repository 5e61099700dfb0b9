//! Since when something is so: found by halves among the states that are kept.

use super::inside::look;
use crate::arguments::{Arguments, Named};
use crate::backend::At;
use crate::context::Api;
use crate::encode::data;
use crate::error::Error;
use serde_json::{Value, json};
use std::sync::Arc;
use troupe_chain::block::Block;
use troupe_chain::state::{Account, EMPTY_CODE};
use troupe_types::{Address, Height};

/// The hash of a sender's transaction with this nonce; null where there is none.
pub(in crate::methods) async fn numbered(
    api: Arc<Api>,
    mut arguments: Arguments,
) -> Result<Value, Error> {
    let sender = arguments.required("sender")?.address()?;
    let nonce = arguments.required("nonce")?.loose_quantity()?;
    let Some(block) = since(&api, sender, |account| account.nonce > nonce).await? else {
        return Ok(Value::Null);
    };
    let all = &block.body().transactions;
    let of_it: Vec<_> = all.iter().filter(|one| one.nonce() == nonce).cloned().collect();
    let senders = api.senders(of_it.clone()).await?;
    let found = of_it.iter().zip(senders).find(|(_, of)| *of == sender);
    Ok(found.map_or(Value::Null, |(transaction, _)| data(transaction.hash()).into()))
}

/// Who made a contract, and in which transaction; null where there is none, or the chain began with it.
pub(in crate::methods) async fn creator(
    api: Arc<Api>,
    mut arguments: Arguments,
) -> Result<Value, Error> {
    let contract = arguments.required("address")?.address()?;
    let has_code = |account: &Account| account.code_hash != EMPTY_CODE;
    let Some(block) = since(&api, contract, has_code).await? else { return Ok(Value::Null) };
    let length = block.body().transactions.len();
    let all = look(&api, Arc::clone(&block), 0..length).await?;
    for (inside, transaction) in all.iter().zip(&block.body().transactions) {
        let made = inside.calls.iter().find(|call| {
            call.is_kept && call.to == contract && matches!(call.kind, "CREATE" | "CREATE2")
        });
        if let Some(call) = made {
            let hash = data(transaction.hash());
            return Ok(json!({ "hash": hash, "creator": data(call.from) }));
        }
    }
    Ok(Value::Null)
}

/// The first block after which something is so of an account that stays so; `None` where it is not. An error where that
/// block may lie before the states that are kept.
async fn since(
    api: &Api,
    address: Address,
    is_so: impl Fn(&Account) -> bool,
) -> Result<Option<Arc<Block>>, Error> {
    let head = api.head();
    let ask = async |height: u64| {
        let Some(snapshot) = api.backend.state(Height(height)).await? else { return Ok(None) };
        let account = api.read(snapshot, move |state| Ok(state.account(&address)?)).await?;
        Ok::<_, Error>(Some(is_so(&account.unwrap_or_default())))
    };
    if ask(head.0).await? != Some(true) {
        return Ok(None);
    }
    // Below `low` it is not so, or nobody knows; at `high` it is.
    let (mut low, mut high, mut unknown) = (0, head.0, None);
    while low < high {
        let middle = low + (high - low) / 2;
        match ask(middle).await? {
            Some(true) => high = middle,
            Some(false) => low = middle + 1,
            None => (low, unknown) = (middle + 1, Some(middle)),
        }
    }
    if let Some(unknown) = unknown.filter(|unknown| unknown + 1 == high) {
        return Err(Error::NoState { height: Height(unknown) });
    }
    api.block(Named::At(At::Height(Height(high)))).await
}
