//! What is said about a transaction.

use super::amount::Amount;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::{Report, columns};
use crate::rpc::{Receipt, data};
use alloy_primitives::U256;
use serde_json::json;
use std::time::Duration;
use troupe_chain::Transaction;
use troupe_types::Address;

/// A transaction that a node has taken.
pub(crate) fn sent(transaction: &Transaction, from: Address) -> Report {
    let hash = data(transaction.hash());
    let rows = [
        ("transaction", hash.clone()),
        ("result", "taken by the node, not waited for".to_owned()),
        ("from", from.to_checksum()),
        ("nonce", transaction.nonce().to_string()),
    ];
    let json = json!({
        "hash": hash, "status": "sent", "from": data(from), "nonce": transaction.nonce(),
    });
    Report::new(table(rows.to_vec()), json)
}

/// A transaction that nobody has got yet: its bytes, for whoever hands them in.
pub(crate) fn raw(transaction: &Transaction, from: Address) -> Report {
    let envelope = data(transaction.to_bytes());
    let json = json!({
        "hash": data(transaction.hash()), "status": "signed", "from": data(from), "nonce": transaction.nonce(),
        "raw": envelope,
    });
    Report::new(envelope, json)
}

/// A transaction in a block; one that reverted is a failure.
pub(super) fn committed(
    receipt: &Receipt,
    value: Option<U256>,
    latency: Option<Duration>,
) -> Outcome<Report> {
    let hash = data(receipt.hash);
    let fee = Amount(receipt.fee());
    if !receipt.is_success {
        let text = format!("reverted in block {}, its fee of {fee} was paid", receipt.block);
        return Err(Failure::about(ExitCode::Reverted, hash, text));
    }
    let mut rows = vec![
        ("transaction", hash.clone()),
        ("result", format!("final in block {}", receipt.block)),
        ("from", receipt.from.to_checksum()),
    ];
    rows.extend(receipt.to.map(|to| ("to", to.to_checksum())));
    rows.extend(receipt.made.map(|made| ("contract", made.to_checksum())));
    rows.extend(value.map(|value| ("value", Amount(value).to_string())));
    rows.push(("fee", format!("{fee} for {} gas", receipt.gas_used)));
    if receipt.logs > 0 {
        rows.push(("logs", receipt.logs.to_string()));
    }
    rows.extend(latency.map(|latency| ("latency", format!("{} ms", latency.as_millis()))));
    let json = json!({
        "hash": hash, "status": "success", "block": receipt.block, "from": data(receipt.from),
        "to": receipt.to.map(data), "contract": receipt.made.map(data),
        "value": value.map(|value| value.to_string()), "gas_used": receipt.gas_used,
        "fee": receipt.fee().to_string(),
        "latency_ms": latency.map(|latency| latency.as_secs_f64() * 1_000.0),
        "receipt": receipt.json,
    });
    Ok(Report::new(table(rows), json))
}

fn table(rows: Vec<(&str, String)>) -> String {
    let rows = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]);
    columns(&rows.collect::<Vec<_>>())
}
