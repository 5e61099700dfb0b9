//! What traces say of transactions that were committed, and of calls.

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

fn send(memory: &Memory, who: u8, nonce: u64, to: [u8; 20], input: &[u8], value: u64) -> Hash {
    let fields = TxEip1559 {
        chain_id: common::backend::CHAIN_ID,
        nonce,
        gas_limit: 100_000,
        max_fee_per_gas: 5 * GWEI,
        max_priority_fee_per_gas: GWEI,
        to: TxKind::Call(to.into()),
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

fn number(value: &Value) -> u64 {
    u64::from_str_radix(value.as_str().expect("a text").trim_start_matches("0x"), 16)
        .expect("a number")
}

#[tokio::test]
async fn calls_are_told_with_their_logs_and_reasons() {
    let (_server, memory, http) = start().await;
    let logging = send(&memory, 1, 0, CONTRACT.0, &[], 0);
    let failing = send(&memory, 2, 0, CONTRACT.0, b"abcdefgh", 0);
    memory.make_block();
    let options = json!({ "tracer": "callTracer", "tracerConfig": { "withLog": true } });
    let told = http.call("debug_traceTransaction", json!([text(logging), options])).await;
    let receipt = http.call("eth_getTransactionReceipt", json!([text(logging)])).await;
    assert_eq!(told["type"], "CALL");
    assert_eq!(told["from"], json!(text(account(1))));
    assert_eq!(told["to"], json!(text(CONTRACT)));
    assert_eq!(told["gasUsed"], receipt["gasUsed"]);
    assert_eq!(told["logs"][0]["topics"], receipt["logs"][0]["topics"]);
    assert_eq!((&told["logs"][0]["index"], told.get("error")), (&json!("0x0"), None));

    let told = http.call("debug_traceTransaction", json!([text(failing), options])).await;
    assert_eq!(told["error"], "execution reverted");
    assert_eq!((&told["output"], told.get("logs")), (&json!(text(b"abcdefgh")), None));
    let options = json!({ "tracer": "4byteTracer" });
    let told = http.call("debug_traceTransaction", json!([text(failing), options])).await;
    assert_eq!(told, json!({ "0x61626364-4": 1 }));

    let whole =
        http.call("debug_traceBlockByNumber", json!(["0x1", { "tracer": "noopTracer" }])).await;
    let hashes: Vec<&Value> = whole.as_array().unwrap().iter().map(|one| &one["txHash"]).collect();
    assert_eq!(hashes, [&json!(text(logging)), &json!(text(failing))]);
    let error = http.error("debug_traceTransaction", json!([text([7; 32])])).await;
    assert_eq!(error["message"], "transaction not found");
    let error =
        http.error("debug_traceTransaction", json!([text(logging), { "tracer": "{}" }])).await;
    assert_eq!(error["code"], -32602);
}

/// Calls CONTRACT with what it was given, and puts 1 into its word 0.
fn caller() -> String {
    format!("0x5f5f365f5f73{}5af160015f55", hex::encode(CONTRACT.0))
}

#[tokio::test]
async fn instructions_cost_in_all_what_the_call_used() {
    let (_server, _memory, http) = start().await;
    let to = text([0xee; 20]);
    let call = json!({ "to": &to });
    let overrides = json!({ &to: { "code": caller() } });
    let options = json!({ "stateOverrides": overrides, "enableMemory": true });
    let told = http.call("debug_traceCall", json!([call, "latest", options])).await;
    assert_eq!((&told["failed"], &told["returnValue"]), (&json!(false), &json!("0x")));
    let lines = told["structLogs"].as_array().unwrap();
    let names: Vec<&str> = lines.iter().map(|line| line["op"].as_str().unwrap()).collect();
    assert_eq!(names[..4], ["PUSH0", "PUSH0", "CALLDATASIZE", "PUSH0"]);
    assert_eq!(names[names.len() - 2..], ["SSTORE", "STOP"]);
    let cost = |line: &Value| line["gasCost"].as_u64().unwrap();
    let top = lines.iter().filter(|line| line["depth"] == 1);
    let inner: u64 = lines.iter().filter(|line| line["depth"] == 2).map(cost).sum();
    let (at, made) =
        top.clone().find(|line| line["op"] == "CALL").map(|line| (line, cost(line))).unwrap();
    // A call costs what it hands on; what comes back is not its cost. EIP-150: all but a 64th.
    let gas = at["gas"].as_u64().unwrap();
    assert_eq!(made, 2_600 + (gas - 2_600) - (gas - 2_600) / 64);
    let own: u64 = top.filter(|line| line["op"] != "CALL").map(cost).sum();
    assert_eq!(own + 2_600 + inner + 21_000, told["gas"].as_u64().unwrap());
    let store = lines.iter().find(|line| line["op"] == "SSTORE").unwrap();
    assert_eq!(store["storage"], json!({ text([0; 32]): format!("0x{:064x}", 1) }));
    assert_eq!(store["stack"], json!(["0x1", "0x1", "0x0"]));

    let options = json!({ "stateOverrides": overrides, "tracer": "callTracer" });
    let told = http.call("debug_traceCall", json!([call, "latest", options])).await;
    assert_eq!(told["calls"][0]["from"], json!(to));
    assert_eq!(told["calls"][0]["to"], json!(text(CONTRACT)));
    assert_eq!(number(&told["calls"][0]["gasUsed"]), inner);
}

#[tokio::test]
async fn a_trace_has_the_state_that_earlier_transactions_left() {
    let (_server, memory, http) = start().await;
    let new = [0xdd; 20];
    let first = send(&memory, 1, 0, new, &[], 5);
    let second = send(&memory, 1, 1, new, &[], 7);
    memory.make_block();
    let ask = |hash: Hash, is_difference: bool| {
        let config = json!({ "diffMode": is_difference });
        json!([text(hash), { "tracer": "prestateTracer", "tracerConfig": config }])
    };
    let (sender, payee) = (text(account(1)), text(new));
    let told = http.call("debug_traceTransaction", ask(first, false)).await;
    assert_eq!(told[&payee], json!({ "balance": "0x0" }));
    assert_eq!(told[&sender].get("nonce"), None);
    let told = http.call("debug_traceTransaction", ask(second, false)).await;
    assert_eq!(told[&payee], json!({ "balance": "0x5" }));
    assert_eq!(told[&sender]["nonce"], 1);
    let told = http.call("debug_traceTransaction", ask(second, true)).await;
    assert_eq!(told["pre"][&payee], json!({ "balance": "0x5" }));
    assert_eq!(told["post"][&payee], json!({ "balance": "0xc" }));
    assert_eq!(told["post"][&sender]["nonce"], 2);
    let told = http.call("debug_traceTransaction", ask(first, true)).await;
    assert_eq!(told["pre"].get(&payee), None);
    assert_eq!(told["post"][&payee], json!({ "balance": "0x5" }));
}

#[tokio::test]
async fn words_that_are_read_are_told_and_creations_cost_what_geth_says() {
    let (_server, _memory, http) = start().await;
    let to = text([0xee; 20]);
    // SLOAD(0); CREATE of what keeps the byte fe.
    let code = "0x5f54506760fe5f5360015ff35f52600860185ff000";
    let words = json!({ text([0; 32]): format!("0x{:064x}", 5) });
    let overrides = json!({ &to: { "code": code, "stateDiff": words } });
    let call = json!([{ "to": &to }, "latest", { "stateOverrides": overrides }]);
    let told = http.call("debug_traceCall", call).await;
    let lines = told["structLogs"].as_array().unwrap();
    let of = |name: &str| lines.iter().find(|line| line["op"] == name).unwrap();
    assert_eq!(of("SLOAD")["storage"], words);
    assert_eq!(of("SLOAD")["gasCost"], 2_100);
    // Without the gas that it hands on, and without what it costs to keep the code.
    assert_eq!(of("CREATE")["gasCost"], 32_002);
    assert_eq!((&of("RETURN")["gasCost"], &of("RETURN")["depth"]), (&json!(0), &json!(2)));
    assert_eq!(of("SLOAD").get("refund"), None);
    // A word that is cleared gives some back, which is told from then on. EIP-3529
    let code = json!({ &to: { "code": "0x5f5f5500", "stateDiff": words } });
    let call = json!([{ "to": &to }, "latest", { "stateOverrides": code }]);
    let told = http.call("debug_traceCall", call).await;
    assert_eq!(told["structLogs"][3]["refund"], 4_800);
}
