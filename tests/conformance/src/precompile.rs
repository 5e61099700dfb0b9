//! Calls of precompiled contracts, as go-ethereum lists them: the file's name says which contract.

use crate::case::{Case, Verdict};
use crate::json;
use anyhow::{Context, Result};
use serde_json::Value;
use troupe_precompiles::Set;
use troupe_types::{Address, Gas};

/// Which contract a file is about, by the beginning of its name.
const CONTRACTS: &[(&str, u8)] = &[
    ("ecRecover", 0x01),
    ("sha256", 0x02),
    ("ripemd", 0x03),
    ("identity", 0x04),
    ("modexp_eip2565", 0x05),
    ("bn256Add", 0x06),
    ("bn256ScalarMul", 0x07),
    ("bn256Pairing", 0x08),
    ("blake2", 0x09),
    ("pointEvaluation", 0x0a),
    ("blsG1Add", 0x0b),
    ("blsG1Mul", 0x0c),
    ("blsG2Add", 0x0d),
    ("blsG2Mul", 0x0e),
    ("blsPairing", 0x0f),
    ("blsMapG1", 0x10),
    ("blsMapG2", 0x11),
];

pub(crate) fn run(stem: &str, calls: &[Value], cases: &mut Vec<Case>) -> Result<()> {
    let name = stem.strip_prefix("fail-").unwrap_or(stem).to_lowercase();
    let found = CONTRACTS.iter().find(|(begin, _)| name.starts_with(&begin.to_lowercase()));
    for call in calls {
        let verdict = match found {
            Some((_, last)) => check(*last, call)?,
            None => Verdict::Skipped("a contract or a price of another fork"),
        };
        let name = json::text(call, "Name").unwrap_or_default().to_owned();
        let fork = if found.is_some_and(|(_, last)| *last > 0x0a) { "Prague" } else { "Cancun" };
        cases.push(Case { kind: "precompile", fork: fork.to_owned(), name, verdict });
    }
    Ok(())
}

fn check(last: u8, call: &Value) -> Result<Verdict> {
    let mut address = Address::default();
    address.0[19] = last;
    let input = json::bytes(json::text(call, "Input")?)?;
    let run = |gas| Set::Prague.run(&address, &input, gas).context("no such contract");
    let result = run(Gas(u64::MAX))?;
    if call.get("ExpectedError").is_some() {
        return Ok(match result {
            Ok(_) => Verdict::Failed("it gave an output where it must fail".to_owned()),
            Err(_) => Verdict::Passed,
        });
    }
    let output = match result {
        Ok(output) => output,
        Err(error) => return Ok(Verdict::Failed(error.to_string())),
    };
    let verdict =
        Verdict::of("output", &hex::encode(&output.bytes).as_str(), &json::text(call, "Expected")?);
    // The prices of BLAKE2's rounds are written as zero there.
    let want = call.get("Gas").and_then(Value::as_u64).filter(|_| last != 0x09);
    if verdict != Verdict::Passed {
        return Ok(verdict);
    }
    if let Some(want) = want
        && output.gas_used.0 != want
    {
        return Ok(Verdict::of("gas", &output.gas_used.0, &want));
    }
    if let Some(less) = output.gas_used.0.checked_sub(1)
        && run(Gas(less))?.is_ok()
    {
        return Ok(Verdict::Failed("it runs for one gas less than it costs".to_owned()));
    }
    Ok(Verdict::Passed)
}
