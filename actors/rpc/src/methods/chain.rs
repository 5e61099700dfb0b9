//! What is the same for all blocks.

use crate::arguments::Arguments;
use crate::context::Api;
use crate::encode::{count, data, quantity};
use crate::error::Error;
use serde_json::{Value, json};
use std::sync::Arc;
use troupe_crypto::hash::keccak256;
use troupe_types::BECH32_PREFIX;

pub(super) async fn chain_id(api: Arc<Api>) -> Result<Value, Error> {
    Ok(quantity(api.backend.chain().chain_id).into())
}

pub(super) async fn block_number(api: Arc<Api>) -> Result<Value, Error> {
    Ok(quantity(api.head().0).into())
}

pub(super) async fn syncing(api: Arc<Api>) -> Result<Value, Error> {
    let head = quantity(api.head().0);
    Ok(api.backend.catching_up_to().map_or(Value::Bool(false), |highest| {
        json!({
            "startingBlock": head,
            "currentBlock": head,
            "highestBlock": quantity(highest.0),
        })
    }))
}

/// None: no keys are held here.
pub(super) async fn accounts() -> Result<Value, Error> {
    Ok(json!([]))
}

/// In decimal digits, unlike all others.
pub(super) async fn net_version(api: Arc<Api>) -> Result<Value, Error> {
    Ok(api.backend.chain().chain_id.to_string().into())
}

pub(super) async fn net_listening() -> Result<Value, Error> {
    Ok(true.into())
}

pub(super) async fn net_peer_count(api: Arc<Api>) -> Result<Value, Error> {
    Ok(count(api.backend.peers()).into())
}

pub(super) async fn client_version(api: Arc<Api>) -> Result<Value, Error> {
    Ok(api.backend.chain().client.clone().into())
}

pub(super) async fn sha3(mut arguments: Arguments) -> Result<Value, Error> {
    let bytes = arguments.required("data")?.data()?;
    Ok(data(keccak256(bytes)).into())
}

/// What addresses in Bech32 begin with.
pub(super) async fn address_prefix() -> Result<Value, Error> {
    Ok(BECH32_PREFIX.into())
}
