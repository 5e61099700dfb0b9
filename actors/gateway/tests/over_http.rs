//! What a client sees of a real chain.

mod common;

use common::client::Socket;
use common::{Behind, LOOKS_BACK, PAYEE, Process, account, contradiction, transfer};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use troupe_blocks::{PoolStatus, Submit};
use troupe_gateway::Phase;
use troupe_runtime::{Actor, Cx, Fault, Handle, Queue, Reply, Spec, run};
use troupe_types::Bytes;
use troupe_wire::Message;

#[test]
fn a_transfer_becomes_final_and_everything_about_it_is_told() {
    run(async {
        let process = Process::start(Behind::All);
        let hash = process.call("eth_sendRawTransaction", json!([transfer(1, 0)])).await;
        let receipt = process.receipt(&hash).await;
        assert_eq!(receipt["status"], "0x1");
        assert_eq!(receipt["from"], format!("0x{}", account(1)));
        assert_eq!(receipt["effectiveGasPrice"], "0xd");
        let (number, block_hash) = (&receipt["blockNumber"], &receipt["blockHash"]);

        let block = process.call("eth_getBlockByNumber", json!([number, true])).await;
        assert_eq!(&block["hash"], block_hash);
        assert_eq!(block["transactions"][0]["hash"], hash);
        let same = process.call("eth_getBlockByHash", json!([block_hash, true])).await;
        assert_eq!(same, block);
        let found = process.call("eth_getTransactionByHash", json!([hash])).await;
        assert_eq!(found, block["transactions"][0]);
        let all = process.call("eth_getBlockReceipts", json!([number])).await;
        assert_eq!(all, json!([receipt]));

        let payee = format!("0x{PAYEE}");
        assert_eq!(process.call("eth_getBalance", json!([payee, "latest"])).await, "0x1");
        let sender = format!("0x{}", account(1));
        let nonce = process.call("eth_getTransactionCount", json!([sender, "pending"])).await;
        assert_eq!(nonce, "0x1");
        let proof = process.call("eth_getProof", json!([payee, [], "latest"])).await;
        assert_eq!(proof["balance"], "0x1");
        assert!(!proof["accountProof"].as_array().unwrap().is_empty());

        assert_eq!(process.call("eth_maxPriorityFeePerGas", json!([])).await, "0x3");
        assert_eq!(process.call("txpool_status", json!([])).await["pending"], "0x0");
        assert_eq!(process.call("net_peerCount", json!([])).await, "0x3");
        assert_eq!(process.call("eth_syncing", json!([])).await, false);
        let nothing = json!([format!("0x{}", "77".repeat(32))]);
        for method in ["eth_getTransactionReceipt", "eth_getTransactionByHash"] {
            assert_eq!(process.call(method, nothing.clone()).await, Value::Null, "{method}");
        }
        assert_eq!(process.call("eth_getBlockByHash", nothing).await, Value::Null);
        let above = process.call("eth_getBlockByNumber", json!(["0xffffffff"])).await;
        assert_eq!(above, Value::Null);
        assert!(process.end().await.is_clean());
    });
}

#[test]
fn a_batch_of_a_hundred_transfers_becomes_final() {
    run(async {
        let process = Process::start(Behind::All);
        let call = |id: u64| {
            let params = [transfer(u8::try_from(id % 10 + 1).unwrap(), id / 10)];
            json!({ "jsonrpc": "2.0", "id": id, "method": "eth_sendRawTransaction", "params": params })
        };
        let batch: Vec<Value> = (0..100).map(call).collect();
        let (_, told) = process.http.post(&json!(batch).to_string()).await;
        let told: Vec<Value> = serde_json::from_str(&told).unwrap();
        assert_eq!(told.len(), 100);
        for (id, one) in told.iter().enumerate() {
            assert_eq!(one["id"], id);
            process.receipt(&one["result"]).await;
        }
        let paid = process.call("eth_getBalance", json!([format!("0x{PAYEE}"), "latest"])).await;
        assert_eq!(paid, "0x64");
        let again = process.http.error("eth_sendRawTransaction", json!([transfer(1, 0)])).await;
        assert_eq!(again["message"], "nonce too low: next nonce 10, tx nonce 0");
        let metrics = process.node.metrics().text();
        let line = r#"troupe_rpc_requests_total{method="eth_sendRawTransaction",outcome="#;
        assert!(metrics.contains(&format!("{line}\"answered\"}} 100\n")), "{metrics}");
        assert!(metrics.contains(&format!("{line}\"refused\"}} 1\n")), "{metrics}");
    });
}

