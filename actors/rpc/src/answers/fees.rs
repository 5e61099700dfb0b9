//! What gas costs.

use crate::arguments::Named;
use crate::backend::{At, Found};
use crate::context::Api;
use crate::error::Error;
use troupe_chain::block::{Receipt, next_base_fee};
use troupe_types::Height;

/// The most percentiles of a fee history.
pub(crate) const MAX_PERCENTILES: usize = 100;

/// What gas cost in some blocks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FeeHistory {
    /// The first block's height.
    pub oldest: u64,
    /// The base fee of each block, and of the one after the last, in von per gas.
    pub base_fees: Vec<u64>,
    /// Which part of its limit each block used.
    pub used: Vec<f64>,
    /// For each block, the tips at the percentiles that were asked for, in von per gas.
    pub tips: Vec<Vec<u128>>,
}

impl Api {
    /// The base fee of the next block, in von per gas.
    pub async fn next_base_fee(&self) -> Result<u64, Error> {
        let head = self.header(Named::Latest).await?;
        Ok(next_base_fee(&head.header, self.backend.chain().base_fee_floor))
    }

    /// The tip that gets a transaction into one of the next blocks, in von per gas.
    pub async fn suggested_tip(&self) -> Result<u128, Error> {
        Ok(self.backend.suggested_tip().await?)
    }

    /// Fewer blocks than asked for where there are fewer, or where they are too many. The percentiles ascend from 0 to
    /// 100.
    pub async fn fee_history(
        &self,
        blocks: u64,
        newest: Named,
        percentiles: &[f64],
    ) -> Result<FeeHistory, Error> {
        let newest = self.header(newest).await?.header.height.0;
        check_percentiles(percentiles)?;
        let blocks = blocks.min(self.settings.fee_blocks).min(newest.saturating_add(1));
        let oldest = newest.saturating_add(1).saturating_sub(blocks);
        let mut history = FeeHistory { oldest, ..FeeHistory::default() };
        let mut last = None;
        for height in oldest..oldest + blocks {
            let found = self.header(Named::At(At::Height(Height(height)))).await?;
            history.base_fees.push(found.header.base_fee);
            history.used.push(used(&found));
            if !percentiles.is_empty() {
                let receipts = self.backend.receipts(Height(height)).await?;
                let receipts = receipts.ok_or(Error::UnknownBlock)?;
                history.tips.push(tips(&receipts, found.header.base_fee, percentiles));
                tokio::task::yield_now().await;
            }
            last = Some(found);
        }
        if let Some(last) = last {
            let floor = self.backend.chain().base_fee_floor;
            history.base_fees.push(next_base_fee(&last.header, floor));
        }
        Ok(history)
    }
}

fn used(found: &Found) -> f64 {
    let (used, limit) = (found.header.gas_used.0, found.header.gas_limit.0.max(1));
    used as f64 / limit as f64
}

fn check_percentiles(percentiles: &[f64]) -> Result<(), Error> {
    let name = "rewardPercentiles";
    if percentiles.len() > MAX_PERCENTILES {
        let reason = format!("has {} items, limit {MAX_PERCENTILES}", percentiles.len());
        return Err(Error::Argument { name, reason });
    }
    let is_in_range = percentiles.iter().all(|number| (0.0..=100.0).contains(number));
    if !is_in_range || !percentiles.is_sorted() {
        let reason = "wants ascending numbers from 0 to 100".into();
        return Err(Error::Argument { name, reason });
    }
    Ok(())
}

/// The tips under which these parts of a block's gas were bought.
fn tips(receipts: &[Receipt], base_fee: u64, percentiles: &[f64]) -> Vec<u128> {
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
        tips.push(bought.get(at).map_or(0, |(tip, _)| *tip));
    }
    tips
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
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
        assert_eq!(tips(&block, 10, &[0.0, 25.0, 50.0, 75.0, 100.0]), [0, 0, 10, 10, 30]);
        assert_eq!(tips(&[], 10, &[50.0]), [0]);
    }

    #[test]
    fn percentiles_that_are_none_are_refused() {
        assert!(check_percentiles(&[0.0, 50.0, 50.0, 100.0]).is_ok());
        for wrong in [&[f64::NAN][..], &[-1.0], &[100.5], &[50.0, 49.0], &[1.0; 101]] {
            assert!(check_percentiles(wrong).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn tips_ascend(prices in proptest::collection::vec((10u128..1000, 1u64..9), 0..20)) {
            let told = tips(&receipts(&prices), 10, &[1.0, 33.0, 70.0, 100.0]);
            prop_assert!(told.is_sorted());
        }
    }
}
