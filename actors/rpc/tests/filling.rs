//! What makes a transaction whole, and what is known of the chain and of the pool besides.

mod common;

use alloy_primitives::{TxKind, U256};
use common::{CONTRACT, Http, Memory, account, secret, serve, settings};
use serde_json::{Value, json};
use std::sync::Arc;
use troupe_chain::transaction::{Transaction, TxEip1559, Unsigned};
use troupe_rpc::{Backend, Server};
use troupe_types::Height;

const GWEI: u128 = 1_000_000_000;

fn text(bytes: impl AsRef<[u8]>) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn sign(who: u8, nonce: u64, fields: TxEip1559) -> Transaction {
    let fields = TxEip1559 {
        chain_id: common::backend::CHAIN_ID,
        nonce,
        gas_limit: 60_000,
        max_fee_per_gas: 5 * GWEI,
        max_priority_fee_per_gas: GWEI,
        ..fields
    };
    Transaction::sign(Unsigned::DynamicFee(fields), &secret(who)).expect("it is short")
}

fn pay(who: u8, nonce: u64, value: u64) -> Transaction {
    let to = TxKind::Call([9; 20].into());
    sign(who, nonce, TxEip1559 { to, value: U256::from(value), ..TxEip1559::default() })
}

async fn start() -> (Server, Arc<Memory>, Http) {
    let (server, memory) = serve(settings()).await;
    let http = Http(server.address());
    (server, memory, http)
}

#[tokio::test]
async fn what_a_transaction_leaves_out_is_filled_in() {
    let (_server, memory, http) = start().await;
    memory.insert(pay(1, 0, 1)).unwrap();
    let sender = text(account(1));
    let told = http
        .call(
            "eth_fillTransaction",
            json!([{ "from": sender, "to": text([9; 20]), "value": "0x2" }]),
        )
        .await;
    let tx = &told["tx"];
    assert_eq!((&tx["nonce"], &tx["gas"]), (&json!("0x1"), &json!("0x5208")));
    assert_eq!((&tx["type"], &tx["value"]), (&json!("0x2"), &json!("0x2")));
    // The suggested tip, and room above the base fee of one GWei.
    assert_eq!(tx["maxPriorityFeePerGas"], "0x7");
    assert_eq!(tx["maxFeePerGas"], format!("{:#x}", 2 * GWEI + 7));
    assert_eq!((&tx["r"], tx.get("blockHash")), (&json!("0x0"), None));
    assert!(told["raw"].as_str().unwrap().starts_with("0x02"));

    let legacy = json!([{ "from": sender, "to": text([9; 20]), "gasPrice": "0x77359400" }]);
    let told = http.call("eth_fillTransaction", legacy).await;
    assert_eq!((&told["tx"]["type"], &told["tx"]["v"]), (&json!("0x0"), &json!("0x0")));
    for (wrong, words) in [
        (json!({ "from": sender }), "contract creation without any data provided"),
        (json!({ "to": sender, "gasPrice": "0x0" }), "gasPrice must be non-zero after london fork"),
        (json!({ "to": sender, "maxFeePerGas": "0x0" }), "maxFeePerGas must be non-zero"),
        (
            json!({ "to": sender, "maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x2" }),
            "maxFeePerGas (1) < maxPriorityFeePerGas (2)",
        ),
        (
            json!({ "to": sender, "chainId": "0x1" }),
            "chainId does not match node's (have=1, want=2206132)",
        ),
    ] {
        let error = http.error("eth_fillTransaction", json!([wrong])).await;
        assert_eq!(error, json!({ "code": -32000, "message": words }));
    }
    let reverts = json!([{ "from": sender, "to": text(CONTRACT), "input": "0xabcd" }]);
    assert_eq!(http.error("eth_fillTransaction", reverts).await["code"], 3);
}

#[tokio::test]
async fn the_pool_is_told_by_sender_and_in_words() {
    let (_server, memory, http) = start().await;
    memory.insert(pay(1, 0, 5)).unwrap();
    memory.insert(pay(1, 2, 6)).unwrap();
    memory.insert(pay(2, 0, 7)).unwrap();
    let told = http.call("txpool_contentFrom", json!([text(account(1))])).await;
    let names = |part: &str| told[part].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!((names("pending"), names("queued")), (vec!["0".to_owned()], vec!["2".to_owned()]));
    assert_eq!(told["queued"]["2"]["value"], "0x6");
    let told = http.call("txpool_inspect", json!([])).await;
    let words = format!("{}: 7 wei + 60000 gas × {} wei", text([9; 20]), 5 * GWEI);
    assert_eq!(told["pending"][text(account(2))]["0"], words);
    let nobody = http.call("txpool_contentFrom", json!([text([8; 20])])).await;
    assert_eq!(nobody, json!({ "pending": {}, "queued": {} }));
}

#[tokio::test]
async fn the_chain_says_what_it_is_made_of() {
    let (_server, memory, http) = start().await;
    memory.make_block();
    let told = http.call("eth_config", json!([])).await;
    assert_eq!(told["current"]["chainId"], format!("{:#x}", common::backend::CHAIN_ID));
    assert_eq!(told["current"]["forkId"].as_str().unwrap().len(), 2 + 8);
    assert_eq!((&told["next"], &told["last"]), (&Value::Null, &Value::Null));
    let history = http.call("eth_feeHistory", json!(["0x1", "latest", []])).await;
    assert_eq!(http.call("eth_baseFee", json!([])).await, history["baseFeePerGas"][1]);

    let (contract, zero) = (text(CONTRACT), text([0; 32]));
    let wanted = json!({ &contract: [zero, text([1; 32])], text([8; 20]): [zero] });
    let told = http.call("eth_getStorageValues", json!([wanted])).await;
    assert_eq!(told[&contract], json!([format!("0x{:064x}", 77), zero]));
    assert_eq!(told[text([8; 20])], json!([zero]));
    let error = http.error("eth_getStorageValues", json!([{}])).await;
    assert_eq!(error["code"], -32602);
    let many = json!({ &contract: vec![zero; 1_025] });
    assert_eq!(http.error("eth_getStorageValues", json!([many])).await["code"], -32602);
}

#[tokio::test]
async fn receipts_as_bytes_make_the_root_of_their_block() {
    let (_server, memory, http) = start().await;
    let signed = pay(1, 0, 5);
    let envelope = text(signed.to_bytes());
    let hash = memory.insert(signed).unwrap();
    let to = TxKind::Call(CONTRACT.0.into());
    memory.insert(sign(2, 0, TxEip1559 { to, ..TxEip1559::default() })).unwrap();
    let block = memory.make_block();
    let told = http.call("debug_getRawReceipts", json!(["0x1"])).await;
    let encoded: Vec<Vec<u8>> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|one| hex::decode(&one.as_str().unwrap()[2..]).unwrap())
        .collect();
    let receipts = memory.receipts(Height(1)).await.unwrap().unwrap();
    let root = troupe_chain::block::receipts_root(&receipts);
    assert_eq!(root, block.header().receipts_root);
    for (receipt, told) in receipts.iter().zip(&encoded) {
        let mut bytes = Vec::new();
        receipt.encode_committed(&mut bytes);
        assert_eq!(bytes, *told);
    }
    assert_eq!(encoded.len(), 2);
    assert_eq!(http.call("debug_getRawTransaction", json!([text(hash)])).await, envelope);
    assert_eq!(http.error("debug_getRawReceipts", json!(["0x9"])).await["code"], -32000);
}
