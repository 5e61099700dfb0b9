//! Trying a change before anybody pays for it.

use super::refusal::Refusal;
use super::{Asker, Deed, Facts};
use crate::exit::{Failure, Outcome};
use crate::output::Report;
use crate::rpc::{Client, data, quantity};
use crate::tx::Amount;
use alloy_primitives::U256;
use serde_json::{Value, json};
use troupe_types::Address;

/// The call as a server is asked about it.
pub(super) fn call(from: Address, deed: &Deed) -> Value {
    json!({
        "from": data(from), "to": data(deed.to), "value": quantity(deed.wish.value),
        "input": data(&deed.wish.input),
    })
}

/// What the call would return now; what would be refused is a failure that says why.
pub(super) async fn rehearse(asker: &Asker<'_>, from: Address, deed: &Deed) -> Outcome<Facts> {
    let answer = asker.client().question(call(from, deed), "latest").await;
    let bytes = answer.map_err(|error| Refusal::of(&error).map_or(error.into(), Failure::from))?;
    (deed.gives)(&bytes).ok_or_else(|| {
        let what = format!("no answer of the contract at {}", deed.to.to_checksum());
        asker.client().malformed(&what).into()
    })
}

/// What would happen, and what it would cost.
pub(super) async fn dry_run(
    client: &Client,
    from: Address,
    deed: &Deed,
    gives: Facts,
) -> Outcome<Report> {
    let gas = client.estimate(call(from, deed)).await?;
    let fees = client.fees().await?;
    let cost = |price: u128| U256::from(price).saturating_mul(U256::from(gas));
    let now = cost(fees.base.saturating_add(fees.tip));
    let most = cost(fees.max_fee());
    let facts = Facts::default()
        .put("dry_run", "nothing was sent", true)
        .text("would", &deed.what)
        .put("from", from.to_checksum(), data(from))
        .put("to", deed.to.to_checksum(), data(deed.to))
        .put("value", Amount(deed.wish.value), deed.wish.value.to_string())
        .number("gas", gas)
        .put("fee", Amount(now), now.to_string())
        .put("max_fee", Amount(most), most.to_string())
        .quiet("input", data(&deed.wish.input));
    let text = Facts::default().and(facts.clone()).and(gives.clone()).lines();
    let mut json = facts.json();
    json["gives"] = gives.json();
    Ok(Report::new(text, json))
}
