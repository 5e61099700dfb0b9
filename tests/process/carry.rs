//! Ring 3: what a node keeps, looked at and carried to other nodes.

use crate::network::{Network, TROUPE, until};
use crate::wallet::{height, receipt, settle};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use troupe_types::Address;

const CHAIN_ONLY: &[&str] = &["--validators", "4", "--data", "0", "--compute", "0"];

fn troupe(words: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(TROUPE);
    command.args(["--output", "json"]).args(words).arg("--dir").arg(folder);
    command.output().expect("the program runs")
}

fn good(words: &[&str], folder: &Path) -> Value {
    let output = troupe(words, folder);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{words:?}: {errors}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn refused(words: &[&str], folder: &Path, code: i32) -> String {
    let output = troupe(words, folder);
    assert_eq!(output.status.code(), Some(code), "{words:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_running_node_is_checked_and_copied_and_a_snapshot_of_it_becomes_a_node() {
    let mut network = Network::start_with(CHAIN_ONLY);
    let (urls, account) = (network.rpc(), network.accounts().swap_remove(0));
    let pay = |nonce| {
        let (envelope, hash) = account.transfer(nonce, Address([9; 20]));
        settle(&urls, &envelope, &hash, 0);
        hash
    };
    let early = pay(0);
    let text = |path: &Path| path.to_str().expect("a plain path").to_owned();
    let (one, four) = (network.dir.join("validator-1"), network.dir.join("validator-4"));
    let (file, state) = (text(&network.dir.join("blocks")), text(&network.dir.join("state")));

    // Beside the running node.
    let checked = good(&["db", "check"], &one);
    assert_eq!((&checked["good"], &checked["index"]), (&true.into(), &Value::Null));
    until("the transfer is proven to others", || {
        let _ = fs::remove_file(&state);
        let made = good(&["snapshot", "create", &state], &one);
        let block = receipt(&urls[0], &early)?["blockNumber"].as_str()?.to_owned();
        let block = u64::from_str_radix(block.trim_start_matches("0x"), 16).ok()?;
        (made["height"].as_u64()? >= block).then_some(())
    });
    let verified = good(&["snapshot", "verify", &state], &one);
    assert_eq!(verified["root"], info(&state)["root"]);
    assert!(verified["finality"].is_string(), "{verified}");
    let hash = verified["hash"].as_str().expect("a hash").to_owned();
    let (other, restore) = (format!("0x{}", "5f".repeat(32)), ["snapshot", "restore", &state]);
    let restore = |trusted| [&restore[..], &["--trust", trusted]].concat();
    let told = refused(&restore(&other), &four, 24);
    assert!(told.contains("is refused: hash is"), "{told}");
    assert!(refused(&restore(&hash), &four, 20).contains("in use by process"));
    let later = pay(1);
    assert_eq!(network.end().code(), Some(0));

    // While nobody runs: all of it, and into other folders.
    let checked = good(&["db", "check", "--full"], &one);
    assert!(checked["index"]["values"].as_u64().is_some_and(|values| values > 4), "{checked}");
    let told = good(&["db", "info"], &one);
    assert_eq!(told["blocks"]["last"], checked["blocks"]["last"]);
    let exported = good(&["blocks", "export", &file], &one);
    refused(&["blocks", "export", &file], &one, 12);
    let fresh = network.dir.join("fresh");
    fs::create_dir(&fresh).expect("a folder");
    fs::copy(one.join("genesis.toml"), fresh.join("genesis.toml")).expect("copied");
    let imported = good(&["blocks", "import", &file], &fresh);
    assert_eq!(imported["height"], exported["last"]);
    let again = good(&["blocks", "import", &file], &fresh);
    assert_eq!((&again["blocks"], &again["known"]), (&0.into(), &exported["blocks"]));
    good(&["db", "check", "--full"], &fresh);
    assert!(refused(&restore(&hash), &fresh, 42).contains("holds blocks already"));

    // A byte of the log changes: it is told, and stays changed.
    let log = fresh.join("chain/log-0000000001");
    let mut bytes = fs::read(&log).expect("the log");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&log, &bytes).expect("written");
    let told = refused(&["db", "check"], &fresh, 22);
    assert!(told.contains("log-0000000001 is damaged at byte"), "{told}");
    assert!(fs::read(&log).expect("the log") == bytes);

    // One of the nodes begins anew with the snapshot, and follows the others.
    for folder in ["chain", "index"] {
        fs::remove_dir_all(four.join(folder)).expect("removed");
    }
    let restored = good(&restore(&hash), &four);
    assert_eq!(restored["root"], verified["root"]);
    good(&["db", "check"], &four);
    network.begin(CHAIN_ONLY);
    let url = network.node("validator-4")["rpc"].as_str().expect("it serves clients").to_owned();
    until("it has what came later", || receipt(&url, &later));
    until("it is where the others are", || (height(&url)? >= height(&urls[0])?).then_some(()));
    assert!(network.end().success());
    let first = good(&["db", "info"], &four)["blocks"]["first"].clone();
    assert_eq!(first, restored["height"], "it has nothing from before, and says so");
}

fn info(file: &str) -> Value {
    let output = Command::new(TROUPE)
        .args(["--output", "json", "snapshot", "info", file])
        .output()
        .expect("the program runs");
    serde_json::from_slice(&output.stdout).expect("JSON")
}
