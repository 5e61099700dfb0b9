//! Blocks that nobody proposes.

mod common;

use common::{CONTRACT, Http, Memory, account, serve, settings};
use serde_json::{Value, json};
use std::sync::Arc;
use troupe_rpc::{Server, Settings};
use troupe_types::{Gas, Millis};

const LAT: &str = "0xde0b6b3a7640000";

fn text(bytes: impl AsRef<[u8]>) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn at(byte: u8) -> String {
    text([byte; 20])
}

async fn start(settings: Settings) -> (Server, Arc<Memory>, Http) {
    let (server, memory) = serve(settings).await;
    let http = Http(server.address());
    (server, memory, http)
}

fn one(calls: Value) -> Value {
    json!([{ "blockStateCalls": [{ "calls": calls }] }, "latest"])
}

#[tokio::test]
async fn each_block_stands_on_the_one_before() {
    let (_server, memory, http) = start(settings()).await;
    let head = memory.make_block();
    // BLOCKHASH of the block before.
    let looks_back = "0x60014303405f5260205ff3";
    let payload = json!([{
        "blockStateCalls": [
            {
                "stateOverrides": { at(1): { "balance": "0x5" }, at(2): { "code": looks_back } },
                "calls": [{ "from": at(1), "to": at(3), "value": "0x5" }],
            },
            { "blockOverrides": { "number": "0x4", "feeRecipient": at(9) } },
            { "calls": [{ "from": at(3), "to": at(4), "value": "0x2" }, { "to": at(2) }] },
        ],
    }, "latest"]);
    let told = http.call("eth_simulateV1", payload).await;
    let blocks = told.as_array().unwrap();
    let numbers: Vec<&str> = blocks.iter().map(|block| block["number"].as_str().unwrap()).collect();
    assert_eq!(numbers, ["0x2", "0x3", "0x4", "0x5"]);
    assert_eq!(blocks[0]["parentHash"], json!(text(head.hash())));
    for pair in blocks.windows(2) {
        assert_eq!(pair[1]["parentHash"], pair[0]["hash"]);
        let time = |block: &Value| block["timestamp"].as_str().unwrap().to_owned();
        assert!(time(&pair[0]) < time(&pair[1]));
    }
    assert_eq!((&blocks[2]["miner"], &blocks[3]["miner"]), (&json!(at(9)), &json!(at(9))));
    assert_eq!(blocks[0]["baseFeePerGas"], "0x0");
    let calls = &blocks[3]["calls"];
    assert_eq!((&calls[0]["status"], &calls[0]["gasUsed"]), (&json!("0x1"), &json!("0x5208")));
    assert_eq!(calls[1]["returnData"], blocks[2]["hash"]);
    assert_eq!(blocks[3]["transactions"].as_array().unwrap().len(), 2);
    // Nothing of it happened.
    assert_eq!(http.call("eth_getBalance", json!([at(4)])).await, "0x0");
    assert_eq!(http.call("eth_blockNumber", json!([])).await, "0x1");
}

#[tokio::test]
async fn payments_are_logs_where_they_are_wanted() {
    let (_server, _memory, http) = start(settings()).await;
    let sender = text(account(1));
    // Pays 1 to the contract that only reverts, then 2 to account 0x33.., then logs nothing.
    let pays = format!(
        "0x5f5f365f600173{}5af1505f5f5f5f600273{}5af15000",
        hex::encode(CONTRACT),
        "33".repeat(20)
    );
    let call = json!([{ "from": sender, "to": at(2), "value": "0x5", "input": "0xabcdef01" }]);
    let payload = |wanted: bool| {
        let block = json!({ "stateOverrides": { at(2): { "code": pays } }, "calls": call });
        json!([{ "blockStateCalls": [block], "traceTransfers": wanted }])
    };
    let told = http.call("eth_simulateV1", payload(true)).await;
    let logs = told[0]["calls"][0]["logs"].as_array().unwrap();
    let seen: Vec<(&Value, &Value, &Value)> =
        logs.iter().map(|log| (&log["topics"][2], &log["data"], &log["logIndex"])).collect();
    let (word, to) = (
        |number: u8| json!(format!("0x{number:064x}")),
        |byte: &str| json!(format!("0x{}{}", "00".repeat(12), byte.repeat(20))),
    );
    let (first, last) = ((to("02"), word(5)), (to("33"), word(2)));
    assert_eq!(seen, [(&first.0, &first.1, &json!("0x0")), (&last.0, &last.1, &json!("0x1"))]);
    assert_eq!(logs[0]["address"], json!(at(0xee)));
    assert_eq!(logs[0]["blockHash"], told[0]["hash"]);
    assert_eq!(logs[0]["transactionHash"], told[0]["transactions"][0]);
    let told = http.call("eth_simulateV1", payload(false)).await;
    assert_eq!(told[0]["calls"][0]["logs"], json!([]));
}

