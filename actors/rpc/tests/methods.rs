//! What the methods answer, over real sockets, before blocks that were executed.

mod common;

use alloy_primitives::{TxKind, U256};
use common::{CONTRACT, Http, Memory, account, secret, serve, settings};
use serde_json::{Value, json};
use std::sync::Arc;
use troupe_chain::transaction::{Native, NativeFields, Transaction, TxEip1559, TxLegacy, Unsigned};
use troupe_rpc::{Server, Settings};
use troupe_types::{Address, Gas};

const GWEI: u128 = 1_000_000_000;

fn text(bytes: impl AsRef<[u8]>) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn fields(nonce: u64, to: TxKind) -> TxEip1559 {
    TxEip1559 {
        chain_id: common::backend::CHAIN_ID,
        nonce,
        gas_limit: 200_000,
        max_fee_per_gas: 5 * GWEI,
        max_priority_fee_per_gas: GWEI,
        to,
        ..TxEip1559::default()
    }
}

fn signed(who: u8, fields: TxEip1559) -> Transaction {
    Transaction::sign(Unsigned::DynamicFee(fields), &secret(who)).expect("it is short")
}

fn transfer(who: u8, nonce: u64, value: u64) -> Transaction {
    let to = TxKind::Call([0xdd; 20].into());
    signed(who, TxEip1559 { value: U256::from(value), gas_limit: 21_000, ..fields(nonce, to) })
}

fn to_contract(who: u8, nonce: u64) -> Transaction {
    signed(who, fields(nonce, TxKind::Call(CONTRACT.0.into())))
}

async fn start() -> (Server, Arc<Memory>, Http) {
    let (server, memory) = serve(settings()).await;
    let http = Http(server.address());
    (server, memory, http)
}

#[tokio::test]
async fn a_transfer_is_submitted_and_its_receipt_read() {
    let (_server, memory, http) = start().await;
    let transaction = transfer(1, 0, 1_000);
    let hash = text(transaction.hash());
    let raw = text(transaction.to_bytes());
    assert_eq!(http.call("eth_sendRawTransaction", json!([raw])).await, json!(hash));

    // It waits: known, counted by "pending" alone, without receipt.
    let waiting = http.call("eth_getTransactionByHash", json!([hash])).await;
    assert_eq!((&waiting["hash"], &waiting["blockNumber"]), (&json!(hash), &Value::Null));
    assert_eq!(http.call("eth_getTransactionReceipt", json!([hash])).await, Value::Null);
    let sender = text(account(1));
    let count = |block: &'static str| http.call("eth_getTransactionCount", json!([sender, block]));
    assert_eq!(count("latest").await, "0x0");
    assert_eq!(count("pending").await, "0x1");
    let status = http.call("txpool_status", json!([])).await;
    assert_eq!(status, json!({ "pending": "0x1", "queued": "0x0" }));
    let content = http.call("txpool_content", json!([])).await;
    assert_eq!(content["pending"][&sender]["0"]["hash"], json!(hash));
    let again = http.error("eth_sendRawTransaction", json!([raw])).await;
    assert_eq!(again, json!({ "code": -32000, "message": "already known" }));

    let block = memory.make_block();
    let receipt = http.call("eth_getTransactionReceipt", json!([hash])).await;
    for (field, value) in [
        ("transactionHash", json!(hash)),
        ("blockHash", json!(text(block.hash()))),
        ("blockNumber", json!("0x1")),
        ("from", json!(sender)),
        ("to", json!(text([0xdd; 20]))),
        ("status", json!("0x1")),
        ("gasUsed", json!("0x5208")),
        ("effectiveGasPrice", json!("0x77359400")),
        ("logs", json!([])),
        ("contractAddress", Value::Null),
    ] {
        assert_eq!(receipt[field], value, "{field}");
    }
    assert_eq!(count("latest").await, "0x1");
    assert_eq!(http.call("eth_getBalance", json!([text([0xdd; 20]), "latest"])).await, "0x3e8");
    assert_eq!(http.call("eth_getBalance", json!([text([0xdd; 20]), "0x0"])).await, "0x0");
    let all = http.call("eth_getBlockReceipts", json!(["latest"])).await;
    assert_eq!(all, json!([receipt]));
    assert_eq!(http.call("eth_getRawTransactionByHash", json!([hash])).await, json!(raw));
}

