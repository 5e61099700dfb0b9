//! The market that a network file describes, as the chain understands it.

use troupe_chain::genesis::Fault;
use troupe_config::Market;
use troupe_market::Rules;

/// What is said in `[market]`.
pub(super) fn rules(market: &Market) -> Result<Rules, Fault> {
    let percent = |value: u32| u8::try_from(value).unwrap_or(u8::MAX);
    let rules = Rules {
        least_stake: market.stake.0,
        bond: market.bond.0,
        small_bond: market.small_bond.0,
        unbonding: market.unbonding,
        answer: market.answer,
        draw: market.draw,
        views: market.views,
        slashed_percent: percent(market.slashed),
        reporter_percent: percent(market.reporter),
        abandoned_percent: percent(market.abandoned),
        least_fee: market.least_fee.0,
        least_span: market.least_span,
    };
    rules.check().map_err(|wrong| Fault {
        field: format!("market.{}", wrong.field),
        value: wrong.got.to_string(),
        limit: wrong.limit.to_owned(),
    })?;
    Ok(rules)
}
