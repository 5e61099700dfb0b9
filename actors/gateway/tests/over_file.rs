//! What the owner of a node sees of a real chain.

mod common;

use common::{Behind, Process, transfer};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use troupe_runtime::run;

/// Asks at the node's file.
async fn ask(process: &Process, method: &str, params: Value) -> Value {
    let file = process.folder.path().join("troupe.ipc");
    let mut socket = UnixStream::connect(file).await.expect("it listens");
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    socket.write_all(request.to_string().as_bytes()).await.expect("it reads");
    let mut answer = Vec::new();
    while !answer.ends_with(b"\n") {
        assert!(socket.read_buf(&mut answer).await.expect("it answers") > 0, "no answer");
    }
    let mut answer: Value = serde_json::from_slice(&answer).expect("it is JSON");
    assert!(answer.get("error").is_none(), "{answer}");
    answer["result"].take()
}

#[test]
fn a_node_tells_its_owner_of_itself_until_it_ends() {
    run(async {
        let process = Process::start(Behind::All);
        let hash = process.call("eth_sendRawTransaction", json!([transfer(1, 0)])).await;
        let receipt = process.receipt(&hash).await;
        assert_eq!(ask(&process, "eth_getTransactionReceipt", json!([hash])).await, receipt);
        let node = ask(&process, "admin_nodeInfo", json!([])).await;
        let genesis = process.call("eth_getBlockByNumber", json!(["0x0"])).await;
        assert_eq!(node["protocols"]["troupe"]["genesis"], genesis["hash"]);
        assert!(node["protocols"]["troupe"]["number"].as_u64().unwrap() >= 1, "{node}");
        assert!(process.end().await.is_clean());
        let file = process.folder.path().join("troupe.ipc");
        assert!(!file.exists(), "the file goes with the process");
    });
}

#[test]
fn blocks_are_simulated_and_transactions_traced_on_a_real_chain() {
    run(async {
        let process = Process::start(Behind::All);
        let hash = process.call("eth_sendRawTransaction", json!([transfer(1, 0)])).await;
        let receipt = process.receipt(&hash).await;
        let trace =
            process.call("debug_traceTransaction", json!([hash, { "tracer": "callTracer" }])).await;
        assert_eq!((&trace["from"], &trace["value"]), (&receipt["from"], &json!("0x1")));
        assert_eq!(trace["gasUsed"], receipt["gasUsed"]);
        let found = json!([receipt["from"], 0]);
        assert_eq!(process.call("ots_getTransactionBySenderAndNonce", found).await, hash);
        let calls = json!([{ "from": receipt["from"], "to": receipt["to"], "value": "0x5" }]);
        let payload = json!([{
            "blockStateCalls": [{ "calls": calls }, { "calls": calls }],
            "validation": false,
        }, receipt["blockNumber"]]);
        let told = process.call("eth_simulateV1", payload).await;
        assert_eq!(told[0]["parentHash"], receipt["blockHash"]);
        assert_eq!(told[1]["parentHash"], told[0]["hash"]);
        assert_eq!(told[1]["calls"][0]["status"], "0x1");
        assert!(process.end().await.is_clean());
    });
}
