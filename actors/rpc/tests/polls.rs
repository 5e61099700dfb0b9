//! Filters that are polled.

#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use alloy_primitives::{TxKind, U256};
use common::{CONTRACT, Http, Memory, account, secret, serve, settings};
use serde_json::{Value, json};
use troupe_chain::transaction::{Transaction, TxEip1559, Unsigned};
use troupe_rpc::Settings;
use troupe_types::Millis;

fn send(memory: &Memory, nonce: u64, to: [u8; 20]) -> Value {
    let fields = TxEip1559 {
        chain_id: common::backend::CHAIN_ID,
        nonce,
        gas_limit: 100_000,
        max_fee_per_gas: 5_000_000_000,
        to: TxKind::Call(to.into()),
        value: U256::ZERO,
        ..TxEip1559::default()
    };
    let signed = Transaction::sign(Unsigned::DynamicFee(fields), &secret(1)).unwrap();
    json!(format!("0x{}", memory.insert(signed).unwrap()))
}

async fn changes(http: &Http, filter: &Value) -> Vec<Value> {
    let told = http.call("eth_getFilterChanges", json!([filter])).await;
    told.as_array().unwrap().clone()
}

#[tokio::test]
async fn heads_and_arrivals_are_told_once() {
    let (server, memory) = serve(settings()).await;
    let http = Http(server.address());
    memory.make_block();
    let heads = http.call("eth_newBlockFilter", json!([])).await;
    let arrivals = http.call("eth_newPendingTransactionFilter", json!([])).await;
    assert_ne!(heads, arrivals);
    assert!(changes(&http, &heads).await.is_empty(), "blocks before are old");
    let hash = send(&memory, 0, [1; 20]);
    let blocks = [memory.make_block(), memory.make_block()];
    let told = changes(&http, &heads).await;
    assert_eq!(told, blocks.map(|block| json!(format!("0x{}", block.hash()))));
    assert_eq!(changes(&http, &arrivals).await, [hash]);
    assert!(changes(&http, &heads).await.is_empty());
    assert!(changes(&http, &arrivals).await.is_empty());
    assert_eq!(http.call("eth_uninstallFilter", json!([heads])).await, true);
    assert_eq!(http.call("eth_uninstallFilter", json!([heads])).await, false);
    let error = http.error("eth_getFilterChanges", json!([heads])).await;
    assert_eq!(error, json!({ "code": -32000, "message": "filter not found" }));
}

#[tokio::test]
async fn logs_are_told_as_they_come_and_all_of_them_on_request() {
    let (server, memory) = serve(settings()).await;
    let http = Http(server.address());
    send(&memory, 0, CONTRACT.0);
    memory.make_block();
    let wanted = json!([{ "address": format!("0x{CONTRACT}"), "fromBlock": "earliest" }]);
    let filter = http.call("eth_newFilter", wanted.clone()).await;
    let nothing = json!([{ "address": format!("0x{}", account(1)) }]);
    let nothing = http.call("eth_newFilter", nothing).await;
    assert!(changes(&http, &filter).await.is_empty());
    send(&memory, 1, CONTRACT.0);
    memory.make_block();
    memory.make_block();
    let told = changes(&http, &filter).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["blockNumber"], "0x2");
    assert!(changes(&http, &filter).await.is_empty());
    assert!(changes(&http, &nothing).await.is_empty());
    let all = http.call("eth_getFilterLogs", json!([filter])).await;
    assert_eq!(all, http.call("eth_getLogs", wanted).await);
    assert_eq!(all.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn more_logs_than_one_answer_holds_come_in_several() {
    let (server, memory) = serve(Settings { logs: 3, ..settings() }).await;
    let http = Http(server.address());
    let filter = http.call("eth_newFilter", json!([{}])).await;
    for nonce in 0..8 {
        send(&memory, nonce, CONTRACT.0);
        if nonce % 2 == 1 {
            memory.make_block();
        }
    }
    let mut blocks = Vec::new();
    for _ in 0..4 {
        let told = changes(&http, &filter).await;
        assert_eq!(told.len(), 2, "whole blocks");
        blocks.push(told[0]["blockNumber"].clone());
    }
    assert_eq!(blocks, ["0x1", "0x2", "0x3", "0x4"]);
    assert!(changes(&http, &filter).await.is_empty());
}

#[tokio::test]
async fn filters_are_counted_and_forgotten_when_nobody_asks() {
    let bounds = Settings { filters: 2, filter_time: Millis(300), ..settings() };
    let (server, _memory) = serve(bounds).await;
    let http = Http(server.address());
    let first = http.call("eth_newBlockFilter", json!([])).await;
    http.call("eth_newBlockFilter", json!([])).await;
    let error = http.error("eth_newBlockFilter", json!([])).await;
    assert_eq!(
        error,
        json!({ "code": -32005, "message": "query exceeds the limit of 2 open filters" })
    );
    while http.ask("eth_newBlockFilter", json!([])).await.get("error").is_some() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(http.error("eth_getFilterChanges", json!([first])).await["code"], -32000);
}