#[tokio::test]
async fn failures_of_calls_are_told_with_their_number() {
    let (_server, _memory, http) = start(settings()).await;
    let calls = json!([
        { "to": text(CONTRACT), "input": "0xabcd" },
        { "to": at(2), "gas": "0x7530" },
        { "input": "0x6001600c60003960016000f3fe" },
    ]);
    let block = json!({ "stateOverrides": { at(2): { "code": "0x5b5f56" } }, "calls": calls });
    let told = http.call("eth_simulateV1", json!([{ "blockStateCalls": [block] }])).await;
    let calls = &told[0]["calls"];
    let error = json!({ "code": 3, "message": "execution reverted", "data": "0xabcd" });
    assert_eq!((&calls[0]["status"], &calls[0]["error"]), (&json!("0x0"), &error));
    assert_eq!(calls[0]["returnData"], "0x");
    assert_eq!(calls[1]["error"], json!({ "code": -32015, "message": "out of gas" }));
    assert_eq!(calls[1]["gasUsed"], "0x7530");
    assert_eq!(calls[2]["returnData"], "0xfe", "the code that is kept");
}

#[tokio::test]
async fn who_is_strict_hears_what_is_wrong_with_a_transaction() {
    let (_server, _memory, http) = start(settings()).await;
    let sender = text(account(1));
    let code = |call: Value, is_strict: bool| {
        let payload = json!([{
            "blockStateCalls": [{ "calls": [call] }],
            "validation": is_strict,
        }]);
        let http = Http(http.0);
        async move {
            let told = http.ask("eth_simulateV1", payload).await;
            told["error"]["code"].as_i64().unwrap_or_default()
        }
    };
    let call = |more: Value| {
        let mut call = json!({ "from": sender, "to": at(3), "maxFeePerGas": "0x77359400" });
        for (key, value) in more.as_object().unwrap() {
            call[key] = value.clone();
        }
        call
    };
    assert_eq!(code(call(json!({})), true).await, 0);
    for (more, want) in [
        (json!({ "nonce": "0x5" }), -38011),
        (json!({ "maxFeePerGas": "0x1" }), -38012),
        (json!({ "maxPriorityFeePerGas": "0x77359401" }), -32602),
        (json!({ "gas": "0x5207" }), -38013),
        (json!({ "from": at(7) }), -38014),
        (json!({ "gas": "0x1c9c381" }), -38015),
        (json!({ "chainId": "0x1" }), -32000),
        (json!({ "gasPrice": "0x1" }), -32000),
    ] {
        assert_eq!(code(call(more.clone()), true).await, want, "{more}");
    }
    assert_eq!(code(call(json!({ "nonce": "0x5" })), false).await, 0);
    assert_eq!(code(json!({ "from": at(7), "to": at(3) }), false).await, 0);
    assert_eq!(code(json!({ "from": at(7), "to": at(3) }), true).await, -38012);
    assert_eq!(code(json!({ "from": at(7), "to": at(3), "value": "0x1" }), false).await, -38014);
    for wrong in [json!([]), json!([{}]), json!([{ "blockStateCalls": [] }])] {
        assert_eq!(http.error("eth_simulateV1", wrong).await["code"], -32602);
    }
}

