//! Blocks of long ago in which a validator was punished, executed again.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{Process, TELLS, contradiction, sent};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use troupe_blocks::StoredAt;
use troupe_runtime::run;
use troupe_types::Height;

/// So many blocks a round of one validator has.
const ROUND: u64 = 9;

async fn height(process: &Process) -> u64 {
    number(&process.call("eth_blockNumber", json!([])).await)
}

fn number(of: &Value) -> u64 {
    u64::from_str_radix(of.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}

/// The block with evidence and what asked in it for the balance of all stakes, as soon as there is one.
async fn punished(process: &Process, asked: &BTreeMap<u64, Value>) -> Option<(u64, Value)> {
    for (height, receipt) in asked {
        let stored = process.node.link::<StoredAt>("storage").ask(StoredAt(Height(*height))).await;
        if !stored.unwrap().unwrap().block.body().evidence.is_empty() {
            return Some((*height, receipt.clone()));
        }
    }
    None
}

#[test]
fn a_block_that_punished_a_validator_ten_rounds_ago_is_traced_as_it_went() {
    run(async {
        let process = punished_often();
        trace(&process).await;
        assert!(process.end().await.is_clean());
    });
}

/// In the first block of each of these rounds the validator is punished.
fn punished_often() -> Process {
    Process::staked_archive(|vault| {
        let chain = vault.chain();
        (2..=9).for_each(|epoch| vault.accuse(&contradiction(&chain, epoch)).unwrap());
    })
}

async fn trace(process: &Process) {
    let (mut hashes, mut nonce) = (Vec::new(), 0);
    while height(process).await < 10 * ROUND {
        let envelope = sent(1, nonce, TELLS, 0);
        hashes.push(process.call("eth_sendRawTransaction", json!([envelope])).await);
        nonce += 1;
        process.wait(2).await;
    }
    let mut told: BTreeMap<u64, Value> = BTreeMap::new();
    for hash in &hashes {
        let receipt = process.receipt(hash).await;
        told.entry(number(&receipt["blockNumber"])).or_insert(receipt);
    }
    let (at, receipt) = punished(process, &told).await.expect("some block has both");
    while height(process).await < at + 10 * ROUND {
        process.wait(50).await;
    }
    let tracer = json!({ "tracer": "callTracer", "tracerConfig": { "withLog": true } });
    let hash = &receipt["transactionHash"];
    let traced = process.call("debug_traceTransaction", json!([hash, tracer])).await;
    let stakes = |receipt: &Value| receipt["logs"][0]["data"].clone();
    assert_eq!(stakes(&traced), stakes(&receipt), "{traced}");
    let before = told.range(..at).next_back().map(|(_, receipt)| stakes(receipt));
    assert_ne!(before, Some(stakes(&receipt)), "it is less than it was");
}
