//! What PlatON's clients ask for, in the form they know.

#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use alloy_primitives::{TxKind, U256};
use common::{Http, Socket, account, secret, serve, settings};
use serde_json::{Value, json};
use troupe_chain::transaction::{Transaction, TxEip1559, Unsigned};
use troupe_types::Address;

const PAYEE: Address = Address([0xdd; 20]);

fn transfer() -> Transaction {
    let fields = TxEip1559 {
        chain_id: common::backend::CHAIN_ID,
        gas_limit: 21_000,
        max_fee_per_gas: 5_000_000_000,
        to: TxKind::Call(PAYEE.0.into()),
        value: U256::from(5),
        ..TxEip1559::default()
    };
    Transaction::sign(Unsigned::DynamicFee(fields), &secret(1)).unwrap()
}

#[tokio::test]
async fn addresses_are_read_in_both_forms_everywhere_and_told_in_bech32_under_platon_names() {
    let (server, memory) = serve(settings()).await;
    let http = Http(server.address());
    let raw = format!("0x{}", hex::encode(transfer().to_bytes()));
    let hash = http.call("platon_sendRawTransaction", json!([raw])).await;
    memory.make_block();
    let (hex, bech32) = (format!("0x{PAYEE}"), PAYEE.to_bech32());
    for method in ["eth_getBalance", "platon_getBalance"] {
        for address in [&hex, &bech32, &bech32.to_uppercase()] {
            assert_eq!(http.call(method, json!([address, "latest"])).await, "0x5");
        }
    }
    let sender = account(1);
    let plain = http.call("eth_getTransactionReceipt", json!([hash])).await;
    let told = http.call("platon_getTransactionReceipt", json!([hash])).await;
    assert_eq!((&plain["from"], &plain["to"]), (&json!(format!("0x{sender}")), &json!(hex)));
    assert_eq!((&told["from"], &told["to"]), (&json!(sender.to_bech32()), &json!(bech32)));
    assert_eq!(told["transactionHash"], plain["transactionHash"]);
    let block = http.call("platon_getBlockByNumber", json!(["latest", true])).await;
    assert_eq!(block["miner"], Address([0xcb; 20]).to_bech32());
    assert_eq!(block["transactions"][0]["from"], sender.to_bech32());
    let call = json!([{ "from": sender.to_bech32(), "to": bech32, "value": "0x1" }]);
    assert_eq!(http.call("platon_estimateGas", call).await, "0x5208");
    assert_eq!(http.call("platon_getAddressHrp", json!([])).await, "lat");
    let foreign = "lax1nwc2am8ple8rpuqx3rsv6txljkuetsm60wvmgg";
    assert_eq!(http.error("platon_getBalance", json!([foreign])).await["code"], -32602);
}

#[tokio::test]
async fn subscriptions_tell_addresses_in_the_form_of_their_name() {
    let (server, memory) = serve(settings()).await;
    let mut socket = Socket::open(server.address(), "").await.unwrap();
    socket.ask("platon_subscribe", json!(["newHeads"])).await;
    memory.make_block();
    let told = socket.next().await.unwrap();
    assert_eq!(told["method"], "platon_subscription");
    assert_eq!(told["params"]["result"]["miner"], Address([0xcb; 20]).to_bech32());
}

#[tokio::test]
async fn certificates_are_told_by_block_hash() {
    let (server, memory) = serve(settings()).await;
    let http = Http(server.address());
    let block = memory.make_block();
    let hash = format!("0x{}", block.hash());
    let unknown = format!("0x{}", "77".repeat(32));
    let told = http.call("platon_getBlockQuorumCertByHash", json!([[hash, unknown]])).await;
    let certificate = json!({
        "epoch": 1,
        "viewNumber": 4,
        "blockHash": hash,
        "blockNumber": 1,
        "blockIndex": 3,
        "signature": format!("0x{}", "ab".repeat(96)),
        "validatorSet": "xx_x",
    });
    assert_eq!(told, json!([certificate, Value::Null]));
    let many = vec![hash; 51];
    let error = http.error("platon_getBlockQuorumCertByHash", json!([many])).await;
    assert_eq!(error["message"], "invalid params: `hashes` has 51 items, limit 50");
}

#[tokio::test]
async fn evidence_and_the_state_of_consensus_are_told() {
    let (server, _memory) = serve(settings()).await;
    let http = Http(server.address());
    let told = http.call("platon_evidences", json!([])).await;
    assert_eq!(told.as_array().unwrap().len(), 1);
    assert_eq!((&told[0]["kind"], &told[0]["signer"]), (&json!("vote"), &json!(2)));
    assert_ne!(told[0]["first"]["blockHash"], told[0]["second"]["blockHash"]);
    assert_eq!(told[0]["first"]["blockNumber"], told[0]["second"]["blockNumber"]);
    let status = http.call("debug_consensusStatus", json!([])).await;
    assert_eq!(status["at"], json!({ "epoch": 2, "viewNumber": 7 }));
    assert_eq!(status["committed"]["blockNumber"], 5);
    assert_eq!(status["highest"]["at"]["viewNumber"], 6);
    assert_eq!(status["hasGivenUp"], true);
    assert_eq!(status["halted"], Value::Null);
}
