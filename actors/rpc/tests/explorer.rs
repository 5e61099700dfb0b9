//! What an explorer asks.

mod common;

use alloy_primitives::{TxKind, U256};
use common::{CONTRACT, Http, Memory, account, secret, serve, settings};
use serde_json::{Value, json};
use std::sync::Arc;
use troupe_chain::transaction::{Transaction, TxEip1559, Unsigned};
use troupe_rpc::Server;
use troupe_types::Hash;

const GWEI: u128 = 1_000_000_000;

fn text(bytes: impl AsRef<[u8]>) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn send(memory: &Memory, who: u8, nonce: u64, to: TxKind, input: &[u8], value: u64) -> Hash {
    let fields = TxEip1559 {
        chain_id: common::backend::CHAIN_ID,
        nonce,
        gas_limit: 300_000,
        max_fee_per_gas: 5 * GWEI,
        max_priority_fee_per_gas: GWEI,
        to,
        value: U256::from(value),
        input: input.to_vec().into(),
        ..TxEip1559::default()
    };
    let signed =
        Transaction::sign(Unsigned::DynamicFee(fields), &secret(who)).expect("it is short");
    memory.insert(signed).expect("it fits")
}

async fn start() -> (Server, Arc<Memory>, Http) {
    let (server, memory) = serve(settings()).await;
    let http = Http(server.address());
    (server, memory, http)
}

/// Code that makes a contract without code with 1, pays 2 to account 0x33.., pays 1 to the contract that refuses,
/// and gives all else away to account 0x44...
fn busy() -> Vec<u8> {
    let code = format!(
        // CREATE(1, 0, 0); CALL(gas, 0x33.., 2, 0, 0, 0, 0); CALL(gas, CONTRACT, 1, 0, 1, 0, 0); SELFDESTRUCT
        "5f5f6001f050 5f5f5f5f600273{}5af150 5f5f60015f600173{}5af150 73{}ff",
        "33".repeat(20),
        hex::encode(CONTRACT),
        "44".repeat(20),
    );
    hex::decode(code.replace(' ', "")).expect("digits")
}

#[tokio::test]
async fn what_happened_inside_a_transaction_is_told() {
    let (_server, memory, http) = start().await;
    let made = send(&memory, 1, 0, TxKind::Create, &busy(), 9);
    let failing = send(&memory, 2, 0, TxKind::Call(CONTRACT.0.into()), b"abcd", 0);
    memory.make_block();
    let receipt = http.call("eth_getTransactionReceipt", json!([text(made)])).await;
    assert_eq!(receipt["status"], "0x1");
    let here = &receipt["contractAddress"];
    let told = http.call("ots_getInternalOperations", json!([text(made)])).await;
    let told = told.as_array().unwrap();
    let kinds: Vec<u64> = told.iter().map(|one| one["type"].as_u64().unwrap()).collect();
    // What the refused call would have paid is not among them.
    assert_eq!(kinds, [2, 0, 1]);
    assert!(told.iter().all(|one| one["from"] == *here), "{told:?}");
    assert_eq!(told[1]["to"], text([0x33; 20]));
    assert_eq!((&told[2]["to"], &told[2]["value"]), (&json!(text([0x44; 20])), &json!("0x6")));

    let told = http.call("ots_traceTransaction", json!([text(made)])).await;
    let seen: Vec<(&str, u64)> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["type"].as_str().unwrap(), one["depth"].as_u64().unwrap()))
        .collect();
    let want = [("CREATE", 0), ("CREATE", 1), ("CALL", 1), ("CALL", 1), ("SELFDESTRUCT", 1)];
    assert_eq!(seen, want);
    assert_eq!((&told[3]["input"], &told[3]["output"]), (&json!("0x00"), &json!("0x00")));
    let reason = http.call("ots_getTransactionError", json!([text(failing)])).await;
    assert_eq!(reason, text(b"abcd"));
    assert_eq!(http.call("ots_getTransactionError", json!([text(made)])).await, "0x");
    let options = json!({ "tracer": "callTracer" });
    let trace = http.call("debug_traceTransaction", json!([text(made), options])).await;
    assert_eq!(trace["gas"], "0x493e0", "what the transaction may use");
    let last = &trace["calls"][3];
    assert_eq!((&last["type"], &last["to"]), (&json!("SELFDESTRUCT"), &json!(text([0x44; 20]))));
}

