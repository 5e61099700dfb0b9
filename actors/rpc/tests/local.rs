//! The socket of a node's owner.

mod common;

use common::{Http, Memory, account, serve, settings};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use troupe_rpc::{About, Error, Neighbour, Operator, Server, Settings};
use troupe_types::{Bytes, NodeId};

struct Owner;

impl Operator for Owner {
    fn about(&self) -> About {
        About { id: NodeId([7; 32]), epoch: 3, listens: "127.0.0.1:9000".into() }
    }

    fn peers(&self) -> Vec<Neighbour> {
        let (role, version) = (Some("validator".into()), "1".into());
        vec![Neighbour { id: NodeId([8; 32]), epoch: 1, role, version }]
    }

    fn data(&self) -> String {
        "/here".into()
    }
}

struct Line(BufReader<OwnedReadHalf>, OwnedWriteHalf);

impl Line {
    async fn open(path: &Path) -> Self {
        let (reading, writing) = UnixStream::connect(path).await.expect("it listens").into_split();
        Self(BufReader::new(reading), writing)
    }

    async fn send(&mut self, text: &str) {
        self.1.write_all(text.as_bytes()).await.expect("it reads");
    }

    /// The next line; `None` at the end.
    async fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        let read = self.0.read_line(&mut line);
        let read = tokio::time::timeout(Duration::from_secs(10), read).await;
        let length = read.expect("it answers in time").expect("it is text");
        (length > 0).then(|| serde_json::from_str(&line).expect("it is JSON"))
    }

    async fn ask(&mut self, method: &str, params: Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": 5, "method": method, "params": params });
        self.send(&request.to_string()).await;
        self.next().await.expect("it answers")
    }
}

async fn start(settings: Settings) -> (Server, Arc<Memory>, PathBuf, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("troupe.ipc");
    let (mut server, memory) = serve(settings).await;
    server.listen_at(&path, Arc::new(Owner)).expect("a free place");
    (server, memory, path, folder)
}

#[tokio::test]
async fn the_owner_is_told_of_the_node_and_nobody_else_is() {
    let (server, memory, path, folder) = start(settings()).await;
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    let head = memory.make_block();
    let mut line = Line::open(&path).await;
    let node = line.ask("admin_nodeInfo", json!([])).await["result"].take();
    assert_eq!(node["id"], format!("0x{}", "07".repeat(32)));
    assert_eq!((&node["epoch"], &node["listenAddr"]), (&json!(3), &json!("127.0.0.1:9000")));
    assert_eq!(node["rpc"], server.address().to_string());
    let chain = &node["protocols"]["troupe"];
    assert_eq!(chain["head"], format!("0x{}", hex::encode(head.hash())));
    assert_eq!((&chain["number"], &chain["syncing"]), (&json!(1), &Value::Null));
    let peers = line.ask("admin_peers", json!([])).await;
    assert_eq!(peers["result"][0]["role"], "validator");
    assert_eq!(line.ask("admin_datadir", json!([])).await["result"], "/here");

    let http = Http(server.address());
    for method in ["admin_nodeInfo", "admin_peers", "admin_datadir"] {
        assert_eq!(http.error(method, json!([])).await["code"], -32601, "{method}");
        let mut socket = common::Socket::open(server.address(), "").await.unwrap();
        assert_eq!(socket.ask(method, json!([])).await["error"]["code"], -32601, "{method}");
    }
}

#[tokio::test]
async fn all_else_is_answered_there_too() {
    let (_server, memory, path, _folder) = start(settings()).await;
    let mut line = Line::open(&path).await;
    let sender = format!("0x{}", hex::encode(account(1)));
    let balance = line.ask("eth_getBalance", json!([sender, "latest"])).await;
    assert_eq!((&balance["id"], &balance["result"]), (&json!(5), &json!("0x3635c9adc5dea00000")));
    // Two values in one piece, then one in two, then a batch with a notification in it.
    let call = |id: u64| json!({ "jsonrpc": "2.0", "id": id, "method": "eth_chainId" }).to_string();
    line.send(&format!("{}{}", call(1), call(2))).await;
    assert_eq!(line.next().await.unwrap()["id"], 1);
    assert_eq!(line.next().await.unwrap()["id"], 2);
    let third = call(3);
    line.send(&third[..9]).await;
    line.send(&third[9..]).await;
    assert_eq!(line.next().await.unwrap()["id"], 3);
    let silent = r#"{"jsonrpc":"2.0","method":"eth_chainId"}"#;
    line.send(&format!("[{},{silent},7]", call(4))).await;
    let told = line.next().await.unwrap();
    assert_eq!((&told[0]["id"], &told[1]["error"]["code"]), (&json!(4), &json!(-32600)));
    assert_eq!(told.as_array().unwrap().len(), 2);
    assert_eq!(line.ask("eth_applaud", json!([])).await["error"]["code"], -32601);

    let subscribed = line.ask("eth_subscribe", json!(["newHeads"])).await;
    let block = memory.make_block();
    let told = line.next().await.unwrap();
    assert_eq!(told["params"]["subscription"], subscribed["result"]);
    assert_eq!(told["params"]["result"]["hash"], format!("0x{}", hex::encode(block.hash())));
    let ended = line.ask("eth_unsubscribe", json!([subscribed["result"]])).await;
    assert_eq!(ended["result"], true);
    drop(line);
    for _ in 0..200 {
        if memory.listeners() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("a subscription outlives its connection");
}

#[tokio::test]
async fn what_is_no_json_or_too_long_ends_the_connection() {
    let (_server, _memory, path, _folder) =
        start(Settings { request: Bytes(200), batch: 2, subscriptions: 1, ..settings() }).await;
    let long = format!("\"{}\"", "x".repeat(300));
    for (text, code) in [("}", -32700), (long.as_str(), -32007)] {
        let mut line = Line::open(&path).await;
        line.send(text).await;
        assert_eq!(line.next().await.unwrap()["error"]["code"], code);
        assert_eq!(line.next().await, None);
    }
    let mut line = Line::open(&path).await;
    for text in ["[]", "[1,2,3]", "7\n", "null"] {
        line.send(text).await;
        assert_eq!(line.next().await.unwrap()["error"]["code"], -32600, "{text}");
    }
    assert!(line.ask("eth_subscribe", json!(["newHeads"])).await["result"].is_u64());
    let refused = line.ask("eth_subscribe", json!(["newHeads"])).await;
    assert_eq!(refused["error"]["code"], -32006);
}

#[tokio::test]
async fn the_file_of_a_process_that_is_gone_is_replaced_and_that_of_another_is_not() {
    let (server, _memory, path, _folder) = start(settings()).await;
    let (mut other, _) = serve(settings()).await;
    let refused = other.listen_at(&path, Arc::new(Owner)).unwrap_err();
    assert!(matches!(refused, Error::Local(_)), "{refused}");
    assert!(refused.to_string().ends_with("another process listens there"), "{refused}");
    assert!(Line::open(&path).await.ask("eth_chainId", json!([])).await["result"].is_string());
    server.stop().await;
    assert!(!path.exists(), "the file goes with the server");
    // As after a kill.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    other.listen_at(&path, Arc::new(Owner)).unwrap();
    assert!(Line::open(&path).await.ask("eth_chainId", json!([])).await["result"].is_string());
}
