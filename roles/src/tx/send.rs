//! `tx send`, `tx deploy` and `tx submit`: signing a transaction and handing it in.

use super::amount::Amount;
use super::args::{DeployArgs, HowArgs, PatienceArgs, PriceArgs, SendArgs, SubmitArgs};
use super::code::{code, digits};
use super::report;
use super::wait::wait;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use crate::rpc::{Client, Fees, data, quantity};
use alloy_primitives::{Bytes, U256};
use serde_json::{Value, json};
use std::time::Instant;
use troupe_chain::transaction::Draft;
use troupe_chain::transaction::recover;
use troupe_chain::{Invalid, Transaction};
use troupe_types::Address;

/// What a transaction is to do.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) to: Option<Address>,
    /// In von.
    pub(crate) value: U256,
    pub(crate) input: Bytes,
}

pub(super) fn send(args: &SendArgs) -> Outcome<Report> {
    let input = args.data.0.clone();
    submit(&args.how, Wish { to: Some(args.to), value: args.value.0, input })
}

pub(super) fn deploy(args: &DeployArgs) -> Outcome<Report> {
    let input = code(&args.code)?;
    submit(&args.how, Wish { to: None, value: args.value.0, input })
}

/// Sends what was signed elsewhere.
pub(super) fn hand_in(args: &SubmitArgs) -> Outcome<Report> {
    const NAME: &str = "TRANSACTION";
    let bytes = digits(NAME, "transaction", &args.transaction)?;
    let wrong = |error: Invalid| Failure::about(ExitCode::Usage, NAME, error);
    let transaction = Transaction::decode(&bytes).map_err(wrong)?;
    let from = recover(transaction.clone()).map_err(wrong)?.sender();
    let client = args.place.client()?;
    troupe_runtime::run(settle(&client, &transaction, from, &args.patience))
}

fn submit(how: &HowArgs, wish: Wish) -> Outcome<Report> {
    if how.price.offline {
        let draft = offline(&wish, &how.price)?;
        let signer = how.signer.open(&how.place)?;
        return Ok(report::raw(&signer.sign(draft).map_err(unsigned)?, signer.address()));
    }
    let client = how.place.client()?;
    let signer = how.signer.open(&how.place)?;
    troupe_runtime::run(async {
        let draft = draft(&client, signer.address(), &wish, &how.price).await?;
        let transaction = signer.sign(draft).map_err(unsigned)?;
        settle(&client, &transaction, signer.address(), &how.patience).await
    })
}

async fn settle(
    client: &Client,
    transaction: &Transaction,
    from: Address,
    patience: &PatienceArgs,
) -> Outcome<Report> {
    let sent = Instant::now();
    client.send_raw(&transaction.to_bytes()).await?;
    if patience.no_wait {
        return Ok(report::sent(transaction, from));
    }
    let receipt = wait(client, transaction.hash(), patience.within).await?;
    report::committed(&receipt, Some(transaction.value()), Some(sent.elapsed()))
}

/// What no node would read is not signed.
pub(crate) fn unsigned(error: Invalid) -> Failure {
    Failure::new(ExitCode::Usage, error)
}

/// What is signed where nobody is asked: all of it was given.
pub(crate) fn offline(wish: &Wish, price: &PriceArgs) -> Outcome<Draft> {
    let Wish { to, value, input } = wish.clone();
    let needed = |flag: &str, given: Option<u64>| {
        given.ok_or_else(|| Failure::about(ExitCode::Usage, flag, "missing, --offline wants it"))
    };
    let max_fee = price.max_fee.map(|max_fee| per_gas("--max-fee", max_fee)).transpose()?;
    let Some(max_fee) = max_fee else {
        let text = "missing, --offline wants it";
        return Err(Failure::about(ExitCode::Usage, "--max-fee", text));
    };
    let max_tip = price.tip.map_or(Ok(0), |tip| per_gas("--tip", tip))?;
    Ok(Draft {
        chain_id: needed("--chain-id", price.chain_id)?,
        nonce: needed("--nonce", price.nonce)?,
        to,
        value,
        input,
        gas_limit: needed("--gas-limit", price.gas_limit)?,
        max_fee,
        max_tip,
    })
}

/// Asks the node for what was not given.
pub(crate) async fn draft(
    client: &Client,
    from: Address,
    wish: &Wish,
    price: &PriceArgs,
) -> Outcome<Draft> {
    let Wish { to, value, input } = wish.clone();
    let chain_id = client.chain_id().await?;
    if let Some(wanted) = price.chain_id.filter(|wanted| *wanted != chain_id) {
        let text = format!("got {wanted}, the node is of chain {chain_id}");
        return Err(Failure::about(ExitCode::Usage, "--chain-id", text));
    }
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