#[tokio::test]
async fn blocks_are_told_page_by_page() {
    let (_server, memory, http) = start().await;
    for who in 1..=5 {
        send(&memory, who, 0, TxKind::Call([9; 20].into()), b"abcdefgh", 1);
    }
    let block = memory.make_block();
    let details = http.call("ots_getBlockDetails", json!([1])).await;
    assert_eq!(details["block"]["transactionCount"], "0x5");
    assert_eq!(details["block"].get("transactions"), None);
    assert_eq!(details["block"]["logsBloom"], Value::Null);
    assert_eq!(details["issuance"]["issuance"], "0x0");
    let receipts = http.call("eth_getBlockReceipts", json!(["0x1"])).await;
    let number = |value: &Value| u128::from_str_radix(&value.as_str().unwrap()[2..], 16).unwrap();
    let paid = receipts.as_array().unwrap().iter();
    let paid: u128 =
        paid.map(|one| number(&one["gasUsed"]) * number(&one["effectiveGasPrice"])).sum();
    assert_eq!(number(&details["totalFees"]), paid);
    let by_hash = http.call("ots_getBlockDetailsByHash", json!([text(block.hash())])).await;
    assert_eq!(by_hash, details);

    let hashes = |page: &Value| -> Vec<Value> {
        let all = page["fullblock"]["transactions"].as_array().unwrap();
        all.iter().map(|one| one["hash"].clone()).collect()
    };
    let all: Vec<Value> =
        block.body().transactions.iter().map(|one| json!(text(one.hash()))).collect();
    let mut seen = Vec::new();
    for page in 0..3 {
        let told = http.call("ots_getBlockTransactions", json!([1, page, 2])).await;
        let mut here = hashes(&told);
        assert_eq!(told["receipts"].as_array().unwrap().len(), here.len());
        assert!(told["fullblock"]["transactions"][0]["input"] == "0x61626364");
        assert_eq!(told["receipts"][0]["logs"], Value::Null);
        here.append(&mut seen);
        seen = here;
    }
    assert_eq!(seen, all);
    let past = http.call("ots_getBlockTransactions", json!([1, 7, 2])).await;
    assert_eq!(past["receipts"], json!([]));
    for size in [0, 1_001] {
        let error = http.error("ots_getBlockTransactions", json!([1, 0, size])).await;
        assert_eq!(error["code"], -32602);
    }
}

#[tokio::test]
async fn transactions_are_found_by_number_and_contracts_have_makers() {
    let (_server, memory, http) = start().await;
    let mut sent = Vec::new();
    for nonce in 0..6 {
        sent.push(send(&memory, 1, nonce, TxKind::Call([9; 20].into()), &[], 1));
        memory.make_block();
        memory.make_block();
    }
    // Keeps a byte as its code.
    let init = hex::decode("60fe5f5360015ff3").unwrap();
    let made = send(&memory, 2, 0, TxKind::Create, &init, 0);
    memory.make_block();
    memory.make_block();
    let sender = text(account(1));
    for (nonce, hash) in sent.iter().enumerate() {
        let asked = json!([sender, nonce]);
        let found = http.call("ots_getTransactionBySenderAndNonce", asked).await;
        assert_eq!(found, text(hash), "{nonce}");
    }
    let later = json!([sender, 6]);
    assert_eq!(http.call("ots_getTransactionBySenderAndNonce", later).await, Value::Null);
    let receipt = http.call("eth_getTransactionReceipt", json!([text(made)])).await;
    let contract = &receipt["contractAddress"];
    let told = http.call("ots_getContractCreator", json!([contract])).await;
    assert_eq!(told, json!({ "hash": text(made), "creator": text(account(2)) }));
    // The chain began with it; and nobody made what is none.
    for nobody in [text(CONTRACT), sender.clone()] {
        assert_eq!(http.call("ots_getContractCreator", json!([nobody])).await, Value::Null);
    }
    assert_eq!(http.call("ots_hasCode", json!([contract, "latest"])).await, true);
    assert_eq!(http.call("ots_hasCode", json!([contract, 3])).await, false);
    assert_eq!(http.call("ots_hasCode", json!([sender])).await, false);
    assert_eq!(http.call("ots_getApiLevel", json!([])).await, 8);
    let header = http.call("erigon_getHeaderByNumber", json!(["0x1"])).await;
    assert_eq!(header, http.call("eth_getHeaderByNumber", json!(["0x1"])).await);
}

