//! Ring 3: a disk that runs full under a validator.

use crate::network::{Network, TROUPE, until};
use crate::wallet::{height, receipt, settle};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use troupe_types::Address;

/// A chain of its own.
const ALONE: &[&str] = &["--validators", "1", "--data", "0", "--compute", "0"];

/// Puts a node's folder on a small disk that only the node sees, runs it there, fills the disk when it is
/// told to, notes how the node ended, gives the space back, and runs it again.
const SCRIPT: &str = r#"
set -eu
cp -a "$HOME_OF_NODE" "$OUTSIDE/copy"
mount -t tmpfs -o size=48m none "$HOME_OF_NODE"
cp -a "$OUTSIDE/copy/." "$HOME_OF_NODE/"
"$TROUPE" node --manifest "$HOME_OF_NODE/node.toml" --password-file "$PASSWORD" &
node=$!
while [ ! -e "$OUTSIDE/fill" ]; do sleep 0.02; done
dd if=/dev/zero of="$HOME_OF_NODE/filler" bs=64k 2>/dev/null || true
code=0
wait $node || code=$?
echo $code > "$OUTSIDE/code.new"
mv "$OUTSIDE/code.new" "$OUTSIDE/code"
rm "$HOME_OF_NODE/filler"
exec "$TROUPE" node --manifest "$HOME_OF_NODE/node.toml" --password-file "$PASSWORD" --stop-with-stdin
"#;

fn run(network: &Network, outside: &Path) -> Child {
    Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", SCRIPT])
        .env("HOME_OF_NODE", network.dir.join("validator-1"))
        .env("OUTSIDE", outside)
        .env("TROUPE", TROUPE)
        .env("PASSWORD", network.dir.join("password"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(fs::File::create(outside.join("log")).expect("a log file"))
        .spawn()
        .expect("unshare runs")
}

#[test]
#[ignore = "mounts a disk: cargo test --release -p troupe --test process -- --ignored full_disk"]
fn a_full_disk_stops_a_validator_with_its_own_exit_code_and_nothing_is_lost() {
    let mut network = Network::start_with(ALONE);
    let (urls, account) = (network.rpc(), network.accounts().swap_remove(0));
    assert_eq!(network.end().code(), Some(0));
    let outside = tempfile::tempdir().expect("a folder");
    let mut child = run(&network, outside.path());
    until("it makes blocks", || height(&urls[0]).filter(|height| *height > 0));
    let mut told = Vec::new();
    let mut nonce = 0;
    let mut send = |told: &mut Vec<(String, String)>| {
        let (envelope, hash) = account.transfer(nonce, Address([9; 20]));
        let receipt = settle(&urls, &envelope, &hash, 0);
        let block = receipt["blockHash"].as_str().expect("a block").to_owned();
        told.push((hash, block));
        nonce += 1;
    };
    for _ in 0..5 {
        send(&mut told);
    }
    fs::write(outside.path().join("fill"), "").expect("a file");
    let code = until("the node has ended", || fs::read_to_string(outside.path().join("code")).ok());
    let log = fs::read_to_string(outside.path().join("log")).unwrap_or_default();
    assert_eq!(code.trim(), "22", "{log}");
    assert!(log.contains("No space left"), "{log}");
    until("it runs again", || height(&urls[0]));
    for (hash, block) in &told {
        let found = until("a receipt is there", || receipt(&urls[0], hash));
        assert_eq!(found["blockHash"].as_str(), Some(block.as_str()));
    }
    send(&mut told);
    drop(child.stdin.take());
    assert!(child.wait().expect("our own child").success());
}
