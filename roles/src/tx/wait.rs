//! `tx receipt`: what became of a transaction.

use super::args::ReceiptArgs;
use super::report;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use crate::progress;
use crate::rpc::{Client, Error, Receipt, data};
use serde_json::{Value, json};
use std::time::Duration;
use troupe_types::{Hash, Millis};

pub(super) fn receipt(args: &ReceiptArgs) -> Outcome<Report> {
    let client = args.place.client()?;
    let receipt = troupe_runtime::run(async {
        if args.wait {
            return wait(&client, args.hash, args.within).await;
        }
        match client.receipt(args.hash).await? {
            Some(receipt) => Ok(receipt),
            None => Err(absent(&client, args.hash).await?),
        }
    })?;
    report::committed(&receipt, None, None)
}

/// Waits with a spinner until a transaction is in a block.
pub(crate) async fn wait(client: &Client, hash: Hash, within: Millis) -> Outcome<Receipt> {
    let spinner = progress::spinner();
    spinner.set_message(format!("waiting for {}", data(hash)));
    let waited = client.await_receipt(hash, Duration::from(within)).await;
    spinner.finish_and_clear();
    waited.map_err(|error| match error {
        Error::TimedOut { .. } => {
            let text =
                format!("in no block within {within}; `troupe tx receipt --wait` looks again");
            Failure::about(ExitCode::TimedOut, data(hash), text)
        }
        Error::Url(_)
        | Error::Unreachable { .. }
        | Error::Http { .. }
        | Error::Malformed { .. }
        | Error::Refused(_) => error.into(),
    })
}

/// Why there is no receipt.
async fn absent(client: &Client, hash: Hash) -> Outcome<Failure> {
    let known = client.call("eth_getTransactionByHash", json!([data(hash)])).await?;
    let text = match known {
        Value::Null => "no block and no pool of this node has it",
        _ => "in the pool, in no block yet; --wait waits for it",
    };
    Ok(Failure::about(ExitCode::Refused, data(hash), text))
}
