//! Accounts and their storage.

use crate::arguments::{Argument, Arguments, Named};
use crate::context::Api;
use crate::encode::{data, quantity, read_address, wide};
use crate::error::Error;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use troupe_chain::state::{Account, EMPTY_CODE, StateView};
use troupe_types::Address;

async fn account(api: &Api, address: Address, block: Named) -> Result<Option<Account>, Error> {
    let (_, snapshot) = api.state(block).await?;
    api.read(snapshot, move |state| Ok(state.account(&address)?)).await
}

pub(super) async fn balance(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let address = arguments.required("address")?.address()?;
    let account = account(&api, address, arguments.block()?).await?;
    Ok(wide(account.unwrap_or_default().balance).into())
}

/// For "pending", what waits in the pool counts as sent.
pub(super) async fn nonce(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let address = arguments.required("address")?.address()?;
    let block = arguments.block()?;
    let nonce = account(&api, address, block).await?.unwrap_or_default().nonce;
    if block != Named::Pending {
        return Ok(quantity(nonce).into());
    }
    let pooled = api.backend.next_nonce(address).await?;
    // The pool may not have seen the last block yet.
    Ok(quantity(pooled.unwrap_or(0).max(nonce)).into())
}

pub(super) async fn code(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let address = arguments.required("address")?.address()?;
    let (_, snapshot) = api.state(arguments.block()?).await?;
    let read = move |state: &dyn StateView| {
        let account = state.account(&address)?.unwrap_or_default();
        if account.code_hash == EMPTY_CODE {
            return Ok("0x".into());
        }
        Ok(data(state.code(&account.code_hash)?).into())
    };
    api.read(snapshot, read).await
}

pub(super) async fn storage(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let address = arguments.required("address")?.address()?;
    let slot = arguments.required("position")?.slot()?;
    let (_, snapshot) = api.state(arguments.block()?).await?;
    let read = move |state: &dyn StateView| Ok(state.storage(&address, &slot)?);
    let word = api.read(snapshot, read).await?;
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
    let height = api.header(arguments.block()?).await?.header.height;
    let proof = api.backend.prove(height, address, slots).await?;
    let proof = proof.ok_or(Error::NoState { height })?;
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
