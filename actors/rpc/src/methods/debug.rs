//! Traces: transactions executed again, before somebody's eyes.

use super::asked::Asked;
use super::call::Stage;
use super::replay::{Replay, replay};
use crate::arguments::{Arguments, Named};
use crate::backend::{At, Place};
use crate::context::Api;
use crate::encode::data;
use crate::error::Error;
use crate::overrides::{BlockOverrides, StateOverrides};
use crate::trace::{Ended, Options, Watch};
use serde_json::{Value, json};
use std::ops::Range;
use std::sync::Arc;
use troupe_chain::Recovered;
use troupe_chain::block::Block;
use troupe_chain::state::Changes;

/// A committed transaction.
pub(super) async fn transaction(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let hash = arguments.required("hash")?.hash()?;
    let options = Options::read(arguments.optional("options"))?;
    let place = api.backend.locate(hash).await?;
    let Place { height, index } = place.ok_or(Error::NoTransaction)?;
    let block = api.block(Named::At(At::Height(height))).await?.ok_or(Error::UnknownBlock)?;
    let range = index..index.saturating_add(1);
    let told = traces(&api, block, range, options).await?;
    told.into_iter().next().ok_or(Error::NoTransaction)
}

/// All transactions of a block.
pub(super) async fn block(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let named = arguments.required("block")?.block()?;
    let options = Options::read(arguments.optional("options"))?;
    let block = api.block(named).await?.ok_or(Error::UnknownBlock)?;
    let transactions = block.body().transactions.clone();
    let told = traces(&api, block, 0..transactions.len(), options).await?;
    let with_hash = transactions
        .iter()
        .zip(told)
        .map(|(transaction, told)| json!({ "txHash": data(transaction.hash()), "result": told }));
    Ok(with_hash.collect())
}

/// A call that nobody signed.
pub(super) async fn call(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let mut asked = Asked::read(arguments.required("transaction")?)?;
    let block = arguments.block()?;
    let options = arguments.optional("options").map(|options| options.object()).transpose()?;
    let field = |name| options.as_ref().and_then(|options| options.field(name));
    let overrides = field("stateOverrides").map(StateOverrides::read).transpose()?;
    let changes = field("blockOverrides").map(BlockOverrides::read).transpose()?;
    let (overrides, changes) = (overrides.unwrap_or_default(), changes.unwrap_or_default());
    let options = Options::read(options)?;
    if options.needs_changes() {
        let reason = "of a call has no diffMode".into();
        return Err(Error::Argument { name: "options", reason });
    }
    let stage = Stage::of(&api, block, overrides, &changes).await?;
    let most = api.settings.call_gas;
    asked.request.gas = asked.gas.map_or(most, |gas| gas.min(most));
    let work = move |wanted| {
        let scene = stage.at(wanted);
        let (outcome, watch) = scene.run_observed(&asked.request, Watch::new(options.tracer()))?;
        let (gas, changes) = (asked.request.gas, Changes::default());
        let ended = Ended { outcome: &outcome, gas, before: &scene.view, changes: &changes };
        watch.into_tracer().tell(&ended)
    };
    api.heavy(work).await?
}

/// Traces transactions of a block.
async fn traces(
    api: &Api,
    block: Arc<Block>,
    range: Range<usize>,
    options: Options,
) -> Result<Vec<Value>, Error> {
    let most = api.settings.response.as_usize();
    let mut size = 0;
    let each = move |replay: &Replay, transaction: &Recovered| {
        let again = replay.execute(transaction, Watch::new(options.tracer()))?;
        let ended = Ended {
            outcome: &again.outcome,
            gas: transaction.transaction().gas_limit(),
            before: replay.state(),
            changes: &again.changes,
        };
        let told = again.observer.into_tracer().tell(&ended)?;
        size += told.to_string().len();
        if size > most {
            return Err(Error::Limit { what: "bytes of traces", limit: most as u64 });
        }
        Ok((told, again.changes))
    };
    replay(api, block, range, each).await
}
