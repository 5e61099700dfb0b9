//! What the server promises to those who behave, and to itself from those who do not.

mod common;

use common::{CONTRACT, Http, Socket, serve, settings};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use troupe_rpc::Settings;
use troupe_types::{Bytes, Millis};

#[tokio::test]
async fn requests_without_params_are_answered() {
    let (server, _memory) = serve(settings()).await;
    let http = Http(server.address());
    for (method, result) in [
        ("eth_chainId", json!("0x21a9b4")),
        ("platon_chainId", json!("0x21a9b4")),
        ("net_version", json!("2206132")),
        ("net_listening", json!(true)),
        ("net_peerCount", json!("0x3")),
        ("eth_blockNumber", json!("0x0")),
        ("eth_syncing", json!(false)),
        ("eth_accounts", json!([])),
        ("web3_clientVersion", json!("troupe/test")),
    ] {
        let (status, body) =
            http.post(&format!(r#"{{"jsonrpc":"2.0","id":7,"method":"{method}"}}"#)).await;
        assert_eq!(status, "HTTP/1.1 200 OK");
        let answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(answer, json!({ "jsonrpc": "2.0", "id": 7, "result": result }));
    }
    // Keccak-256 of nothing, as Ethereum's documents have it.
    let hash = http.call("web3_sha3", json!(["0x"])).await;
    assert_eq!(hash, "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
}

#[tokio::test]
async fn unknown_methods_and_bad_params_have_their_numbers() {
    let (server, _memory) = serve(settings()).await;
    let http = Http(server.address());
    for method in ["eth_mine", "personal_unlockAccount", "admin_peers", "eth_sendTransaction"] {
        assert_eq!(http.error(method, json!([])).await["code"], -32601, "{method}");
    }
    for (params, message) in [
        (json!([]), "invalid params: `address` is missing"),
        (json!(["0x12", "latest"]), "invalid params: `address` wants 40 hexadecimal digits, got 2"),
        (json!({ "address": 1 }), "invalid params: they have to be a list"),
        (json!([1, 2, 3]), "invalid params: too many arguments: 3, want at most 2"),
    ] {
        let error = http.error("eth_getBalance", params).await;
        assert_eq!(error, json!({ "code": -32602, "message": message }));
    }
    let (_, body) = http.post("{").await;
    assert!(body.contains("-32700"), "{body}");
}

#[tokio::test]
async fn batches_are_answered_in_order_up_to_a_hundred() {
    let (server, _memory) = serve(settings()).await;
    let http = Http(server.address());
    let batch = |count: u32| {
        let one = |id| json!({ "jsonrpc": "2.0", "id": id, "method": "eth_blockNumber" });
        Value::from((0..count).map(one).collect::<Vec<_>>()).to_string()
    };
    let (_, body) = http.post(&batch(100)).await;
    let answers: Vec<Value> = serde_json::from_str(&body).unwrap();
    assert_eq!(answers.len(), 100);
    assert!(answers.iter().all(|answer| answer["result"] == "0x0"));
    let (_, body) = http.post(&batch(101)).await;
    let refused: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(refused["error"]["code"], -32010, "{body}");
}

#[tokio::test]
async fn requests_to_other_names_and_from_other_pages_are_refused() {
    let (server, _memory) =
        serve(Settings { hosts: vec!["node.example".into()], ..settings() }).await;
    let http = Http(server.address());
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#;
    for host in ["node.example:8545", "LOCALHOST", "[::1]:1"] {
        assert_eq!(http.post_to(host, "", body).await.0, "HTTP/1.1 200 OK");
    }
    let forbidden = "HTTP/1.1 403 Forbidden";
    assert_eq!(http.post_to("evil.example", "", body).await.0, forbidden);
    let page = "Origin: http://evil.example\r\n";
    assert_eq!(http.post_to("localhost", page, body).await.0, forbidden);
    assert!(Socket::open(server.address(), page).await.is_err());
    let same = "Origin: http://localhost:3000\r\n";
    assert!(Socket::open(server.address(), same).await.is_ok());
    // Browsers send other types of content without asking first.
    let plain = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: text/plain\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert!(http.raw(plain.as_bytes()).await.starts_with("HTTP/1.1 415"));
}

#[tokio::test]
async fn a_body_above_a_mebibyte_is_refused_and_one_of_that_size_is_not() {
    let (server, _memory) = serve(settings()).await;
    let http = Http(server.address());
    let frame = r#"{"jsonrpc":"2.0","id":1,"method":"web3_sha3","params":["0x"]}"#;
    let fill =
        |size: usize| frame.replace("0x", &format!("0x{}", "00".repeat((size - frame.len()) / 2)));
    let (status, body) = http.post(&fill(1 << 20)).await;
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(body.contains("result"), "{body}");
    assert!(http.post(&fill((1 << 20) + 2)).await.0.starts_with("HTTP/1.1 413"));
    let mut socket = Socket::open(server.address(), "").await.unwrap();
    socket.send(&fill((1 << 20) + 2)).await;
    let told = socket.next().await;
    assert!(told.is_none_or(|told| told["error"]["code"] == -32007), "it was answered");
}

#[tokio::test]
async fn an_answer_that_would_be_too_large_is_an_error() {
    let (server, _memory) = serve(Settings { response: Bytes(400), ..settings() }).await;
    let error = Http(server.address()).error("eth_getBlockByNumber", json!(["latest"])).await;
    assert_eq!(error["code"], -32008, "{error}");
}

#[tokio::test]
async fn a_slow_header_ends_the_connection() {
    let (server, _memory) = serve(Settings { header_time: Millis(200), ..settings() }).await;
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    socket.write_all(b"POST / HTTP/1.1\r\nHost: local").await.unwrap();
    let mut rest = Vec::new();
    let end = socket.read_to_end(&mut rest);
    tokio::time::timeout(Duration::from_secs(5), end).await.expect("it is still open").unwrap();
    assert!(!String::from_utf8(rest).unwrap().contains("200 OK"));
}

#[tokio::test]
async fn a_slow_body_ends_the_request() {
    let (server, _memory) = serve(Settings { request_time: Millis(200), ..settings() }).await;
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                Connection: close\r\nContent-Length: 50\r\n\r\n{";
    let answer = Http(server.address()).raw(head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_left() {
    let (server, _memory) = serve(Settings { write_time: Millis(200), ..settings() }).await;
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    // Each is answered with what it sends, until no buffer takes any more.
    let request =
        json!({ "to": format!("0x{CONTRACT}"), "data": format!("0x{}", "ab".repeat(450_000)) });
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [request] });
    let body = body.to_string();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let rude = async { while socket.write_all(request.as_bytes()).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(10), rude).await.expect("it is still served");
    while server.connections() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_connection_too_many_is_told_and_its_place_is_given_on() {
    let (server, _memory) = serve(Settings { connections: 2, ..settings() }).await;
    let http = Http(server.address());
    let first = Socket::open(server.address(), "").await.unwrap();
    let mut second = Socket::open(server.address(), "").await.unwrap();
    assert_eq!(server.connections(), 2);
    assert!(http.raw(b"").await.starts_with("HTTP/1.1 503"));
    assert_eq!(second.ask("eth_chainId", json!([])).await["result"], "0x21a9b4");
    drop(first);
    while server.connections() == 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(http.call("eth_chainId", json!([])).await, "0x21a9b4");
}

#[tokio::test]
async fn every_new_head_is_told_to_whoever_subscribed() {
    let (server, memory) = serve(settings()).await;
    let mut socket = Socket::open(server.address(), "").await.unwrap();
    let told = socket.ask("eth_subscribe", json!(["newHeads"])).await;
    let number = told["result"].as_str().unwrap().to_owned();
    // Two at once are two heads all the same.
    let blocks = [memory.make_block(), memory.make_block(), memory.make_block()];
    for block in &blocks {
        let told = socket.next().await.unwrap();
        assert_eq!(told["method"], "eth_subscription");
        assert_eq!(told["params"]["subscription"], number.as_str());
        let head = &told["params"]["result"];
        assert_eq!(head["hash"], format!("0x{}", block.hash()));
        assert_eq!(head["parentHash"], format!("0x{}", block.header().parent));
    }
    let ended = socket.ask("eth_unsubscribe", json!([number])).await;
    assert_eq!(ended["result"], true);
    memory.make_block();
    assert_eq!(socket.ask("eth_blockNumber", json!([])).await["result"], "0x4");
}

#[tokio::test]
async fn subscriptions_end_with_their_connection_and_are_counted() {
    let (server, memory) = serve(Settings { subscriptions: 2, ..settings() }).await;
    let mut socket = Socket::open(server.address(), "").await.unwrap();
    let wrong = socket.ask("eth_subscribe", json!(["oldHeads"])).await;
    assert_eq!(wrong["error"]["code"], -32602);
    for kind in ["newHeads", "logs"] {
        assert!(socket.ask("eth_subscribe", json!([kind])).await.get("result").is_some());
    }
    let third = socket.ask("eth_subscribe", json!(["newHeads"])).await;
    assert_eq!(third["error"]["code"], -32006, "{third}");
    assert_eq!(memory.listeners(), 2);
    drop(socket);
    while memory.listeners() > 0 {
        tokio::task::yield_now().await;
    }
    // There is no connection to tell anything on.
    let http = Http(server.address());
    assert!(http.error("eth_subscribe", json!(["newHeads"])).await["code"].is_number());
}

#[tokio::test]
async fn a_silent_websocket_is_asked_and_then_closed() {
    let (server, _memory) = serve(Settings { ping: Millis(50), ..settings() }).await;
    let mut socket = Socket::open(server.address(), "").await.unwrap();
    let (kind, _) = socket.frame().await.unwrap();
    assert_eq!(kind & 0x0f, 9, "no ping came");
    let end = async { while socket.frame().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(5), end).await.expect("it is still open");
}

#[tokio::test]
async fn stopping_closes_everything() {
    let (server, memory) = serve(settings()).await;
    let address = server.address();
    let mut socket = Socket::open(address, "").await.unwrap();
    socket.ask("eth_subscribe", json!(["newHeads"])).await;
    let idle = TcpStream::connect(address).await.unwrap();
    Http(address).call("eth_chainId", json!([])).await;
    server.stop().await;
    assert_eq!(socket.next().await, None);
    drop(idle);
    assert!(TcpStream::connect(address).await.is_err());
    while memory.listeners() > 0 {
        tokio::task::yield_now().await;
    }
}