#[tokio::test]
async fn what_the_pool_refuses_has_geths_words() {
    let (_server, memory, http) = start().await;
    memory.insert(transfer(1, 0, 1)).unwrap();
    memory.make_block();
    let poor = signed(42, fields(0, TxKind::Call([1; 20].into())));
    for (transaction, words) in [
        (transfer(1, 0, 1), "nonce too low: next nonce 1, tx nonce 0"),
        (poor, "insufficient funds for gas * price + value"),
    ] {
        let error =
            http.error("eth_sendRawTransaction", json!([text(transaction.to_bytes())])).await;
        assert!(error["message"].as_str().unwrap().starts_with(words), "{error}");
        assert_eq!(error["code"], -32000);
    }
    let error = http.error("eth_sendRawTransaction", json!(["0x03c0"])).await;
    assert!(error["message"].as_str().unwrap().contains("transaction type not supported"));
}

#[tokio::test]
async fn blocks_come_with_hashes_or_whole_by_number_and_hash() {
    let (_server, memory, http) = start().await;
    let native = NativeFields {
        chain_id: common::backend::CHAIN_ID,
        nonce: 0,
        max_tip: 1,
        max_fee: 3 * GWEI,
        gas_limit: Gas(21_000),
        to: Some(Address([1; 20])),
        value: U256::ZERO,
        input: Vec::new().into(),
        access_list: Default::default(),
    };
    let native_secret = troupe_crypto::sr25519::SecretKey::from_seed(&[9; 32]);
    let key = native_secret.public_key().to_bytes();
    let fund = TxEip1559 {
        value: U256::from(10u128.pow(18)),
        ..fields(0, TxKind::Call(Native::address_of(&key).0.into()))
    };
    memory.insert(signed(1, fund)).unwrap();
    memory.make_block();
    let legacy = TxLegacy {
        chain_id: Some(common::backend::CHAIN_ID),
        gas_price: 2 * GWEI,
        gas_limit: 21_000,
        to: TxKind::Call([3; 20].into()),
        ..TxLegacy::default()
    };
    memory.insert(Transaction::sign(Unsigned::Legacy(legacy), &secret(2)).unwrap()).unwrap();
    memory.insert(Transaction::sign_native(native, &native_secret).unwrap()).unwrap();
    let block = memory.make_block();
    let hash = text(block.hash());

    let by_number = http.call("eth_getBlockByNumber", json!(["0x2", false])).await;
    assert_eq!(by_number, http.call("eth_getBlockByHash", json!([hash, false])).await);
    for tag in ["latest", "safe", "finalized", "pending"] {
        assert_eq!(by_number, http.call("eth_getBlockByNumber", json!([tag, false])).await);
    }
    assert_eq!(by_number["timestamp"], "0x6553f103");
    assert_eq!(by_number["transactions"].as_array().unwrap().len(), 2);
    let whole = http.call("eth_getBlockByNumber", json!(["0x2", true])).await;
    let first = &whole["transactions"][0];
    assert_eq!(first["hash"], by_number["transactions"][0]);
    assert_eq!((&first["type"], &first["from"]), (&json!("0x0"), &json!(text(account(2)))));
    let second = &whole["transactions"][1];
    assert_eq!((&second["type"], &second["transactionIndex"]), (&json!("0x78"), &json!("0x1")));
    let place = json!([hash, "0x1"]);
    assert_eq!(second, &http.call("eth_getTransactionByBlockHashAndIndex", place).await);
    let place = json!(["latest", "0x9"]);
    assert_eq!(http.call("eth_getTransactionByBlockNumberAndIndex", place).await, Value::Null);
    let count = http.call("eth_getBlockTransactionCountByNumber", json!(["0x2"])).await;
    assert_eq!(count, "0x2");
    for method in ["eth_getBlockByNumber", "eth_getBlockTransactionCountByNumber"] {
        assert_eq!(http.call(method, json!(["0x63"])).await, Value::Null);
    }
}

#[tokio::test]
async fn a_revert_carries_its_data_and_words() {
    let (_server, _memory, http) = start().await;
    let reason = format!("0x08c379a0{:064x}{:064x}{:0<64}", 32, 3, hex::encode("no!"));
    let request = json!({ "to": text(CONTRACT), "data": reason });
    for method in ["eth_call", "eth_estimateGas"] {
        let error = http.error(method, json!([request, "latest"])).await;
        let want = json!({ "code": 3, "message": "execution reverted: no!", "data": reason });
        assert_eq!(error, want, "{method}");
    }
    let little = json!([{ "to": text(CONTRACT), "gas": "0x1" }]);
    let error = http.error("eth_call", little).await;
    assert_eq!(error["message"], "intrinsic gas too low: gas 1, minimum needed 21000");
    // What returns nothing is no error.
    assert_eq!(http.call("eth_call", json!([{ "to": text(CONTRACT) }, "latest"])).await, "0x");
    assert_eq!(http.call("eth_call", json!([{ "to": text(CONTRACT) }])).await, "0x");
}

