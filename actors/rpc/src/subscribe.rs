//! Subscriptions of WebSocket clients.

use crate::arguments::Arguments;
use crate::arguments::Named;
use crate::backend::{At, Found};
use crate::context::Api;
use crate::encode::data;
use crate::error::Error;
use crate::format;
use crate::methods::{Filter, PLATON};
use jsonrpsee::RpcModule;
use jsonrpsee::server::{
    IdProvider, PendingSubscriptionSink, RegisterMethodError, SubscriptionMessage, SubscriptionSink,
};
use jsonrpsee::types::SubscriptionId;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::broadcast::error::RecvError;
use troupe_types::Height;

/// A client that is further behind than so many blocks loses its subscription.
const MAX_BEHIND: u64 = 1_024;

/// What a client wants to be told.
enum Topic {
    Heads,
    Logs(Filter),
    Arrivals,
}

/// Subscriptions by number; they are a connection's own, so that nobody gains from guessing one.
#[derive(Debug, Default)]
pub(crate) struct Numbers(AtomicU64);

impl IdProvider for Numbers {
    fn next_id(&self) -> SubscriptionId<'static> {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        SubscriptionId::Str(format!("{:#x}", number.wrapping_add(1)).into())
    }
}

/// Subscribing and the contrary.
pub(crate) fn register(module: &mut RpcModule<Api>) -> Result<(), RegisterMethodError> {
    for (subscribe, told, unsubscribe) in [
        ("eth_subscribe", "eth_subscription", "eth_unsubscribe"),
        ("platon_subscribe", "platon_subscription", "platon_unsubscribe"),
    ] {
        module.register_subscription(subscribe, told, unsubscribe, |params, pending, api, _| {
            let topic = Arguments::read(params.as_str(), 2).and_then(read);
            begin(topic, pending, api)
        })?;
    }
    Ok(())
}

fn read(mut arguments: Arguments) -> Result<Topic, Error> {
    let name = arguments.required("subscription")?;
    let options = arguments.optional("options");
    match name.word()? {
        "newHeads" => Ok(Topic::Heads),
        "newPendingTransactions" => Ok(Topic::Arrivals),
        "logs" => {
            let object = options.map(|options| options.object()).transpose()?;
            let filter = object.map(|object| Filter::read(&object)).transpose()?;
            Ok(Topic::Logs(filter.unwrap_or_default()))
        }
        _ => {
            let reason = "wants newHeads, logs or newPendingTransactions".into();
            Err(Error::Argument { name: "subscription", reason })
        }
    }
}

async fn begin(topic: Result<Topic, Error>, pending: PendingSubscriptionSink, api: Arc<Api>) {
    let topic = match topic {
        Ok(topic) => topic,
        Err(error) => return pending.reject(error).await,
    };
    // Before the client hears that it is subscribed: it misses nothing from then on.
    let committed = api.backend.committed();
    let arrivals = api.backend.arrivals();
    let Ok(sink) = pending.accept().await else { return };
    let ended = match topic {
        Topic::Heads => blocks(&api, &sink, committed, None).await,
        Topic::Logs(filter) => blocks(&api, &sink, committed, Some(filter)).await,
        Topic::Arrivals => tell_arrivals(&sink, arrivals).await,
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a subscription ended");
    }
}

/// Tells a value; false when nobody listens any more.
async fn tell(sink: &SubscriptionSink, value: &Value) -> Result<bool, Error> {
    let message = SubscriptionMessage::new(sink.method_name(), sink.subscription_id(), value)
        .map_err(|error| Error::Internal(error.to_string()))?;
    Ok(sink.send(message).await.is_ok())
}

/// Tells of every block from now on: its header, or its logs that a filter wants.
async fn blocks(
    api: &Api,
    sink: &SubscriptionSink,
    mut committed: tokio::sync::watch::Receiver<Height>,
    filter: Option<Filter>,
) -> Result<(), Error> {
    let mut told = committed.borrow_and_update().0;
    loop {
        tokio::select! {
            () = sink.closed() => return Ok(()),
            changed = committed.changed() => if changed.is_err() { return Ok(()) },
        }
        let head = committed.borrow_and_update().0;
        if head.saturating_sub(told) > MAX_BEHIND {
            return Err(Error::Limit { what: "blocks behind", limit: MAX_BEHIND });
        }
        while told < head {
            told += 1;
            let found = api.header(Named::At(At::Height(Height(told)))).await?;
            for mut value in news(api, &found, filter.as_ref()).await? {
                if sink.method_name().starts_with(PLATON) {
                    format::in_bech32(&mut value);
                }
                if !tell(sink, &value).await? {
                    return Ok(());
                }
            }
        }
    }
}

async fn news(api: &Api, found: &Found, filter: Option<&Filter>) -> Result<Vec<Value>, Error> {
    match filter {
        None => Ok(vec![format::header(found)]),
        Some(filter) => Ok(format::logs(&api.logs_of(filter, found).await?)),
    }
}

/// Tells of transactions that the pool let in; those that come too fast are left out.
async fn tell_arrivals(
    sink: &SubscriptionSink,
    mut arrivals: tokio::sync::broadcast::Receiver<troupe_types::Hash>,
) -> Result<(), Error> {
    loop {
        let hash = tokio::select! {
            () = sink.closed() => return Ok(()),
            hash = arrivals.recv() => match hash {
                Ok(hash) => hash,
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return Ok(()),
            },
        };
        if !tell(sink, &Value::String(data(hash))).await? {
            return Ok(());
        }
    }
}
