//! What gas costs.

use crate::arguments::{Argument, Arguments, Named};
use crate::backend::{At, Found};
use crate::context::Api;
use crate::encode::quantity;
use crate::error::Error;
use serde_json::{Map, Value};
use std::sync::Arc;
use troupe_chain::block::{Receipt, next_base_fee};
use troupe_types::Height;

/// The most percentiles of a fee history.
const MAX_PERCENTILES: usize = 100;

pub(super) async fn gas_price(api: Arc<Api>) -> Result<Value, Error> {
    let head = api.header(Named::Latest).await?;
    let base = next_base_fee(&head.header, api.backend.chain().base_fee_floor);
    let tip = api.backend.suggested_tip().await?;
    Ok(quantity(tip.saturating_add(base.into())).into())
}

/// Of the next block.
pub(super) async fn base_fee(api: Arc<Api>) -> Result<Value, Error> {
    let head = api.header(Named::Latest).await?;
    Ok(quantity(next_base_fee(&head.header, api.backend.chain().base_fee_floor)).into())
}

pub(super) async fn tip(api: Arc<Api>) -> Result<Value, Error> {
    Ok(quantity(api.backend.suggested_tip().await?).into())
}

/// What gas of blobs costs: the least, since no transaction of this chain carries any. EIP-4844
pub(super) async fn blob_base_fee() -> Result<Value, Error> {
    Ok(quantity(1u8).into())
}

/// Fewer blocks than asked for where there are fewer, or where they are too many.
pub(super) async fn history(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let blocks = arguments.required("blockCount")?.loose_quantity()?;
    let newest = api.header(arguments.block()?).await?.header.height.0;
    let percentiles = arguments.optional("rewardPercentiles").map(read_percentiles).transpose()?;
    let percentiles = percentiles.filter(|percentiles| !percentiles.is_empty());
    let blocks = blocks.min(api.settings.fee_blocks).min(newest.saturating_add(1));
    let oldest = (newest + 1).saturating_sub(blocks);
    let (mut fees, mut ratios, mut rewards) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    for height in oldest..oldest + blocks {
        let found = api.header(Named::At(At::Height(Height(height)))).await?;
        fees.push(Value::from(quantity(found.header.base_fee)));
        ratios.push(Value::from(used(&found)));
        if let Some(percentiles) = &percentiles {
            let receipts = api.backend.receipts(Height(height)).await?;
            let receipts = receipts.ok_or(Error::UnknownBlock)?;
            rewards.push(reward(&receipts, found.header.base_fee, percentiles));
            tokio::task::yield_now().await;
        }
        last = Some(found);
    }
    if let Some(last) = last {
        let next = next_base_fee(&last.header, api.backend.chain().base_fee_floor);
        fees.push(Value::from(quantity(next)));
    }
    let mut told = Map::new();
    told.insert("oldestBlock".into(), quantity(oldest).into());
    told.insert("baseFeePerGas".into(), fees.into());
    told.insert("gasUsedRatio".into(), ratios.into());
    if percentiles.is_some() {
        told.insert("reward".into(), rewards.into());
    }
    Ok(Value::Object(told))
}

fn used(found: &Found) -> f64 {
    let (used, limit) = (found.header.gas_used.0, found.header.gas_limit.0.max(1));
    used as f64 / limit as f64
}

fn read_percentiles(list: Argument) -> Result<Vec<f64>, Error> {
    let mut percentiles: Vec<f64> = Vec::new();
    for item in list.list(MAX_PERCENTILES)? {
        let number = item.number()?;
        let is_in_order = percentiles.last().is_none_or(|last| *last <= number);
        if !is_in_order || !(0.0..=100.0).contains(&number) {
            let reason = "wants ascending numbers from 0 to 100".into();
            return Err(Error::Argument { name: "rewardPercentiles", reason });
        }
        percentiles.push(number);
    }
    Ok(percentiles)
}

/// The tips under which these parts of a block's gas were bought.
fn reward(receipts: &[Receipt], base_fee: u64, percentiles: &[f64]) -> Value {
    let mut before = 0;
    let mut bought: Vec<(u128, u64)> = Vec::with_capacity(receipts.len());
    for receipt in receipts {
        let gas = receipt.cumulative_gas.0.saturating_sub(before);
        before = receipt.cumulative_gas.0;
        bought.push((receipt.effective_price.saturating_sub(base_fee.into()), gas));
    }
    bought.sort_unstable();
    let total = before as f64;
    let mut sum = 0;
    let mut at = 0;
    let mut tips = Vec::with_capacity(percentiles.len());
    for percentile in percentiles {
        let threshold = total * percentile / 100.0;
        while at + 1 < bought.len() && ((sum + bought[at].1) as f64) < threshold {
            sum += bought[at].1;
            at += 1;
        }
        let tip = bought.get(at).map_or(0, |(tip, _)| *tip);
        tips.push(Value::from(quantity(tip)));
    }
    Value::Array(tips)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;
    use troupe_chain::transaction::Kind;
    use troupe_types::Gas;

    fn receipts(prices: &[(u128, u64)]) -> Vec<Receipt> {
        let mut cumulative = 0;
        let one = |(price, gas): &(u128, u64)| {
            cumulative += gas;
            Receipt {
                kind: Kind::Legacy,
                is_success: true,
                cumulative_gas: Gas(cumulative),
                logs: Vec::new(),
                effective_price: *price,
                contract: None,
            }
        };
        prices.iter().map(one).collect()
    }

    #[test]
    fn tips_are_those_of_the_gas_at_each_percentile() {
        let block = receipts(&[(40, 100), (10, 100), (20, 200)]);
        let told = reward(&block, 10, &[0.0, 25.0, 50.0, 75.0, 100.0]);
        assert_eq!(told, json!(["0x0", "0x0", "0xa", "0xa", "0x1e"]));
        assert_eq!(reward(&[], 10, &[50.0]), json!(["0x0"]));
    }

    proptest! {
        #[test]
        fn tips_ascend(prices in proptest::collection::vec((10u128..1000, 1u64..9), 0..20)) {
            let told = reward(&receipts(&prices), 10, &[1.0, 33.0, 70.0, 100.0]);
            let tips: Vec<u64> = told.as_array().unwrap().iter()
                .map(|tip| crate::encode::read_quantity(tip.as_str().unwrap()).unwrap()).collect();
            prop_assert!(tips.is_sorted());
        }
    }
}
