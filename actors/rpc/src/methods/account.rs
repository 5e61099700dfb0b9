//! Accounts and their storage.

use crate::arguments::{Argument, Arguments};
use crate::context::Api;
use crate::encode::{data, quantity, read_address, wide};
use crate::error::Error;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use troupe_chain::state::StateView;

pub(super) async fn balance(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let address = arguments.required("address")?.address()?;
    let (_, account) = api.account(address, arguments.block()?).await?;
    Ok(wide(account.unwrap_or_default().balance).into())
}

/// For "pending", what waits in the pool counts as sent.
pub(super) async fn nonce(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let address = arguments.required("address")?.address()?;
    let block = arguments.block()?;
    let (_, account) = api.account(address, block).await?;
    let nonce = account.unwrap_or_default().nonce;
    Ok(quantity(api.next_nonce(address, nonce, block).await?).into())
}

pub(super) async fn code(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let address = arguments.required("address")?.address()?;
    let (_, code) = api.code(address, arguments.block()?).await?;
    Ok(data(code).into())
}

pub(super) async fn storage(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let address = arguments.required("address")?.address()?;
    let slot = arguments.required("position")?.slot()?;
    let (_, words) = api.words(address, vec![slot], arguments.block()?).await?;
    let word = words.first().copied().unwrap_or_default();
    Ok(data(word.to_be_bytes::<32>()).into())
}

/// Words of several accounts at once, at most [`Settings::stored_values`](crate::Settings::stored_values).
pub(super) async fn storage_values(
    api: Arc<Api>,
    mut arguments: Arguments,
) -> Result<Value, Error> {
    let most = api.settings.stored_values;
    let wanted = arguments.required("requests")?.entries(most)?;
    let mut left = most;
    let mut asked = Vec::with_capacity(wanted.len());
    for (account, slots) in wanted {
        let address = read_address(&account)
            .map_err(|reason| Error::Argument { name: "requests", reason })?;
        let slots = slots.list(left)?;
        left -= slots.len();
        let slots = slots.iter().map(Argument::slot).collect::<Result<Vec<_>, _>>()?;
        asked.push((address, slots));
    }
    if left == most {
        return Err(Error::Arguments("empty request".into()));
    }
    let (_, snapshot) = api.state(arguments.block()?).await?;
    let read = move |state: &dyn StateView| {
        let mut told = Map::new();
        for (address, slots) in asked {
            let word = |slot| {
                let word = state.storage(&address, slot)?;
                Ok(Value::from(data(word.to_be_bytes::<32>())))
            };
            let words = slots.iter().map(word).collect::<Result<Vec<_>, Error>>()?;
            told.insert(data(address), words.into());
        }
        Ok(Value::Object(told))
    };
    api.read(snapshot, read).await
}

// EIP-1186
pub(super) async fn proof(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let address = arguments.required("address")?.address()?;
    let slots = arguments.required("storageKeys")?.list(api.settings.proved_slots)?;
    let slots: Vec<_> = slots.iter().map(Argument::slot).collect::<Result<_, _>>()?;
    let (_, proof) = api.prove(address, slots, arguments.block()?).await?;
    let nodes = |nodes: &[Vec<u8>]| nodes.iter().map(data).collect::<Vec<_>>();
    let slots = proof.slots.iter().map(|slot| {
        json!({
            "key": data(slot.slot),
            "value": wide(slot.value),
            "proof": nodes(&slot.nodes),
        })
    });
    let slots: Vec<Value> = slots.collect();
    let account = proof.account.unwrap_or_default();
    Ok(json!({
        "address": data(address),
        "accountProof": nodes(&proof.nodes),
        "balance": wide(account.balance),
        "nonce": quantity(account.nonce),
        "codeHash": data(account.code_hash),
        "storageHash": data(account.storage_root),
        "storageProof": slots,
    }))
}