/// The hashes of a page, and whether it is the first or the last one.
async fn page(
    http: &Http,
    which: &str,
    of: Value,
    block: u64,
    size: u64,
) -> (Vec<Value>, [bool; 2]) {
    let method = format!("ots_searchTransactions{which}");
    let told = http.call(&method, json!([of, block, size])).await;
    let hashes = |list: &Value, key| -> Vec<Value> {
        list.as_array().expect("it is told").iter().map(|one| one[key].clone()).collect()
    };
    let txs = hashes(&told["txs"], "hash");
    assert_eq!(txs, hashes(&told["receipts"], "transactionHash"));
    assert!(
        told["receipts"]
            .as_array()
            .expect("it is told")
            .iter()
            .all(|one| one["timestamp"].is_string())
    );
    (txs, ["firstPage", "lastPage"].map(|key| told[key].as_bool().expect("it is told")))
}

#[tokio::test]
async fn all_that_an_account_has_to_do_with_is_told_page_by_page() {
    let (_server, memory, http) = start().await;
    let mut want = Vec::new();
    for nonce in 0..3 {
        // Account 0x33.. is paid by a contract that is made, and nobody else knows of it.
        want.push(send(&memory, 1, nonce, TxKind::Create, &busy(), 9));
        send(&memory, 2, nonce, TxKind::Call([0x77; 20].into()), &[], 5);
        memory.make_block();
        memory.make_block();
    }
    let direct = send(&memory, 2, 3, TxKind::Call([0x33; 20].into()), &[], 5);
    want.push(direct);
    memory.make_block();
    let all: Vec<Value> = want.iter().rev().map(|hash| text(hash.0).into()).collect();
    let of = || json!(text([0x33; 20]));

    assert_eq!(page(&http, "Before", of(), 0, 25).await, (all.clone(), [true, true]));
    assert_eq!(page(&http, "After", of(), 0, 25).await, (all.clone(), [true, true]));
    assert_eq!(page(&http, "Before", of(), 0, 2).await, (all[..2].to_vec(), [true, false]));
    // The second of them stands in block 5.
    assert_eq!(page(&http, "Before", of(), 5, 2).await, (all[2..].to_vec(), [false, true]));
    assert_eq!(page(&http, "Before", of(), 1, 2).await, (vec![], [false, true]));
    assert_eq!(page(&http, "After", of(), 0, 2).await, (all[2..].to_vec(), [false, true]));
    assert_eq!(page(&http, "After", of(), 3, 2).await, (all[..2].to_vec(), [true, false]));
    assert_eq!(page(&http, "After", of(), 7, 2).await, (vec![], [true, false]));
    // A sender is found by what it paid.
    let sent = page(&http, "Before", json!(text(account(2).0)), 0, 25).await;
    assert_eq!(sent.0.len(), 4);
    assert_eq!(sent.0[0], text(direct.0));
    let none = json!([text([0x33; 20]), 0, 0]);
    let error = http.error("ots_searchTransactionsBefore", none).await;
    assert_eq!(error["code"], -32602);
}
