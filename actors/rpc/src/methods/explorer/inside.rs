//! What happened inside a transaction.

use crate::arguments::{Arguments, Named};
use crate::backend::{At, Place};
use crate::context::Api;
use crate::encode::{data, wide};
use crate::error::Error;
use crate::methods::replay::{Replay, replay};
use crate::trace::{Flat, FlatCall};
use serde_json::{Value, json};
use std::ops::Range;
use std::sync::Arc;
use troupe_chain::Recovered;
use troupe_chain::block::Block;
use troupe_vm::Failure;

/// The calls of a transaction, and how it ended.
pub(super) struct Inside {
    pub(super) calls: Vec<FlatCall>,
    failure: Option<Failure>,
}

/// The calls of transactions of a block.
pub(super) async fn look(
    api: &Api,
    block: Arc<Block>,
    range: Range<usize>,
) -> Result<Vec<Inside>, Error> {
    let each = |replay: &Replay, transaction: &Recovered| {
        let again = replay.execute(transaction, Flat::default())?;
        let (calls, failure) = (again.observer.into_calls()?, again.outcome.result.err());
        Ok((Inside { calls, failure }, again.changes))
    };
    replay(api, block, range, each).await
}

/// What happened inside the transaction that comes next among the arguments.
async fn next(api: &Api, arguments: &mut Arguments) -> Result<Inside, Error> {
    let hash = arguments.required("hash")?.hash()?;
    let place = api.backend.locate(hash).await?;
    let Place { height, index } = place.ok_or(Error::NoTransaction)?;
    let block = api.block(Named::At(At::Height(height))).await?.ok_or(Error::UnknownBlock)?;
    let inside = look(api, block, index..index.saturating_add(1)).await?;
    inside.into_iter().next().ok_or(Error::NoTransaction)
}

/// Payments by contracts, and contracts that began and ended, but for what failed.
pub(in crate::methods) async fn operations(
    api: Arc<Api>,
    mut arguments: Arguments,
) -> Result<Value, Error> {
    let inside = next(&api, &mut arguments).await?;
    let told = inside.calls.iter().filter(|call| call.depth > 0 && call.is_kept);
    let told = told.filter_map(|call| {
        let kind = match call.kind {
            "CALL" if !call.value.is_zero() => 0u8,
            "SELFDESTRUCT" => 1,
            "CREATE" => 2,
            "CREATE2" => 3,
            _ => return None,
        };
        Some(json!({
            "type": kind,
            "from": data(call.from),
            "to": data(call.to),
            "value": wide(call.value),
        }))
    });
    Ok(told.collect())
}

/// All calls, creations and ends.
pub(in crate::methods) async fn trace(
    api: Arc<Api>,
    mut arguments: Arguments,
) -> Result<Value, Error> {
    let inside = next(&api, &mut arguments).await?;
    let told = inside.calls.iter().map(|call| {
        // These pay nothing of their own.
        let pays = !matches!(call.kind, "DELEGATECALL" | "STATICCALL");
        json!({
            "type": call.kind,
            "depth": call.depth,
            "from": data(call.from),
            "to": data(call.to),
            "value": pays.then(|| wide(call.value)),
            "input": data(&call.input),
            "output": data(&call.output),
        })
    });
    Ok(told.collect())
}

/// What a contract said when it refused; nothing where none did.
pub(in crate::methods) async fn error(
    api: Arc<Api>,
    mut arguments: Arguments,
) -> Result<Value, Error> {
    let inside = next(&api, &mut arguments).await?;
    Ok(match inside.failure {
        Some(Failure::Reverted(output)) => data(output).into(),
        Some(Failure::OutOfGas | Failure::Exception(_)) | None => "0x".into(),
    })
}
