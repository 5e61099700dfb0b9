//! What waits in the pool.

use crate::arguments::Arguments;
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
        "pending": by_sender(&waiting.executable, whole),
        "queued": by_sender(&waiting.queued, whole),
    }))
}

/// One sender's, by nonce.
pub(super) async fn content_from(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let sender = arguments.required("address")?.address()?;
    // The pool is bounded, and what is in it is shared.
    let waiting = api.backend.pool_content(usize::MAX).await?;
    let of_sender = |transactions: &[Recovered]| {
        let own = transactions.iter().filter(|recovered| recovered.sender() == sender);
        Value::Object(own.take(api.settings.pool_content).map(whole).collect())
    };
    Ok(json!({
        "pending": of_sender(&waiting.executable),
        "queued": of_sender(&waiting.queued),
    }))
}

/// In one line each.
pub(super) async fn inspect(api: Arc<Api>) -> Result<Value, Error> {
    let waiting = api.backend.pool_content(api.settings.pool_content).await?;
    Ok(json!({
        "pending": by_sender(&waiting.executable, in_words),
        "queued": by_sender(&waiting.queued, in_words),
    }))
}

fn by_sender(transactions: &[Recovered], tell: impl Fn(&Recovered) -> (String, Value)) -> Value {
    let mut senders = Map::new();
    for recovered in transactions {
        let of = senders.entry(data(recovered.sender())).or_insert_with(|| json!({}));
        let (nonce, told) = tell(recovered);
        of[nonce] = told;
    }
    Value::Object(senders)
}

fn whole(recovered: &Recovered) -> (String, Value) {
    let transaction = recovered.transaction();
    let told = format::transaction(transaction, recovered.sender(), None);
    (transaction.nonce().to_string(), told)
}

/// The words are geth's.
fn in_words(recovered: &Recovered) -> (String, Value) {
    let transaction = recovered.transaction();
    let to = transaction.to().map_or_else(|| "contract creation".into(), data);
    let (value, gas, price) =
        (transaction.value(), transaction.gas_limit().0, transaction.max_fee());
    let told = format!("{to}: {value} wei + {gas} gas \u{d7} {price} wei");
    (transaction.nonce().to_string(), told.into())
}
