//! Ring 3: who has no node of its own stakes, delegates, earns, proposes and votes, all by the command line.

use crate::network::{Network, TROUPE, until};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Rounds of twelve blocks and settlement epochs of as many; the validators of the beginning are all that may be elected.
const NETWORK: &str = r#"
version = 1
chain_id = 1120260
gas_limit = 100_800_000
base_fee = "1 gvon"
base_fee_floor = "1 gvon"
blocks_per_view = 3
election_distance = 6

[staking]
seats = 4
stake = "200000 LAT"
pool = "1000000 LAT"
epoch = "3s"
cycle = "1h"
voting = "12s"
weighing = "votes"
producers = 50
developers = "0x00000000000000000000000000000000000000d0"
foundation = "0x00000000000000000000000000000000000000d1"
foundation_from = 10

[staking.params]
maxValidators = "4"
zeroProduceNumberThreshold = "20"
rewardPerChangeInterval = "2"
unDelegateFreezeDuration = "2"
"#;

const LAT: u128 = 1_000_000_000_000_000_000;

/// A network whose validators have stakes, and a folder for keys.
struct Stage {
    network: Network,
    home: tempfile::TempDir,
}

impl Stage {
    fn start() -> Self {
        let home = tempfile::tempdir().expect("a temporary directory");
        let file = home.path().join("network.toml");
        fs::write(&file, NETWORK).expect("a network file");
        let file = file.to_str().expect("a plain path").to_owned();
        let flags = ["--validators", "4", "--data", "0", "--compute", "0", "--network", &file];
        let password = home.path().join("password");
        fs::write(&password, "correct horse").expect("a password file");
        fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).expect("private");
        Self { network: Network::start_with(&flags), home }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn run(&self, words: &str) -> (i32, Value) {
        let words: Vec<&str> = words.split_whitespace().collect();
        let output = self.network.command(&words).output().expect("the program runs");
        let code = output.status.code().expect("it ends by itself");
        let text = if code == 0 { &output.stdout } else { &output.stderr };
        let json = serde_json::from_slice(text);
        let shown = String::from_utf8_lossy(text);
        (code, json.unwrap_or_else(|error| panic!("{words:?}: {error}: {shown}")))
    }

    fn good(&self, words: &str) -> Value {
        let (code, json) = self.run(words);
        assert_eq!(code, 0, "{words}: {json:#}");
        json
    }

    /// What is refused, and by which exit code.
    fn bad(&self, words: &str, want: i32) -> Value {
        let (code, json) = self.run(words);
        assert_eq!(code, want, "{words}: {json:#}");
        json["error"].clone()
    }

    /// A key of the folder, made with its password.
    fn key(&self, kind: &str, name: &str) -> PathBuf {
        let path = self.path(name);
        let made = Command::new(TROUPE)
            .args(["key", "new", "--kind", kind, "--cost", "light", "--file"])
            .arg(&path)
            .arg("--password-file")
            .arg(self.path("password"))
            .output();
        assert!(made.expect("the program runs").status.success());
        path
    }

    /// The account of a validator of the beginning, which has staked for it, as flags.
    fn founder(&self, number: usize) -> String {
        let dir = &self.network.dir;
        let key = dir.join(format!("validator-{number}")).join("account.json");
        format!("--from {} --password-file {}", key.display(), dir.join("password").display())
    }

    fn node(&self, number: usize) -> String {
        let node = self.network.node(&format!("validator-{number}"));
        format!("0x{}", node["node_id"].as_str().expect("a node id"))
    }

    fn account(&self, number: usize) -> String {
        let record = self.network.record();
        record["accounts"][number]["address"].as_str().expect("an address").to_owned()
    }

    /// Money for gas.
    fn fund(&self, number: usize) {
        let key = self.network.dir.join(format!("validator-{number}")).join("account.json");
        let key: Value = serde_json::from_slice(&fs::read(key).expect("a key file")).expect("JSON");
        let address = key["address"].as_str().expect("an address").trim_start_matches("0x");
        self.good(&format!("tx send --account 9 --to 0x{address} --value 100LAT"));
    }

    fn epoch(&self) -> u64 {
        self.good("stake list")["epoch"].as_u64().expect("an epoch")
    }
}

fn amount(json: &Value) -> u128 {
    json.as_str().and_then(|digits| digits.parse().ok()).expect("an amount")
}

