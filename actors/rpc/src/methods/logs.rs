//! Searching logs.

use super::Filter;
use crate::arguments::{Argument, Arguments, Named};
use crate::backend::{At, Found};
use crate::context::Api;
use crate::error::Error;
use crate::format::{self, LogPlace};
use serde_json::Value;
use std::sync::Arc;
use troupe_types::Height;

/// After so many blocks others get their turn.
const STRIDE: u64 = 32;

pub(super) async fn logs(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let object = arguments.required("filter")?.object()?;
    let filter = Filter::read(&object)?;
    let mut found = Logs::default();
    if let Some(hash) = object.field("blockHash") {
        if object.field("fromBlock").is_some() || object.field("toBlock").is_some() {
            let reason = "excludes fromBlock and toBlock".into();
            return Err(Error::Argument { name: "blockHash", reason });
        }
        let header = api.header(Named::At(At::Hash(hash.hash()?))).await?;
        found.search(&api, &filter, &header).await?;
        return Ok(Value::Array(found.told));
    }
    let head = api.head().0;
    let from = height(&api, object.field("fromBlock")).await?;
    let to = height(&api, object.field("toBlock")).await?;
    if from > to {
        let reason = format!("{from} is above toBlock, {to}");
        return Err(Error::Argument { name: "fromBlock", reason });
    }
    let to = to.min(head);
    if to.saturating_sub(from) >= api.settings.log_blocks {
        return Err(Error::Limit { what: "blocks", limit: api.settings.log_blocks });
    }
    for at in from..=to {
        let header = api.header(Named::At(At::Height(Height(at)))).await?;
        found.search(&api, &filter, &header).await?;
        if at % STRIDE == 0 {
            tokio::task::yield_now().await;
        }
    }
    Ok(Value::Array(found.told))
}

/// The logs of one block that a filter wants.
pub(crate) async fn matching(
    api: &Api,
    filter: &Filter,
    header: &Found,
) -> Result<Vec<Value>, Error> {
    let mut found = Logs::default();
    found.search(api, filter, header).await?;
    Ok(found.told)
}

async fn height(api: &Api, block: Option<Argument>) -> Result<u64, Error> {
    match block.map_or(Ok(Named::Latest), Argument::block)? {
        Named::Latest | Named::Pending => Ok(api.head().0),
        Named::At(At::Height(height)) => Ok(height.0),
        Named::At(at @ At::Hash(_)) => Ok(api.header(Named::At(at)).await?.header.height.0),
    }
}

#[derive(Default)]
struct Logs {
    told: Vec<Value>,
    bytes: u64,
}

impl Logs {
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
                let place = LogPlace { block: &block, transaction, index, log: before + at };
                self.told.push(format::log(log, place));
            }
            before += receipt.logs.len();
        }
        Ok(())
    }
}
