//! Searching logs.

use super::Filter;
use crate::arguments::{Argument, Arguments, Named};
use crate::backend::{At, Found};
use crate::context::Api;
use crate::error::Error;
use crate::format::{self, FoundLog, LogPlace};
use serde_json::Value;
use std::sync::Arc;
use troupe_chain::search::{Kind, Order, Search};
use troupe_types::Height;

/// After so many blocks others get their turn.
const STRIDE: u64 = 32;
/// Fewer blocks than these are looked at without asking which ones to look at.
const FEW: u64 = 16;
/// So many blocks are asked for at a time.
const PORTION: usize = 256;
/// How far one question takes a search.
const STEPS: usize = 20_000;
/// How many questions one request is worth.
const QUESTIONS: usize = 100;

pub(super) async fn logs(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let object = arguments.required("filter")?.object()?;
    let filter = Filter::read(&object)?;
    if let Some(hash) = object.field("blockHash") {
        if object.field("fromBlock").is_some() || object.field("toBlock").is_some() {
            let reason = "excludes fromBlock and toBlock".into();
            return Err(Error::Argument { name: "blockHash", reason });
        }
        let found = api.find(Named::At(At::Hash(hash.hash()?))).await?;
        let header = found.ok_or(Error::NoSuchBlock)?;
        return Ok(Value::Array(format::logs(&api.logs_of(&filter, &header).await?)));
    }
    let (from, to) = (named(&object, "fromBlock")?, named(&object, "toBlock")?);
    Ok(Value::Array(format::logs(&between(&api, &filter, from, to).await?)))
}

/// A block that an object names; the last where it names none.
pub(super) fn named(object: &Argument, name: &'static str) -> Result<Named, Error> {
    object.field(name).map_or(Ok(Named::Latest), Argument::block)
}

/// The logs of all blocks from one to another.
pub(super) async fn between(
    api: &Api,
    filter: &Filter,
    from: Named,
    to: Named,
) -> Result<Vec<FoundLog>, Error> {
    let (from, to) = (height(api, from).await?, height(api, to).await?);
    if from > to {
        let reason = format!("{from} is above toBlock, {to}");
        return Err(Error::Argument { name: "fromBlock", reason });
    }
    let to = to.min(api.head().0);
    let mut found = Logs::default();
    if to.saturating_sub(from) >= FEW && found.look_up(api, filter, from, to).await? {
        return Ok(found.told);
    }
    if to.saturating_sub(from) >= api.settings.log_blocks {
        return Err(Error::Limit { what: "blocks", limit: api.settings.log_blocks });
    }
    for at in from..=to {
        found.look(api, filter, at).await?;
    }
    Ok(found.told)
}

/// Logs of blocks from one on, up to another at most, as many as one answer holds; and the height up to
/// which they are. An error if it does not hold those of the first block with any.
pub(super) async fn news(
    api: &Api,
    filter: &Filter,
    from: u64,
    to: u64,
) -> Result<(Vec<FoundLog>, u64), Error> {
    let to = to.min(from.saturating_add(api.settings.log_blocks).saturating_sub(1));
    let mut found = Logs::default();
    for at in from..=to {
        let before = found.told.len();
        match found.look(api, filter, at).await {
            Ok(()) => {}
            Err(Error::Limit { .. }) if before > 0 => {
                found.told.truncate(before);
                return Ok((found.told, at - 1));
            }
            Err(error) => return Err(error),
        }
    }
    Ok((found.told, to))
}

impl Api {
    /// The logs of all blocks from one to another that a filter wants; as many as one answer holds, or an error.
    pub async fn logs(
        &self,
        filter: &Filter,
        from: Named,
        to: Named,
    ) -> Result<Vec<FoundLog>, Error> {
        between(self, filter, from, to).await
    }

    /// The logs of one block that a filter wants.
    pub async fn logs_of(&self, filter: &Filter, header: &Found) -> Result<Vec<FoundLog>, Error> {
        let mut found = Logs::default();
        found.search(self, filter, header).await?;
        Ok(found.told)
    }
}

async fn height(api: &Api, block: Named) -> Result<u64, Error> {
    match block {
        Named::Latest | Named::Pending => Ok(api.head().0),
        Named::At(At::Height(height)) => Ok(height.0),
        Named::At(at @ At::Hash(_)) => Ok(api.header(Named::At(at)).await?.header.height.0),
    }
}

#[derive(Default)]
struct Logs {
    told: Vec<FoundLog>,
    bytes: u64,
}

impl Logs {
    /// Looks at the blocks that have what is wanted, where it is known which ones those are.
    async fn look_up(
        &mut self,
        api: &Api,
        filter: &Filter,
        from: u64,
        to: u64,
    ) -> Result<bool, Error> {
        let mut search = Search {
            kind: Kind::Logs,
            every: filter.marks(),
            lowest: Height(from),
            highest: Height(to),
            order: Order::Ascending,
            most: PORTION,
            steps: STEPS,
        };
        if search.every.is_empty() {
            return Ok(false);
        }
        // An index knows nothing of blocks that were left behind: better no answer than a part of one.
        api.header(Named::At(At::Height(search.lowest))).await?;
        let mut left = api.settings.log_blocks;
        for _ in 0..QUESTIONS {
            let Some(found) = api.backend.search(search.clone()).await? else { return Ok(false) };
            for height in found.heights {
                let limit = api.settings.log_blocks;
                left = left.checked_sub(1).ok_or(Error::Limit { what: "blocks", limit })?;
                self.look(api, filter, height.0).await?;
            }
            let Some(rest) = found.rest else { return Ok(true) };
            search.lowest = rest;
        }
        let limit = troupe_types::Bytes::of(STEPS * QUESTIONS).0;
        Err(Error::Limit { what: "steps through the index", limit })
    }

    async fn look(&mut self, api: &Api, filter: &Filter, at: u64) -> Result<(), Error> {
        let header = api.header(Named::At(At::Height(Height(at)))).await?;
        self.search(api, filter, &header).await?;
        if at.is_multiple_of(STRIDE) {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    async fn search(&mut self, api: &Api, filter: &Filter, header: &Found) -> Result<(), Error> {
        if !filter.may_match(&header.header.logs_bloom) {
            return Ok(());
        }
        let named = Named::At(At::Height(header.header.height));
        let block = api.block(named).await?.ok_or(Error::UnknownBlock)?;
        let receipts = api.receipts(&block).await?;
        let mut before = 0;
        for (index, receipt) in receipts.iter().enumerate() {
            let transaction = block.body().transactions[index].hash();
            for (at, log) in receipt.logs.iter().enumerate() {
                if !filter.is_match(log) {
                    continue;
                }
                let (limit, most) = (api.settings.logs, api.settings.log_bytes);
                let size = log.data.data.len() + 32 * log.topics().len();
                self.bytes = self.bytes.saturating_add(troupe_types::Bytes::of(size).0);
                if self.told.len() == limit {
                    let limit = troupe_types::Bytes::of(limit).0;
                    return Err(Error::Limit { what: "logs", limit });
                }
                if self.bytes > most.0 {
                    return Err(Error::Limit { what: "bytes of logs", limit: most.0 });
                }
                let place = LogPlace::of(&block, transaction, index, before + at);
                self.told.push(FoundLog { place, log: log.clone() });
            }
            before += receipt.logs.len();
        }
        Ok(())
    }
}