/// Returns its first word of storage added to the block's number.
const SUM: &str = "0x600054430160005260206000f3";

#[tokio::test]
async fn a_call_sees_what_is_overridden_and_the_chain_does_not() {
    let (_server, _memory, http) = start().await;
    let to = text([0xee; 20]);
    let call = json!({ "to": to });
    let (slot, word) = (text([0; 32]), format!("0x{:064x}", 5));
    let state = json!({ &to: { "code": SUM, "stateDiff": { &slot: word } } });
    let block = json!({ "number": "0x64" });
    let sum = http.call("eth_call", json!([call, "latest", state, block])).await;
    assert_eq!(sum, json!(format!("0x{:064x}", 105)));
    let gas = http.call("eth_estimateGas", json!([call, "latest", state])).await;
    assert_ne!(gas, json!("0x5208"), "the code ran");
    assert_eq!(http.call("eth_call", json!([call, "latest"])).await, json!("0x"));

    // Whoever has nothing may be made rich for the question.
    let poor = text([0xab; 20]);
    let gift = json!({ "from": &poor, "to": &to, "value": "0x64" });
    let error = http.error("eth_call", json!([gift, "latest"])).await;
    assert!(error["message"].as_str().unwrap().contains("insufficient funds"), "{error}");
    let rich = json!({ &poor: { "balance": "0x64" } });
    assert_eq!(http.call("eth_call", json!([gift, "latest", rich])).await, json!("0x"));

    let error = http.error("eth_call", json!([call, "latest", { "0x12": {} }])).await;
    assert_eq!(error["code"], -32602);
}

#[tokio::test]
async fn an_access_list_has_what_is_touched_and_is_not_warm_anyhow() {
    let (_server, _memory, http) = start().await;
    let (from, to, other) = (text([0xaa; 20]), text([0xee; 20]), text([0xdd; 20]));
    // BALANCE(0xdd..) into SLOAD(1), with the SHA-256 contract's balance on the way.
    let code = format!("0x73{}316002315060015450", "dd".repeat(20));
    let state = json!({ &to: { "code": code } });
    let call = json!({ "from": from, "to": &to });
    let told = http.call("eth_createAccessList", json!([call, "latest", state])).await;
    let slot = format!("0x{:064x}", 1);
    let list = json!([
        { "address": other, "storageKeys": [] },
        { "address": to, "storageKeys": [slot] },
    ]);
    assert_eq!(told["accessList"], list);
    let gas =
        |told: &Value| u64::from_str_radix(&told["gasUsed"].as_str().unwrap()[2..], 16).unwrap();
    // 21,000; two addresses and a slot; PUSH20, BALANCE, PUSH1, BALANCE, POP, PUSH1, SLOAD, POP.
    assert_eq!(gas(&told), 21_000 + 2 * 2_400 + 1_900 + 3 + 100 + 3 + 100 + 2 + 3 + 100 + 2);
    let listed = json!({ "from": from, "to": &to, "accessList": list });
    let again = http.call("eth_createAccessList", json!([listed, "latest", state])).await;
    assert_eq!(again, told);
    let plain = http.call("eth_createAccessList", json!([{ "from": from, "to": other }])).await;
    assert_eq!(plain, json!({ "accessList": [], "gasUsed": "0x5208" }));
}