fn flags(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

#[test]
fn a_stranger_stakes_delegates_and_earns_by_the_command_line() {
    let stage = Stage::start();
    let list = stage.good("stake list --who validators");
    assert_eq!((&list["total"], &list["candidates"][0]["seat"]), (&json!(4), &json!("validator")));

    // A fifth candidate, by a registration that its own keys signed.
    let (node_key, votes) =
        (stage.key("certificate", "node.json"), stage.key("validator", "votes.json"));
    let (node_key, votes) = (flags(&node_key), flags(&votes));
    let password = stage.path("password");
    let keys = format!(
        "--node-key {node_key} --validator-key {votes} --password-file {}",
        password.display()
    );
    let create = format!(
        "stake create --account 0 {keys} --name alice --website https://a.example --share 20"
    );
    let refused = stage.bad(&format!("{create} --amount 99999LAT"), 42);
    assert_eq!(refused["refusal"]["code"], 301_100);
    assert_eq!(refused["refusal"]["name"], "stake-too-low");
    let text = refused["reasons"][0]["text"].as_str().expect("a reason");
    assert_eq!(text, "301100 stake-too-low: a stake of 99999 LAT, wanted are 100000 LAT");
    let tried = stage.good(&format!("{create} --amount 100000LAT --dry-run"));
    assert_eq!((&tried["dry_run"], &tried["gives"]["candidate"]), (&json!(true), &json!(5)));
    let created = stage.good(&format!("{create} --amount 100000LAT"));
    assert_eq!(
        (&created["status"], &created["events"][0]["event"]),
        (&json!("success"), &json!("created"))
    );
    assert!(created["gas_used"].as_u64() <= tried["gas"].as_u64(), "{created} {tried}");
    let node = created["events"][0]["node"].as_str().expect("a node").to_owned();
    let info = stage.good(&format!("stake info {node}"));
    assert_eq!(
        (&info["name"], &info["share"], &info["seat"]),
        (&json!("alice"), &json!(2_000), &json!("candidate"))
    );
    assert_eq!(amount(&info["fresh_stake"]["free"]), 100_000 * LAT);
    let again = stage.bad(&format!("{create} --amount 100000LAT"), 42);
    assert_eq!(again["refusal"]["name"], "candidate-exists");

    // It changes what it says; what is not given stays. It stakes more, by restricting plans and the balance.
    stage.good(&format!("stake edit {node} --account 0 --details hello"));
    let me = stage.account(0);
    stage.good(&format!("stake plan create {me} --release 50=400LAT --account 1"));
    let plan = stage.good(&format!("stake plan show {me}"));
    assert_eq!(amount(&plan["balance"]), 400 * LAT);
    let more = stage.good(&format!("stake increase {node} 1000LAT --source mixed --account 0"));
    assert_eq!(amount(&more["value"]), 600 * LAT);
    assert_eq!(amount(&more["events"][0]["restricted"]), 400 * LAT);
    let info = stage.good(&format!("stake info {node}"));
    assert_eq!(
        (&info["website"], &info["details"]),
        (&json!("https://a.example"), &json!("hello"))
    );
    let ranked = stage.good("stake list --size 1 --page 5");
    assert_eq!(
        (&ranked["candidates"][0]["node"], &ranked["candidates"][0]["rank"]),
        (&json!(node), &json!(5))
    );

    // It never served, so all of it goes back at once, and the plan has its part again.
    let left = stage.good(&format!("stake withdraw {node} --account 0"));
    assert_eq!(amount(&left["events"][0]["free"]), 100_600 * LAT);
    assert_eq!(
        stage.bad(&format!("stake info {node}"), 42)["refusal"]["name"],
        "candidate-not-found"
    );
    assert_eq!(amount(&stage.good(&format!("stake plan show {me}"))["staked"]), 0);

    // A validator shares what it earns, and a delegator is paid.
    stage.fund(1);
    let (first, founder) = (stage.node(1), stage.founder(1));
    until("a share may be changed", || (stage.epoch() > 2).then_some(()));
    stage.good(&format!("stake edit {first} {founder} --share 5"));
    let low = stage.bad(&format!("stake delegate {first} 5LAT --account 2"), 42);
    assert_eq!(low["refusal"]["name"], "delegation-too-low");
    stage.good(&format!("stake delegate {first} 50000LAT --account 2"));
    let who = stage.account(2);
    let earned = until("something was earned", || {
        let told = stage.good(&format!("stake rewards {who}"));
        Some(amount(&told["claimable"])).filter(|earned| *earned > 0)
    });
    let claimed = stage.good("stake claim --account 2");
    assert!(amount(&claimed["events"][0]["amount"]) >= earned, "{claimed}");
    let back = stage.good(&format!("stake undelegate {first} all --account 2"));
    let event = &back["events"][0];
    assert_eq!(amount(&event["locked_free"]), 50_000 * LAT);
    let end = event["until"].as_u64().expect("an epoch");
    let told = stage.good(&format!("stake rewards {who}"));
    assert_eq!(
        (&told["locks"][0]["until"], told["delegations"].as_array().map(Vec::len)),
        (&json!(end), Some(0))
    );
    until("the lock is over", || (stage.epoch() >= end).then_some(()));
    let paid = stage.good("stake redeem --account 2");
    assert_eq!(amount(&paid["events"][0]["free"]), 50_000 * LAT);
}

#[test]
fn a_proposal_is_made_voted_through_and_seen_in_force_by_the_command_line() {
    let stage = Stage::start();
    (1..=4).for_each(|number| stage.fund(number));
    let (first, founder) = (stage.node(1), stage.founder(1));
    let submit = |value: &str, pip: &str| {
        format!(
            "gov submit parameter {first} staking/operatingThreshold {value} --pip {pip} {founder}"
        )
    };
    let refused = stage.bad(&submit("9LAT", "PIP-1"), 42);
    assert_eq!(refused["refusal"]["name"], "bad-parameter-value");
    let made = stage.good(&submit("20LAT", "PIP-1"));
    let proposal = made["events"][0]["proposal"].as_str().expect("a proposal").to_owned();
    assert_eq!(made["hash"], json!(proposal));
    for number in 1..=4 {
        let (node, founder) = (stage.node(number), stage.founder(number));
        stage.good(&format!("gov vote {proposal} yes --node {node} {founder}"));
    }
    let voted = stage.bad(&format!("gov vote {proposal} no --node {first} {founder}"), 42);
    assert_eq!(voted["refusal"]["name"], "voted-already");
    // Who holds LAT votes with what he locks, and has it back when it is over.
    stage.good(&format!("gov vote {proposal} no --lock 1000LAT --account 3"));
    let open = stage.bad(&format!("gov unlock {proposal} --account 3"), 42);
    assert_eq!(open["refusal"]["name"], "proposal-open");
    let holder = stage.account(3);
    let shown = stage.good(&format!("gov show {proposal} --holder {holder} --node {first}"));
    assert_eq!((&shown["holder_voted"], &shown["node_voted"]), (&json!("no"), &json!("yes")));
    assert_eq!(amount(&shown["no"]), 1_000 * LAT);
    assert_eq!(amount(&stage.good(&format!("gov tally {proposal}"))["yes"]), 800_000 * LAT);
    until("the vote is over", || {
        (stage.good(&format!("gov show {proposal}"))["state"] != "voting").then_some(())
    });
    let list = stage.good("gov list");
    assert_eq!(
        (&list["proposals"][0]["state"], &list["version"]),
        (&json!("accepted"), &json!("1.0.0"))
    );
    let params = stage.good("gov params staking");
    let all = params["params"].as_array().expect("parameters");
    let changed = all.iter().find(|one| one["parameter"] == "staking/operatingThreshold");
    let changed = changed.expect("it is listed");
    assert_eq!((amount(&changed["value"]), &changed["changed_by"]), (20 * LAT, &json!(proposal)));
    let low = stage.bad(&format!("stake delegate {first} 19LAT --account 2"), 42);
    assert_eq!(low["refusal"]["name"], "delegation-too-low");
    let unlocked = stage.good(&format!("gov unlock {proposal} --account 3"));
    assert_eq!(amount(&unlocked["events"][0]["amount"]), 1_000 * LAT);
    stage.good(&format!("gov declare {first} 1.0.1 {founder}"));
    assert_eq!(stage.good(&format!("stake info {first}"))["version"], "1.0.1");

    // A transaction that was signed without any node is handed in later; one that is forced is paid and told.
    let offline = format!(
        "stake delegate {first} 30LAT --account 4 --offline --chain-id 1120260 --nonce 0 --gas-limit 200000 --max-fee 5gvon"
    );
    let raw = stage.good(&offline);
    let sent = stage.good(&format!("tx submit {}", raw["raw"].as_str().expect("its bytes")));
    assert_eq!((&sent["hash"], &sent["status"]), (&raw["hash"], &json!("success")));
    let words = format!("stake delegate {first} 5LAT --account 4 --force --gas-limit 200000");
    let forced = stage.bad(&words, 44);
    assert_eq!(forced["refusal"]["name"], "delegation-too-low");
}
