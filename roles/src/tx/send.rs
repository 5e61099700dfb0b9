//! `tx send` and `tx deploy`: signing a transaction and handing it in.

use super::amount::Amount;
use super::args::{DeployArgs, PatienceArgs, PriceArgs, SendArgs};
use super::code::code;
use super::draft::Draft;
use super::report;
use super::signer::Signer;
use super::wait::wait;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use crate::rpc::{Client, Fees, data, quantity};
use alloy_primitives::{Bytes, U256};
use serde_json::{Value, json};
use std::time::Instant;
use troupe_types::Address;

/// What a transaction is to do.
struct Wish<'a> {
    to: Option<Address>,
    value: U256,
    input: Bytes,
    price: &'a PriceArgs,
}

pub(super) fn send(args: &SendArgs) -> Outcome<Report> {
    let client = args.place.client()?;
    let signer = args.signer.open(&args.place)?;
    let input = args.data.0.clone();
    let wish = Wish { to: Some(args.to), value: args.value.0, input, price: &args.price };
    troupe_runtime::run(submit(&client, &signer, wish, &args.patience))
}

pub(super) fn deploy(args: &DeployArgs) -> Outcome<Report> {
    let input = code(&args.code)?;
    let client = args.place.client()?;
    let signer = args.signer.open(&args.place)?;
    let wish = Wish { to: None, value: args.value.0, input, price: &args.price };
    troupe_runtime::run(submit(&client, &signer, wish, &args.patience))
}

async fn submit(
    client: &Client,
    signer: &Signer,
    wish: Wish<'_>,
    patience: &PatienceArgs,
) -> Outcome<Report> {
    let draft = draft(client, signer.address(), wish).await?;
    let value = draft.value;
    let transaction = signer.sign(draft).map_err(|error| Failure::new(ExitCode::Usage, error))?;
    let sent = Instant::now();
    client.send_raw(&transaction.to_bytes()).await?;
    if patience.no_wait {
        return Ok(report::sent(&transaction, signer.address()));
    }
    let receipt = wait(client, transaction.hash(), patience.within).await?;
    report::committed(&receipt, Some(value), Some(sent.elapsed()))
}

/// Asks the node for what was not given.
async fn draft(client: &Client, from: Address, wish: Wish<'_>) -> Outcome<Draft> {
    let Wish { to, value, input, price } = wish;
    let chain_id = client.chain_id().await?;
    let nonce = match price.nonce {
        Some(nonce) => nonce,
        None => client.nonce(from).await?,
    };
    let (max_fee, max_tip) = offer(client.fees().await?, price)?;
    let gas_limit = match price.gas_limit {
        Some(gas) => gas,
        None => {
            let mut call = json!({
                "from": data(from), "value": quantity(value), "input": data(&input),
            });
            if let Some(to) = to {
                call["to"] = Value::String(data(to));
            }
            client.estimate(call).await?
        }
    };
    Ok(Draft { chain_id, nonce, to, value, input, gas_limit, max_fee, max_tip })
}

/// The most that is paid for a unit of gas, and how much of it is the tip.
fn offer(fees: Fees, price: &PriceArgs) -> Outcome<(u128, u128)> {
    let tip = match price.tip {
        Some(tip) => per_gas("--tip", tip)?,
        None => fees.tip,
    };
    match price.max_fee {
        Some(max_fee) => {
            let max_fee = per_gas("--max-fee", max_fee)?;
            // A suggested tip gives way to a limit that somebody named.
            Ok((max_fee, if price.tip.is_some() { tip } else { tip.min(max_fee) }))
        }
        None => Ok((Fees { tip, ..fees }.max_fee(), tip)),
    }
}

fn per_gas(flag: &str, amount: Amount) -> Outcome<u128> {
    u128::try_from(amount.0).map_err(|_| {
        let text = format!("got {amount}, allowed are 128 bits of von");
        Failure::about(ExitCode::Usage, flag, text)
    })
}