#[test]
fn consensus_says_where_it_is_and_who_contradicted_himself() {
    run(async {
        let process = Process::after(Behind::All, |vault| {
            vault.accuse(&contradiction(&vault.chain(), 1)).unwrap();
        });
        let evidence = process.call("platon_evidences", json!([])).await;
        assert_eq!(evidence.as_array().unwrap().len(), 1, "{evidence}");
        let (kind, signer) = (&evidence[0]["kind"], &evidence[0]["signer"]);
        assert_eq!((kind, signer), (&json!("vote"), &json!(0)));
        assert_eq!(evidence[0]["first"]["blockHash"], format!("0x{}", "01".repeat(32)));

        let hash = process.call("eth_sendRawTransaction", json!([transfer(1, 0)])).await;
        let receipt = process.receipt(&hash).await;
        let number = receipt["blockNumber"].as_str().unwrap().trim_start_matches("0x");
        let status = process.call("debug_consensusStatus", json!([])).await;
        let committed = status["committed"]["blockNumber"].as_u64().unwrap();
        assert!(committed >= u64::from_str_radix(number, 16).unwrap(), "{status}");
        assert_eq!((&status["position"], &status["isProposer"]), (&json!(0), &json!(true)));
        assert_eq!(status["halted"], Value::Null);
        assert!(process.end().await.is_clean());
    });
}

#[test]
fn contracts_see_the_hashes_of_earlier_blocks() {
    run(async {
        let process = Process::start(Behind::All);
        let hash = process.call("eth_sendRawTransaction", json!([transfer(1, 0)])).await;
        let receipt = process.receipt(&hash).await;
        let request = json!({ "to": format!("0x{LOOKS_BACK}") });
        let number = &receipt["blockNumber"];
        let seen = process.call("eth_call", json!([request, number])).await;
        let block = process.call("eth_getBlockByNumber", json!([number])).await;
        assert_eq!(seen, block["parentHash"]);
    });
}

#[test]
fn an_archive_answers_about_states_that_others_have_left_behind() {
    run(async {
        let process = Process::archive();
        let payee = format!("0x{PAYEE}");
        let mut paid = Vec::new();
        for nonce in 0..4 {
            let hash = process.call("eth_sendRawTransaction", json!([transfer(1, nonce)])).await;
            paid.push(process.receipt(&hash).await["blockNumber"].clone());
        }
        let last = number(&paid[3]);
        while number(&process.call("eth_blockNumber", json!([])).await) < last + 70 {
            process.wait(20).await;
        }
        let before = format!("{:#x}", number(&paid[0]) - 1);
        assert_eq!(process.call("eth_getBalance", json!([payee, before])).await, "0x0");
        for (at, block) in paid.iter().enumerate() {
            let balance = process.call("eth_getBalance", json!([payee, block])).await;
            assert_eq!(number(&balance), at as u64 + 1);
            let request = json!({ "to": format!("0x{LOOKS_BACK}") });
            let seen = process.call("eth_call", json!([request, block])).await;
            let block = process.call("eth_getBlockByNumber", json!([block])).await;
            assert_eq!(seen, block["parentHash"]);
        }
        let rich =
            process.call("eth_getBalance", json!([format!("0x{}", account(2)), "0x0"])).await;
        assert_eq!(rich, format!("{:#x}", 10u128.pow(24)), "the genesis block");
        assert!(process.end().await.is_clean());
    });
}

fn number(hex: &Value) -> u64 {
    let digits = hex.as_str().expect("a number").trim_start_matches("0x");
    u64::from_str_radix(digits, 16).expect("a number")
}

#[test]
fn new_heads_are_told_as_the_chain_goes_on() {
    run(async {
        let process = Process::start(Behind::All);
        let mut socket = Socket::open(process.http.0, "").await.unwrap();
        assert!(socket.ask("eth_subscribe", json!(["newHeads"])).await["result"].is_string());
        for nonce in 0..3 {
            process.call("eth_sendRawTransaction", json!([transfer(2, nonce)])).await;
        }
        let mut before: Option<Value> = None;
        for _ in 0..3 {
            let told = socket.next().await.unwrap();
            let head = told["params"]["result"].clone();
            if let Some(before) = before {
                assert_eq!(head["parentHash"], before["hash"]);
            }
            before = Some(head);
        }
        assert!(process.end().await.is_clean());
        while socket.next().await.is_some() {}
    });
}