#[tokio::test]
async fn an_estimate_is_enough_and_not_much_more() {
    let (_server, memory, http) = start().await;
    let plain = json!([{ "from": text(account(1)), "to": text([5; 20]), "value": "0x1" }]);
    assert_eq!(http.call("eth_estimateGas", plain).await, "0x5208");
    let request = json!([{ "from": text(account(1)), "to": text(CONTRACT) }]);
    let gas = http.call("eth_estimateGas", request).await;
    let gas = u64::from_str_radix(&gas.as_str().unwrap()[2..], 16).unwrap();
    let exact = TxEip1559 { gas_limit: gas, ..fields(0, TxKind::Call(CONTRACT.0.into())) };
    let hash = memory.insert(signed(1, exact)).unwrap();
    memory.make_block();
    let receipt = http.call("eth_getTransactionReceipt", json!([text(hash)])).await;
    assert_eq!(receipt["status"], "0x1");
    assert_eq!(receipt["gasUsed"], format!("{gas:#x}"));

    let price = json!([{ "from": text([0x77; 20]), "to": text(CONTRACT), "gasPrice": "0x1" }]);
    let error = http.error("eth_estimateGas", price).await;
    assert_eq!(error["message"], "gas required exceeds allowance (0)");
    let value = json!([{ "from": text([0x77; 20]), "to": text(CONTRACT), "value": "0x1" }]);
    let error = http.error("eth_estimateGas", value).await;
    assert!(error["message"].as_str().unwrap().starts_with("insufficient funds"), "{error}");
}

#[tokio::test]
async fn logs_are_found_by_range_address_topic_and_block() {
    let (_server, memory, http) = start().await;
    for nonce in 0..3 {
        memory.insert(to_contract(1, nonce)).unwrap();
        memory.insert(transfer(2, nonce, 1)).unwrap();
        memory.make_block();
    }
    let logs = |filter: Value| {
        let http = &http;
        async move { http.call("eth_getLogs", json!([filter])).await.as_array().unwrap().len() }
    };
    let topic = format!("{:#066x}", 42);
    assert_eq!(logs(json!({ "fromBlock": "0x0" })).await, 3);
    assert_eq!(logs(json!({})).await, 1);
    assert_eq!(logs(json!({ "fromBlock": "0x2", "toBlock": "latest" })).await, 2);
    assert_eq!(logs(json!({ "fromBlock": "0x0", "address": text(CONTRACT) })).await, 3);
    assert_eq!(logs(json!({ "fromBlock": "0x0", "address": [text([1; 20])] })).await, 0);
    assert_eq!(logs(json!({ "fromBlock": "0x0", "topics": [[topic]] })).await, 3);
    assert_eq!(logs(json!({ "fromBlock": "0x0", "topics": [null, topic] })).await, 0);
    let hash = http.call("eth_getBlockByNumber", json!(["0x1"])).await["hash"].take();
    assert_eq!(logs(json!({ "blockHash": hash })).await, 1);
    let found = http.call("eth_getLogs", json!([{ "blockHash": hash }])).await;
    let receipts = http.call("eth_getBlockReceipts", json!([hash])).await;
    let of_receipts: Vec<&Value> = receipts
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|receipt| receipt["logs"].as_array().unwrap())
        .collect();
    assert_eq!(found.as_array().unwrap().iter().collect::<Vec<_>>(), of_receipts);
    let error = http.error("eth_getLogs", json!([{ "fromBlock": "0x3", "toBlock": "0x1" }])).await;
    assert_eq!(error["code"], -32602);
    let error = http.error("eth_getLogs", json!([{ "blockHash": text([1; 32]) }])).await;
    assert_eq!(error["message"], "unknown block");
}

#[tokio::test]
async fn searches_for_logs_are_capped() {
    let few = Settings { log_blocks: 3, logs: 2, ..settings() };
    let (server, memory) = serve(few).await;
    let http = Http(server.address());
    for nonce in 0..3 {
        memory.insert(to_contract(1, nonce)).unwrap();
    }
    memory.make_block();
    let error = http.error("eth_getLogs", json!([{}])).await;
    assert_eq!(error, json!({ "code": -32005, "message": "query exceeds the limit of 2 logs" }));
    for _ in 0..3 {
        memory.make_block();
    }
    let error = http.error("eth_getLogs", json!([{ "fromBlock": "0x1" }])).await;
    assert_eq!(error["message"], "query exceeds the limit of 3 blocks");
    let few = json!([{ "fromBlock": "0x2", "toBlock": "0xffffffff" }]);
    assert_eq!(http.call("eth_getLogs", few).await, json!([]));
    // It is known which blocks have logs of a contract: any number of others lies between.
    memory.insert(to_contract(1, 3)).unwrap();
    for _ in 0..30 {
        memory.make_block();
    }
    let of = |address: &Address| json!([{ "fromBlock": "0x2", "address": [text(address)], "topics": [text([0; 32]), null] }]);
    assert_eq!(http.call("eth_getLogs", of(&CONTRACT)).await, json!([]), "another topic");
    let all = |address| json!([{ "fromBlock": "0x2", "toBlock": "latest", "address": address }]);
    let found = http.call("eth_getLogs", all(text(CONTRACT))).await;
    assert_eq!(found[0]["blockNumber"], "0x5");
    assert_eq!(http.call("eth_getLogs", all(text([1; 20]))).await, json!([]));
}

