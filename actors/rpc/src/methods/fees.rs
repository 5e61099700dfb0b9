//! What gas costs.

use crate::answers::{FeeHistory, MAX_PERCENTILES};
use crate::arguments::{Argument, Arguments};
use crate::context::Api;
use crate::encode::quantity;
use crate::error::Error;
use serde_json::{Map, Value};
use std::sync::Arc;

pub(super) async fn gas_price(api: Arc<Api>) -> Result<Value, Error> {
    let base = api.next_base_fee().await?;
    let tip = api.suggested_tip().await?;
    Ok(quantity(tip.saturating_add(base.into())).into())
}

/// Of the next block.
pub(super) async fn base_fee(api: Arc<Api>) -> Result<Value, Error> {
    Ok(quantity(api.next_base_fee().await?).into())
}

pub(super) async fn tip(api: Arc<Api>) -> Result<Value, Error> {
    Ok(quantity(api.suggested_tip().await?).into())
}

/// What gas of blobs costs: the least, since no transaction of this chain carries any. EIP-4844
pub(super) async fn blob_base_fee() -> Result<Value, Error> {
    Ok(quantity(1u8).into())
}

pub(super) async fn history(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let blocks = arguments.required("blockCount")?.loose_quantity()?;
    let newest = arguments.block()?;
    let percentiles = arguments.optional("rewardPercentiles").map(read_percentiles).transpose()?;
    let percentiles = percentiles.unwrap_or_default();
    let FeeHistory { oldest, base_fees, used, tips } =
        api.fee_history(blocks, newest, &percentiles).await?;
    let mut told = Map::new();
    told.insert("oldestBlock".into(), quantity(oldest).into());
    told.insert("baseFeePerGas".into(), base_fees.into_iter().map(quantity).collect());
    told.insert("gasUsedRatio".into(), used.into());
    if !percentiles.is_empty() {
        let rewards =
            tips.into_iter().map(|tips| tips.into_iter().map(quantity).collect::<Value>());
        told.insert("reward".into(), rewards.collect());
    }
    Ok(Value::Object(told))
}

fn read_percentiles(list: Argument) -> Result<Vec<f64>, Error> {
    list.list(MAX_PERCENTILES)?.iter().map(Argument::number).collect()
}
