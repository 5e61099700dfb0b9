//! `troupe tx`, `troupe load` and `troupe status` against a chain in memory, over real sockets.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../../actors/rpc/tests/common/mod.rs"]
mod common;

use common::{CONTRACT, Memory, account, serve, settings};
use serde_json::{Value, json};
use std::fs;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use troupe_rpc::Server;
use troupe_types::Address;

const TO: Address = Address([0xdd; 20]);

/// Nodes of a chain whose blocks come by themselves, and a folder that describes them as a network.
struct World {
    servers: Vec<Server>,
    blocks: tokio::task::JoinHandle<()>,
    folder: TempDir,
}

impl World {
    /// So many chains of one genesis, each with a server.
    async fn start(count: usize) -> Self {
        let mut servers = Vec::new();
        let mut memories: Vec<Arc<Memory>> = Vec::new();
        for _ in 0..count {
            let (server, memory) = serve(settings()).await;
            servers.push(server);
            memories.push(memory);
        }
        let blocks = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(40)).await;
                for memory in &memories {
                    memory.make_block();
                }
            }
        });
        let world = Self { servers, blocks, folder: tempfile::tempdir().unwrap() };
        world.describe();
        world
    }

    fn url(&self, place: usize) -> String {
        format!("http://{}", self.servers[place].address())
    }

    /// Writes `devnet.json`; every node is this process.
    fn describe(&self) {
        let urls: Vec<String> = (0..self.servers.len()).map(|place| self.url(place)).collect();
        let nodes: Vec<Value> = urls
            .iter()
            .map(|url| {
                json!({
                    "name": "validator-1", "role": "validator", "pid": std::process::id(),
                    "node_id": "ab".repeat(32), "dir": "validator-1", "rpc": url,
                    "metrics": "http://127.0.0.1:1/metrics", "p2p": "127.0.0.1:1", "datasets": [],
                })
            })
            .collect();
        let accounts: Vec<Value> = (1..=9u8)
            .map(|who| {
                let key = format!("0x{}", hex::encode([who; 32]));
                let address = account(who).to_checksum();
                json!({ "address": address, "private_key": key, "balance": "1000" })
            })
            .collect();
        let user = json!({ "node_id": "ab".repeat(32), "key": "k", "password_file": "p" });
        let record = json!({
            "chain_id": common::backend::CHAIN_ID, "rpc": urls, "ws": [], "grpc": [], "metrics": [],
            "bootstrap": [], "nodes": nodes, "accounts": accounts, "user": user,
        });
        let dir = self.folder.path().join(".devnet");
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("devnet.json"), record.to_string()).unwrap();
    }

    /// Runs the program in the folder, without the environment of whoever runs the tests.
    async fn run(&self, words: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_troupe"));
        command.current_dir(self.folder.path()).env_clear().env("HOME", self.folder.path());
        command.args(words.split_whitespace()).stdin(Stdio::null());
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    async fn good(&self, words: &str) -> String {
        let output = self.run(words).await;
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{words}: {error}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    async fn json(&self, words: &str) -> Value {
        serde_json::from_str(&self.good(&format!("--output json {words}")).await).unwrap()
    }

    async fn bad(&self, words: &str, code: i32, line: &str) {
        let output = self.run(words).await;
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), error.trim_end()), (Some(code), line), "{words}");
        assert!(output.stdout.is_empty(), "a failure prints no result");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.blocks.abort();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_is_sent_and_shown_with_what_it_cost() {
    let world = World::start(1).await;
    let to = TO.to_bech32();
    let sent = world.json(&format!("tx send --account 0 --to {to} --value 1.5LAT")).await;
    assert_eq!(sent["status"], "success");
    assert_eq!(sent["to"], format!("0x{TO}"));
    assert_eq!(sent["from"], format!("0x{}", account(1)));
    assert_eq!(
        (sent["value"].as_str(), sent["gas_used"].as_u64()),
        (Some("1500000000000000000"), Some(21_000))
    );
    assert!(sent["latency_ms"].as_f64().unwrap() > 0.0);
    let hash = sent["hash"].as_str().unwrap();
    let shown = world.good(&format!("tx receipt {hash}")).await;
    let block = sent["block"].as_u64().unwrap();
    assert!(shown.contains(&format!("result       final in block {block}")), "{shown}");
    assert!(shown.contains(&TO.to_checksum()), "{shown}");
    let told = world.json(&format!("tx send --account 1 --to {to} --value 1 --no-wait")).await;
    assert_eq!(told["status"], "sent");
    let hash = told["hash"].as_str().unwrap();
    let waited = world.json(&format!("tx receipt {hash} --wait --rpc {}", world.url(0))).await;
    assert_eq!(waited["receipt"]["transactionHash"], hash);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_file_pays() {
    let world = World::start(1).await;
    let path = |name: &str| world.folder.path().join(name);
    fs::write(path("secret"), hex::encode([2; 32])).unwrap();
    fs::write(path("password"), "correct horse").unwrap();
    for name in ["secret", "password"] {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(path(name), mode).unwrap();
    }
    world.good("key import secret --file key.json --cost light --new-password-file password --password-file password").await;
    let words = "tx send --from key.json --password-file password --to";
    let sent = world.json(&format!("{words} 0x{TO} --value 7 --rpc {}", world.url(0))).await;
    assert_eq!(sent["from"], format!("0x{}", account(2)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contract_is_made_called_and_says_no() {
    let world = World::start(1).await;
    // Gives back its input.
    let runtime = "366000600037366000f3";
    let code = format!("0x69{runtime}600052600a6016f3");
    let made = world.json(&format!("tx deploy {code} --account 0")).await;
    let contract = made["contract"].as_str().unwrap();
    fs::write(world.folder.path().join("code.hex"), format!("{code}\n")).unwrap();
    let again = world.json("tx deploy code.hex --account 0").await;
    assert_ne!(again["contract"], contract);
    assert_eq!(world.good(&format!("tx call --to {contract} --data 0x1234")).await, "0x1234");
    world
        .bad(&format!("tx call --to 0x{CONTRACT} --data 0x12"), 42, "error: execution reverted")
        .await;
    let words = format!("tx send --account 0 --to 0x{CONTRACT} --data 0x12");
    world.bad(&words, 42, "error: execution reverted").await;
    let output = world.run(&format!("--output json {words} --gas-limit 60000")).await;
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!((output.status.code(), &error["error"]["name"]), (Some(44), &json!("reverted")));
    let text = error["error"]["reasons"][0]["text"].as_str().unwrap();
    assert!(text.contains(": reverted in block ") && text.ends_with("was paid"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_are_the_node_s_own_words_and_bad_input_says_what_is_wanted() {
    let world = World::start(1).await;
    let to = format!("0x{TO}");
    world.good(&format!("tx send --account 0 --to {to} --value 1")).await;
    let gone = format!(
        "http://{}",
        std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    );
    let unknown = format!("0x{}", "01".repeat(32));
    for (words, code, line) in [
        (
            format!("tx send --account 0 --to {to} --nonce 0 --gas-limit 21000"),
            42,
            "error: nonce too low: next nonce 1, tx nonce 0".to_owned(),
        ),
        (
            format!("tx send --account 0 --to {to} --gas-limit 20999"),
            42,
            "error: intrinsic gas too low: gas 20999, minimum needed 21000".to_owned(),
        ),
        (
            format!("tx send --account 9 --to {to}"),
            2,
            "error: --account: got 9, the network has 9 funded accounts, from 0".to_owned(),
        ),
        (
            format!("tx send --to {to}"),
            2,
            "error: --from: missing, wants a key file, or --account N on a development network".to_owned(),
        ),
        (
            format!("tx send --account 0 --to {to} --rpc https://127.0.0.1"),
            2,
            "error: --rpc: got \"https://127.0.0.1\", wants http://HOST:PORT, such as http://127.0.0.1:8545".to_owned(),
        ),
        (
            format!("tx receipt {unknown}"),
            42,
            format!("error: {unknown}: no block and no pool of this node has it"),
        ),
        (
            format!("tx receipt {unknown} --wait --within 100ms"),
            41,
            format!("error: {unknown}: in no block within 100ms; `troupe tx receipt --wait` looks again"),
        ),
        (
            format!("tx receipt {unknown} --rpc {gone}"),
            40,
            format!("error: {gone}: Connection refused (os error 111)"),
        ),
        (format!("status --rpc {gone}"), 40, format!("error: {gone}: Connection refused (os error 111)")),
    ] {
        world.bad(&words, code, &line).await;
    }
    let output = world.run(&format!("tx send --account 0 --to {to} --value 1ETH")).await;
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("unknown unit \"ETH\", known are von, gvon and LAT"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_of_both_kinds_comes_into_blocks_whole() {
    let world = World::start(1).await;
    for kind in ["ecdsa", "sr25519"] {
        let words = format!("load --txs 900 --senders 40 --kind {kind} --connections 3");
        let shown = world.json(&words).await;
        assert_eq!((shown["committed"].as_u64(), shown["missing"].as_u64()), (Some(900), Some(0)));
        assert_eq!(shown["refused"], json!({}), "{shown}");
        assert!(shown["rate"].as_f64().unwrap() > 0.0);
        assert!(shown["latency_ms"]["p99"].as_f64() >= shown["latency_ms"]["p50"].as_f64());
        assert!(shown["processor_ms"]["mean"].as_f64().unwrap() > 0.0);
    }
    // The accounts have their money and their nonces go on.
    let paced = world.good("load --txs 60 --senders 40 --rate 400").await;
    assert!(paced.contains("committed  60 in "), "{paced}");
    let one = world.json("load --txs 3 --one").await;
    assert!(one["latency_ms"]["p50"].as_f64().unwrap() > 0.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_whose_accounts_have_no_money_says_whose() {
    let world = World::start(1).await;
    let words = format!("load --txs 10 --senders 2 --dir none --rpc {}", world.url(0));
    let output = world.run(&words).await;
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(42));
    assert!(error.contains("lacks 0.105"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_status_tells_of_the_chain_and_whether_nodes_agree() {
    let world = World::start(2).await;
    let (first, second) = (world.url(0), world.url(1));
    let shown = world.json(&format!("status --rpc {first} --rpc {second}")).await;
    assert_eq!(shown["chain"]["chain_id"], common::backend::CHAIN_ID);
    assert_eq!(shown["chain"]["agree"], true);
    // One of the two gets a transaction, so that they differ from then on.
    world.good(&format!("tx send --account 0 --to 0x{TO} --rpc {first}")).await;
    tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            let shown = world.good(&format!("status --rpc {first} --rpc {second}")).await;
            if shown.contains("2 nodes DISAGREE about block ") {
                return;
            }
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_signed_offline_is_handed_in_later() {
    let world = World::start(1).await;
    let to = TO.to_bech32();
    let words = format!("tx send --account 0 --to {to} --value 2LAT --offline");
    for flag in ["--max-fee", "--chain-id", "--nonce", "--gas-limit"] {
        let all = [
            ("--max-fee", "5gvon".to_owned()),
            ("--chain-id", common::backend::CHAIN_ID.to_string()),
            ("--nonce", "0".to_owned()),
            ("--gas-limit", "21000".to_owned()),
        ];
        let others = all.iter().filter(|(name, _)| *name != flag);
        let others: String = others.map(|(name, value)| format!(" {name} {value}")).collect();
        let line = format!("error: {flag}: missing, --offline wants it");
        world.bad(&format!("{words}{others}"), 2, &line).await;
    }
    let chain = common::backend::CHAIN_ID;
    let words = format!("{words} --chain-id {chain} --nonce 0 --gas-limit 21000 --max-fee 5gvon");
    let signed = world.json(&words).await;
    assert_eq!((&signed["status"], &signed["nonce"]), (&json!("signed"), &json!(0)));
    let raw = signed["raw"].as_str().unwrap();
    fs::write(world.folder.path().join("signed.hex"), raw).unwrap();
    let sent = world.json("tx submit signed.hex").await;
    assert_eq!((&sent["hash"], &sent["status"]), (&signed["hash"], &json!("success")));
    assert_eq!(sent["value"], "2000000000000000000");
    world.bad("tx submit 0x02", 2, "error: TRANSACTION: rlp: the bytes end too early").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_chain_without_an_economy_nothing_is_sent_to_its_contracts() {
    let world = World::start(1).await;
    let node = "ab".repeat(32);
    let line = format!(
        "error: {}: no contract of an economy answers at 0x1000000000000000000000000000000000000002",
        world.url(0)
    );
    world.bad(&format!("stake delegate {node} 10LAT --account 0"), 42, &line).await;
    world.bad(&format!("gov vote {node} yes --lock 10LAT --account 0"), 42, &line).await;
    world.bad("stake list", 42, &line).await;
    let status =
        world.json(&format!("tx send --account 0 --to {} --value 1", TO.to_bech32())).await;
    assert_eq!(status["status"], "success");
    assert_eq!(status["receipt"]["transactionIndex"], "0x0", "the first of the account");
}