#[test]
fn questions_that_nobody_answers_are_errors_and_no_waiting() {
    run(async {
        let process = Process::start(Behind::Nobody);
        assert_eq!(process.call("eth_blockNumber", json!([])).await, "0x0");
        for (method, params, reason) in [
            ("eth_getBlockByNumber", json!(["latest"]), "stored_at"),
            ("eth_sendRawTransaction", json!([transfer(1, 0)]), "submit"),
            ("txpool_status", json!([]), "pool_status"),
        ] {
            let error = process.http.error(method, params).await;
            let message = format!("not available now: {reason}: not here");
            assert_eq!(error, json!({ "code": -32603, "message": message }));
        }
    });
}

/// A pool that hears everything and says nothing.
#[derive(Default)]
struct Mute {
    asked: Vec<Reply<PoolStatus>>,
    sent: Vec<Reply<Submit>>,
}

impl Actor for Mute {
    const KIND: &'static str = "mempool";
}

impl Handle<PoolStatus> for Mute {
    fn handle(
        &mut self,
        _: PoolStatus,
        reply: Reply<PoolStatus>,
        _: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.asked.push(reply);
        Ok(())
    }
}

impl Handle<Submit> for Mute {
    fn handle(
        &mut self,
        _: Submit,
        reply: Reply<Submit>,
        _: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.sent.push(reply);
        Ok(())
    }
}

#[test]
fn an_actor_that_does_not_answer_is_waited_for_so_long_and_no_longer() {
    run(async {
        let process = Process::start(Behind::Nobody);
        let mute = process.node.spawn(Spec::new(|_| Ok(Mute::default())));
        mute.accept::<PoolStatus>();
        let error = process.http.error("txpool_status", json!([])).await;
        assert_eq!(error["message"], "not available now: pool_status: timed out");
        // A queue without room, too: nothing is admitted, however long it waits.
        let full = Queue { messages: 0, bytes: Bytes::mib(1) };
        let full = process.node.spawn(Spec::new(|_| Ok(Mute::default())).queue(full));
        full.accept::<Submit>();
        let error = process.http.error("eth_sendRawTransaction", json!([transfer(1, 0)])).await;
        assert_eq!(error["message"], "not available now: submit: busy");
    });
}

#[test]
fn who_asks_while_the_process_stops_is_answered_and_who_comes_later_is_not() {
    run(async {
        let process = Process::start(Behind::All);
        let address = process.http.0;
        // Half a request: it began before.
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_sendRawTransaction",
            "params": [transfer(1, 0)] })
        .to_string();
        let mut socket = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        let _idle = TcpStream::connect(address).await.unwrap();
        process.wait(100).await;
        let asked = async {
            process.wait(300).await;
            assert!(TcpStream::connect(address).await.is_err(), "somebody still listens");
            socket.write_all(body.as_bytes()).await.unwrap();
            let mut answer = String::new();
            tokio::io::AsyncReadExt::read_to_string(&mut socket, &mut answer).await.unwrap();
            answer
        };
        let (drained, answer) = tokio::join!(process.end(), asked);
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("result"), "{answer}");
        assert!(drained.is_clean(), "{drained:?}");
        let phases = process.phases.lock().unwrap().clone();
        assert_eq!(phases, [Phase::Serving(address), Phase::Closing]);
    });
}

/// Falls when it is told to.
struct Faller;

#[derive(Debug)]
struct Fall;

impl Message for Fall {
    type Reply = ();
    const NAME: &'static str = "fall";
}

impl Actor for Faller {
    const KIND: &'static str = "faller";
}

impl Handle<Fall> for Faller {
    fn handle(&mut self, _: Fall, _: Reply<Fall>, _: &mut Cx<'_, Self>) -> Result<(), Fault> {
        Err(Fault::Restart("it was told to".to_owned()))
    }
}

#[test]
fn when_the_chain_is_rebuilt_the_port_stays_and_answers_go_on() {
    run(async {
        let process = Process::start(Behind::All);
        let faller = Spec::new(|_| Ok(Faller)).group(&process.together.0);
        let faller = process.node.spawn(faller).link::<Fall>();
        let hash = process.call("eth_sendRawTransaction", json!([transfer(1, 0)])).await;
        let receipt = process.receipt(&hash).await;
        faller.tell(Fall).unwrap();
        while process.phases.lock().unwrap().len() < 2 {
            process.wait(20).await;
        }
        let address = process.http.0;
        assert_eq!(*process.phases.lock().unwrap(), [Phase::Serving(address); 2]);
        let number = receipt["blockNumber"].clone();
        let block = process.call("eth_getBlockByNumber", json!([number])).await;
        assert_eq!(block["hash"], receipt["blockHash"]);
        let hash = process.call("eth_sendRawTransaction", json!([transfer(1, 1)])).await;
        process.receipt(&hash).await;
    });
}
