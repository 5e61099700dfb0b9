//! Ring 3: a validator whose key for votes is in a process of its own, which is killed, contradicted and moved.

use crate::network::{Network, TROUPE, signal, until};
use crate::wallet::{Account, ask, receipt, settle};
use serde_json::{Value, json};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use troupe_consensus::{Kind, Place, PublicKey, Statement};
use troupe_net::Identity;
use troupe_signer::{Failure, Refusal, Remote};
use troupe_types::{Address, Hash, Height, NodeId};

const CHAIN_ONLY: &[&str] = &["--validators", "4", "--data", "0", "--compute", "0"];
/// The validator that has no key of its own after a while.
const ASKS: &str = "validator-4";
/// One without which the others are a quorum only together with that one.
const OTHER: &str = "validator-3";

fn troupe(words: &[&str]) -> Output {
    Command::new(TROUPE).args(["--output", "json"]).args(words).output().expect("the program runs")
}

fn good(words: &[&str]) -> Value {
    let output = troupe(words);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{words:?}: {errors}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// A signer and all that it is started from.
struct Signer {
    folder: PathBuf,
    password: PathBuf,
    address: String,
    /// The name of its own key.
    id: NodeId,
    vote_key: [u8; 48],
    allow: String,
    process: Option<Child>,
}

impl Signer {
    /// Keys and a free port, for a validator of a network and somebody else.
    fn prepare(network: &Network, tester: &Identity) -> Self {
        let (folder, password) = (network.dir.join("signer"), network.dir.join("password"));
        fs::create_dir(&folder).expect("a folder");
        let key = network.dir.join(ASKS).join("validator-key.json");
        fs::copy(key, folder.join("votes.json")).expect("copied");
        let own = folder.join("own.json");
        let made = good(&[
            "key",
            "new",
            "--kind",
            "certificate",
            "--cost",
            "light",
            "--file",
            text(&own),
            "--password-file",
            text(&password),
        ]);
        let id = made["node_id"].as_str().expect("a node id").parse().expect("a node id");
        let votes = folder.join("votes.json");
        let shown = ["key", "show", "--verify", text(&votes), "--password-file", text(&password)];
        let shown = good(&shown);
        let digits = shown["public_key"].as_str().expect("a public key").trim_start_matches("0x");
        let vote_key = hex::decode(digits).expect("hexadecimal").try_into().expect("48 bytes");
        let node = network.node(ASKS)["node_id"].as_str().expect("a node id").to_owned();
        let port = TcpListener::bind("127.0.0.1:0").expect("a socket").local_addr();
        let address = port.expect("an address").to_string();
        let allow = format!("{node},{}", tester.id());
        Self { folder, password, address, id, vote_key, allow, process: None }
    }

    fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(TROUPE);
        let flag = |command: &mut Command, name: &str, path: &Path| {
            command.arg(name).arg(path);
        };
        command.args(["--output", "json", "signer", "--listen", &self.address]);
        command.args(["--allow", &self.allow]);
        flag(&mut command, "--key", &self.folder.join("votes.json"));
        flag(&mut command, "--node-key", &self.folder.join("own.json"));
        flag(&mut command, "--dir", folder);
        flag(&mut command, "--password-file", &self.password);
        command
    }

    fn start(&mut self, folder: &str) {
        let log = fs::File::options().create(true).append(true).open(self.folder.join("log"));
        let mut command = self.command(&self.folder.join(folder));
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped());
        self.process = Some(command.stderr(log.expect("a log")).spawn().expect("it starts"));
    }

    fn kill(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.kill().expect("our own child");
        process.wait().expect("our own child");
    }

    /// Asks it to end; what it said then.
    fn end(&mut self) -> Output {
        let process = self.process.take().expect("it runs");
        signal(process.id().into(), "TERM");
        process.wait_with_output().expect("our own child")
    }

    /// The other end, for somebody with this key.
    fn remote(&self, identity: &Identity) -> Remote {
        let key = PublicKey(self.vote_key);
        Remote::new(self.address.clone(), self.id, key, identity).expect("keys")
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// A vote from long ago, for a block that nobody made.
fn old_vote() -> Statement {
    Statement {
        kind: Kind::Vote,
        place: Place::new(1, 0),
        height: Height(1),
        index: 0,
        hash: Hash([0xee; 32]),
        certified: None,
    }
}

fn sign(remote: &Remote, chain: Hash) -> Failure {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let signed = runtime.expect("a runtime").block_on(remote.sign(chain, &old_vote()));
    signed.expect_err("nothing from long ago is signed")
}

/// How often the signer signed for the node, since that was started.
fn signed(network: &Network) -> Option<f64> {
    let page = network.metrics(ASKS)?;
    let line = "troupe_signer_calls_total{outcome=\"signed\"} ";
    page.lines().find_map(|found| found.strip_prefix(line)?.parse().ok())
}

struct Payer {
    account: Account,
    urls: Vec<String>,
    next: u64,
}

impl Payer {
    /// A transfer that becomes final.
    fn pay(&mut self) -> String {
        let (envelope, hash) = self.account.transfer(self.next, Address([9; 20]));
        settle(&self.urls[..1], &envelope, &hash, 0);
        self.next += 1;
        hash
    }
}

/// Puts a signer in the place of a node's key, in its manifest.
fn ask_instead(network: &Network, signer: &Signer) {
    let file = network.dir.join(ASKS).join("node.toml");
    let manifest = fs::read_to_string(&file).expect("a manifest");
    let (address, id) = (&signer.address, signer.id);
    let asks = format!(
        "signer = \"https://{address}\"\nsigner_id = \"{id}\"\nvote_key = \"{}\"",
        hex::encode(signer.vote_key)
    );
    let key = manifest
        .lines()
        .find(|line| line.split('=').next().is_some_and(|key| key.trim() == "key"))
        .expect("a key")
        .to_owned();
    fs::write(&file, manifest.replace(&key, &asks)).expect("written");
    let checked = good(&["node", "check", text(&file)]);
    assert!(checked.is_object(), "{checked}");
}

#[test]
fn a_validator_votes_by_a_signer_that_is_killed_comes_back_and_signs_nothing_twice() {
    let network = Network::start_with(CHAIN_ONLY);
    let identity = || Identity::generate().expect("a key");
    let (tester, stranger) = (identity(), identity());
    let mut payer =
        Payer { account: network.accounts().swap_remove(0), urls: network.rpc(), next: 0 };
    payer.pay();
    let mut signer = Signer::prepare(&network, &tester);
    ask_instead(&network, &signer);
    signer.start("book");
    network.back(ASKS, network.kill(ASKS));
    until("the signer is asked", || signed(&network).filter(|times| *times > 0.0));

    // The chain needs its votes.
    let other = network.node(OTHER)["pid"].as_u64().expect("a process id");
    signal(other, "STOP");
    payer.pay();

    // Without a signer the node follows: three others are a quorum.
    signer.kill();
    signal(other, "CONT");
    let seen = payer.pay();
    let url = network.node(ASKS)["rpc"].as_str().expect("it serves clients").to_owned();
    until("the node follows", || receipt(&url, &seen));

    // With the signer it votes again.
    signal(other, "STOP");
    signer.start("book");
    payer.pay();

    // Whoever may ask gets nothing that contradicts, and hears what stands against it.
    let genesis = ask(&payer.urls[0], "eth_getBlockByNumber", json!(["0x0", false]));
    let genesis = genesis.and_then(Result::ok).expect("the first block")["hash"].clone();
    let chain: Hash = genesis.as_str().expect("a hash").parse().expect("a hash");
    let last = match sign(&signer.remote(&tester), chain) {
        Failure::Refused(Refusal::NotLater(last)) => last,
        other => panic!("{other}"),
    };
    assert!(last.place > Place::new(1, 0) && last.height > Height(1), "{last:?}");
    let other_chain = sign(&signer.remote(&tester), Hash([1; 32]));
    assert_eq!(other_chain, Failure::Refused(Refusal::OtherChain { got: chain }));
    // Whoever may not ask is not heard.
    let unheard = sign(&signer.remote(&stranger), chain);
    assert!(matches!(unheard, Failure::Unreachable(_)), "{unheard}");

    // Nobody else uses its folder, and it ends when it is told to.
    let second = signer.command(&signer.folder.join("book")).output().expect("it runs");
    assert_eq!(second.status.code(), Some(20), "{}", String::from_utf8_lossy(&second.stderr));
    let ended = signer.end();
    assert_eq!(ended.status.code(), Some(0));
    let said: Value = serde_json::from_slice(&ended.stdout).expect("JSON");
    assert_eq!(said, json!({ "stopped": true }));

    // It moves to another folder, with what it signed.
    let (old, new) = (signer.folder.join("book"), signer.folder.join("moved"));
    let history = signer.folder.join("history.json");
    let words = ["key", "history", "export", text(&history), "--signer-dir", text(&old)];
    assert_eq!(good(&words)["keys"], 1);
    let words = ["key", "history", "import", text(&history), "--signer-dir", text(&new)];
    let imported = good(&words);
    assert!(imported["raised"].as_u64().is_some_and(|raised| raised >= 1), "{imported}");
    signer.start("moved");
    payer.pay();
    let again = sign(&signer.remote(&tester), chain);
    assert!(matches!(again, Failure::Refused(Refusal::NotLater(_))), "{again}");

    // A damaged history is not gone on with.
    assert!(signer.end().status.success());
    let file = new.join("signed");
    let mut bytes = fs::read(&file).expect("what was signed");
    bytes[20] ^= 1;
    fs::write(&file, bytes).expect("written");
    let damaged = signer.command(&new).output().expect("it runs");
    assert_eq!(damaged.status.code(), Some(22), "{}", String::from_utf8_lossy(&damaged.stderr));
    signal(other, "CONT");
}