#[tokio::test]
async fn accounts_are_read_at_any_block_that_is_kept_and_proved() {
    let (_server, memory, http) = start().await;
    memory.make_block();
    let contract = text(CONTRACT);
    let code = http.call("eth_getCode", json!([contract, "latest"])).await;
    assert!(code.as_str().unwrap().starts_with("0x36600c57"));
    assert_eq!(http.call("eth_getCode", json!([text(account(1))])).await, "0x");
    for slot in ["0x0", &text([0; 32])] {
        let word = http.call("eth_getStorageAt", json!([contract, slot, "0x0"])).await;
        assert_eq!(word, format!("{:#066x}", 77));
    }
    let error = http.error("eth_getBalance", json!([contract, "0x9"])).await;
    assert_eq!(error["message"], "header not found");

    let proof = http.call("eth_getProof", json!([contract, ["0x0"], "latest"])).await;
    assert_eq!(proof["storageProof"][0]["value"], "0x4d");
    let root = http.call("eth_getBlockByNumber", json!(["latest"])).await["stateRoot"].take();
    let first = hex::decode(&proof["accountProof"][0].as_str().unwrap()[2..]).unwrap();
    assert_eq!(json!(text(troupe_crypto::hash::keccak256(first))), root);
    let many = vec!["0x0"; 101];
    let error = http.error("eth_getProof", json!([contract, many, "latest"])).await;
    assert_eq!(error["message"], "invalid params: `storageKeys` has 101 items, limit 100");
}

#[tokio::test]
async fn fees_are_suggested_and_their_history_told() {
    let (_server, memory, http) = start().await;
    memory.insert(transfer(1, 0, 1)).unwrap();
    memory.make_block();
    assert_eq!(http.call("eth_maxPriorityFeePerGas", json!([])).await, "0x7");
    assert_eq!(http.call("eth_gasPrice", json!([])).await, format!("{:#x}", GWEI + 7));
    // ethers asks with a text, web3.py with a number.
    for count in [json!("0x4"), json!(4)] {
        let told = http.call("eth_feeHistory", json!([count, "latest", [50.0]])).await;
        let fee = format!("{GWEI:#x}");
        assert_eq!(told["oldestBlock"], "0x0");
        assert_eq!(told["baseFeePerGas"], json!([fee, fee, fee]));
        assert_eq!(told["gasUsedRatio"], json!([0.0, 0.0007]));
        assert_eq!(told["reward"], json!([["0x0"], [fee]]));
    }
    let error = http.error("eth_feeHistory", json!(["0x1", "latest", [60, 50]])).await;
    assert_eq!(error["code"], -32602);
}

#[tokio::test]
async fn what_this_chain_has_not_is_said_in_geths_words() {
    let (_server, memory, http) = start().await;
    let block = memory.make_block();
    let hash = text(block.hash());
    let whole = http.call("eth_getBlockByHash", json!([hash, false])).await;
    let head = http.call("eth_getHeaderByNumber", json!(["0x1"])).await;
    assert_eq!((&head["hash"], &head["stateRoot"]), (&whole["hash"], &whole["stateRoot"]));
    assert_eq!(http.call("eth_getHeaderByHash", json!([text([9; 32])])).await, Value::Null);
    let uncle = http.call("eth_getUncleByBlockHashAndIndex", json!([hash, "0x0"])).await;
    assert_eq!(uncle, Value::Null);
    assert_eq!(http.call("eth_blobBaseFee", json!([])).await, json!("0x1"));
    let history = http.call("eth_feeHistory", json!(["0x1", "latest", []])).await;
    assert_eq!(history.get("reward"), None);

    let error = http.error("eth_getLogs", json!([{ "blockHash": text([9; 32]) }])).await;
    assert_eq!((&error["code"], &error["message"]), (&json!(-32000), &json!("unknown block")));
    for method in ["eth_subscribe", "platon_unsubscribe"] {
        let error = http.error(method, json!(["newHeads"])).await;
        assert_eq!(error["code"], -32601, "{method}: {error}");
        assert_eq!(error["message"], "notifications not supported");
    }
}