#[tokio::test]
async fn a_precompiled_contract_is_called_where_it_went_for_one_block() {
    let (_server, _memory, http) = start(settings()).await;
    let identity = format!("0x{}04", "00".repeat(19));
    let calls = json!([{ "to": at(5), "input": "0x07" }, { "to": identity, "input": "0x07" }]);
    let moved = json!({ &identity: { "movePrecompileToAddress": at(5) } });
    let payload = json!([{
        "blockStateCalls": [{ "stateOverrides": moved, "calls": calls }, { "calls": calls }],
    }]);
    let told = http.call("eth_simulateV1", payload).await;
    let returned = |block: usize, call: usize| &told[block]["calls"][call]["returnData"];
    assert_eq!((returned(0, 0), returned(0, 1)), (&json!("0x07"), &json!("0x")));
    assert_eq!((returned(1, 0), returned(1, 1)), (&json!("0x"), &json!("0x07")));
    let code = json!({ &identity: { "code": "0x60055f5260205ff3" } });
    let call = json!([{ "to": &identity }, "latest", code]);
    assert_eq!(http.call("eth_call", call).await, format!("0x{:064x}", 5));
}

#[tokio::test]
async fn transactions_are_told_whole_to_whoever_wants_that() {
    let (_server, _memory, http) = start(settings()).await;
    let call = json!({ "from": text(account(1)), "to": at(3), "value": LAT, "gas": "0x5208" });
    let legacy = json!({ "from": text(account(1)), "to": at(3), "gasPrice": "0x77359400" });
    let block =
        json!({ "calls": [call, legacy], "blockOverrides": { "prevRandao": text([7; 32]) } });
    let payload = json!([{ "blockStateCalls": [block], "returnFullTransactions": true }]);
    let told = http.call("eth_simulateV1", payload).await;
    let whole = &told[0]["transactions"][0];
    assert_eq!((&whole["type"], &whole["nonce"]), (&json!("0x2"), &json!("0x0")));
    assert_eq!((&whole["from"], &whole["value"]), (&json!(text(account(1))), &json!(LAT)));
    assert_eq!((&whole["r"], &whole["blockHash"]), (&json!("0x0"), &told[0]["hash"]));
    let second = &told[0]["transactions"][1];
    assert_eq!((&second["type"], &second["nonce"]), (&json!("0x0"), &json!("0x1")));
    assert_eq!(told[0]["mixHash"], json!(text([7; 32])));
}

#[tokio::test]
async fn gas_and_time_are_limits_for_all_blocks_together() {
    let (_server, _memory, http) = start(Settings { call_gas: Gas(50_000), ..settings() }).await;
    let call = json!({ "to": at(3) });
    assert_eq!(http.call("eth_simulateV1", one(json!([call, call]))).await[0]["gasUsed"], "0xa410");
    // What is left is less than a transaction needs.
    let error = http.error("eth_simulateV1", one(json!([call, call, call]))).await;
    assert_eq!(error["code"], -38013);

    let (_server, _memory, http) =
        start(Settings { call_time: Millis(20), call_gas: Gas(u64::MAX), ..settings() }).await;
    let loops = json!({ at(2): { "code": "0x5b5f56" } });
    let block = json!({
        "stateOverrides": loops,
        "blockOverrides": { "gasLimit": "0xffffffffffffff" },
        "calls": [{ "to": at(2) }],
    });
    let error = http.error("eth_simulateV1", json!([{ "blockStateCalls": [block] }])).await;
    let message = "execution aborted (timeout = 20ms)";
    assert_eq!(error, json!({ "code": -32016, "message": message }));
    let call = json!([{ "to": at(2), "gas": "0xffffffffffffff" }, "latest", loops]);
    let error = http.error("eth_call", call).await;
    assert_eq!(error, json!({ "code": -32000, "message": message }));
    let options = json!({ "stateOverrides": loops, "tracer": "callTracer" });
    let call = json!([{ "to": at(2), "gas": "0xffffffffffffff" }, "latest", options]);
    assert_eq!(http.error("debug_traceCall", call).await["message"], message);
}
