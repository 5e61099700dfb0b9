//! What waits in the pool.

use crate::context::Api;
use crate::encode::{count, data};
use crate::error::Error;
use crate::format;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use troupe_chain::Recovered;

pub(super) async fn status(api: Arc<Api>) -> Result<Value, Error> {
    let status = api.backend.pool_status().await?;
    Ok(json!({ "pending": count(status.executable), "queued": count(status.queued) }))
}

/// By sender and nonce; at most [`Settings::pool_content`](crate::Settings::pool_content).
pub(super) async fn content(api: Arc<Api>) -> Result<Value, Error> {
    let waiting = api.backend.pool_content(api.settings.pool_content).await?;
    Ok(json!({
        "pending": by_sender(&waiting.executable),
        "queued": by_sender(&waiting.queued),
    }))
}

fn by_sender(transactions: &[Recovered]) -> Value {
    let mut senders = Map::new();
    for recovered in transactions {
        let of = senders.entry(data(recovered.sender())).or_insert_with(|| json!({}));
        let nonce = recovered.transaction().nonce().to_string();
        of[nonce] = format::transaction(recovered.transaction(), recovered.sender(), None);
    }
    Value::Object(senders)
}