#[tokio::test]
async fn a_contract_is_made() {
    let (_server, memory, http) = start().await;
    // Returns one byte of code, zero.
    let make =
        TxEip1559 { input: hex::decode("60016000f3").unwrap().into(), ..fields(0, TxKind::Create) };
    let hash = memory.insert(signed(1, make)).unwrap();
    memory.make_block();
    let receipt = http.call("eth_getTransactionReceipt", json!([text(hash)])).await;
    let contract = receipt["contractAddress"].as_str().unwrap();
    assert_eq!((&receipt["to"], &receipt["status"]), (&Value::Null, &json!("0x1")));
    assert_eq!(http.call("eth_getCode", json!([contract, "latest"])).await, "0x00");
}

#[tokio::test]
async fn logs_and_arrivals_are_told_to_whoever_subscribed() {
    let (server, memory, _http) = start().await;
    let mut socket = common::Socket::open(server.address(), "").await.unwrap();
    let wanted = json!({ "address": text(CONTRACT), "topics": [format!("{:#066x}", 42)] });
    let logs = socket.ask("eth_subscribe", json!(["logs", wanted])).await;
    let other = json!(["logs", { "address": text([1; 20]) }]);
    assert!(socket.ask("eth_subscribe", other).await.get("result").is_some());
    let arrivals = socket.ask("platon_subscribe", json!(["newPendingTransactions"])).await;

    let hash = text(memory.insert(to_contract(1, 0)).unwrap());
    let told = socket.next().await.unwrap();
    assert_eq!(told["method"], "platon_subscription");
    assert_eq!(told["params"], json!({ "subscription": arrivals["result"], "result": hash }));
    memory.insert(transfer(2, 0, 1)).unwrap();
    assert_eq!(socket.next().await.unwrap()["params"]["subscription"], arrivals["result"]);
    memory.make_block();
    let told = socket.next().await.unwrap();
    assert_eq!(told["params"]["subscription"], logs["result"]);
    assert_eq!(told["params"]["result"]["transactionHash"], hash);
    // Nothing came for the other filter: the next is the answer.
    assert_eq!(socket.ask("eth_blockNumber", json!([])).await["result"], "0x1");
}

#[tokio::test]
async fn a_block_that_was_left_behind_is_an_error_that_says_from_where_on_blocks_are_kept() {
    let (_server, memory, http) = start().await;
    let transaction = transfer(1, 0, 1_000);
    let raw = text(transaction.to_bytes());
    http.call("eth_sendRawTransaction", json!([raw])).await;
    let old = memory.make_block();
    for _ in 0..4 {
        memory.make_block();
    }
    memory.prune(3);
    let message = |height: u64| {
        format!("pruned history unavailable: block {height} is not kept, the earliest one is 3")
    };
    for (method, params) in [
        ("eth_getBlockByNumber", json!(["0x1", false])),
        ("eth_getBlockReceipts", json!(["0x1"])),
        ("eth_getBlockTransactionCountByNumber", json!(["0x1"])),
        ("eth_getTransactionByBlockNumberAndIndex", json!(["0x1", "0x0"])),
        ("eth_getTransactionReceipt", json!([text(transaction.hash())])),
        ("eth_getLogs", json!([{ "fromBlock": "0x1", "toBlock": "0x4" }])),
        ("eth_getBalance", json!([text(account(1)), "0x1"])),
    ] {
        let error = http.error(method, params).await;
        assert_eq!(error, json!({ "code": 4444, "message": message(1) }), "{method}");
    }
    let error = http.error("eth_getBlockByNumber", json!(["earliest", false])).await;
    assert_eq!(error["message"], json!(message(0)));
    // An index that names no block is no answer about blocks that it does not know.
    for _ in 0..30 {
        memory.make_block();
    }
    let long = json!([{ "fromBlock": "0x1", "toBlock": "latest", "address": text([7; 20]) }]);
    let error = http.error("eth_getLogs", long).await;
    assert_eq!(error, json!({ "code": 4444, "message": message(1) }));
    // Nobody knows what a hash was, and above the head there is nothing yet.
    let hash = text(old.hash());
    assert_eq!(http.call("eth_getBlockByHash", json!([hash, false])).await, Value::Null);
    assert_eq!(http.call("eth_getBlockByNumber", json!(["0x63", false])).await, Value::Null);
    assert_eq!(http.call("eth_getBlockByNumber", json!(["0x3", false])).await["number"], "0x3");
}
