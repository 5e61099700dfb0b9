//! `tx call`: asking a contract.

use super::args::CallArgs;
use crate::exit::Outcome;
use crate::output::Report;
use crate::rpc::{data, quantity};
use alloy_primitives::U256;
use serde_json::{Value, json};

/// Asks, and prints the bytes that come back.
pub(super) fn call(args: &CallArgs) -> Outcome<Report> {
    let client = args.place.client()?;
    let mut call = json!({ "to": data(args.to), "input": data(&args.data.0) });
    if let Some(caller) = args.caller {
        call["from"] = Value::String(data(caller));
    }
    if !args.value.0.is_zero() {
        call["value"] = Value::String(quantity(args.value.0));
    }
    let block =
        args.block.map_or_else(|| "latest".to_owned(), |height| quantity(U256::from(height)));
    let result = troupe_runtime::run(client.question(call, &block))?;
    let result = data(result);
    Ok(Report::new(result.clone(), json!({ "result": result })))
}
