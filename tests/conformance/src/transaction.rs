//! Transactions as bytes: which are read, what they cost before anything runs, whose they are.

use crate::case::{Case, Verdict};
use crate::json;
use alloy_primitives::U256;
use anyhow::Result;
use serde_json::Value;
use troupe_chain::Transaction;
use troupe_chain::transaction::{Fork, Intrinsic, Recovered, Rules, recover};
use troupe_types::{Bytes, Gas};

/// The fork that this chain's transactions follow in these files.
const FORK: &str = "Cancun";

pub(crate) fn run(name: &str, test: &Value, cases: &mut Vec<Case>) -> Result<()> {
    // Digits that are no bytes are no transaction either.
    let bytes = json::bytes(json::text(test, "txbytes")?).unwrap_or_default();
    for (fork, want) in json::fields(&test["result"])? {
        let verdict = match fork.as_str() {
            FORK => {
                check(&bytes, want).unwrap_or_else(|error| Verdict::Failed(format!("{error:#}")))
            }
            _ => Verdict::Skipped("another fork"),
        };
        let name = name.to_owned();
        cases.push(Case { kind: "transaction", fork: fork.clone(), name, verdict });
    }
    Ok(())
}

/// What is checked of a transaction without knowing any state.
fn admit(bytes: &[u8]) -> Result<Recovered> {
    let recovered = recover(Transaction::decode(bytes)?)?;
    let transaction = recovered.transaction();
    let (chain_id, block_gas) = (1, Gas(u64::MAX));
    let rules = Rules { chain_id, block_gas, max_init_code: Bytes::kib(48), min_tip: 0 };
    match transaction.chain_id() {
        Some(_) => rules.check_in(transaction, Fork::Cancun)?,
        // Not let into a block of this chain, but valid elsewhere.
        None => rules.check_fields(transaction, Fork::Cancun)?,
    }
    // Nobody has that much, so the executor refuses it.
    let price = U256::from(transaction.max_fee());
    if price.checked_mul(U256::from(transaction.gas_limit().0)).is_none() {
        anyhow::bail!("its fee is more than there is");
    }
    Ok(recovered)
}

fn check(bytes: &[u8], want: &Value) -> Result<Verdict> {
    let recovered = match (admit(bytes), want.get("exception")) {
        (Err(_), Some(_)) => return Ok(Verdict::Passed),
        (Ok(_), Some(reason)) => {
            return Ok(Verdict::Failed(format!("it is accepted, but {reason}")));
        }
        (Err(error), None) => return Ok(Verdict::Failed(format!("it is refused: {error:#}"))),
        (Ok(recovered), None) => recovered,
    };
    let transaction = recovered.transaction();
    let hash = json::hash(json::text(want, "hash")?)?;
    if recovered.hash() != hash {
        return Ok(Verdict::of("hash", &recovered.hash(), &hash));
    }
    let sender = json::address(json::text(want, "sender")?)?;
    if recovered.sender() != sender {
        return Ok(Verdict::of("sender", &recovered.sender(), &sender));
    }
    let is_create = transaction.to().is_none();
    let used = Intrinsic::of(transaction.input(), is_create, transaction.access_list()).used;
    let want = json::number_of::<u64>(want, "intrinsicGas")?;
    Ok(Verdict::of("intrinsic gas", &used.0, &want))
}
