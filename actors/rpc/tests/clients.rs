//! Clients that others wrote, unmodified. By hand: `NODE_PATH=<node_modules> cargo test --release -p
//! troupe-rpc --test clients -- --ignored`, where `ethers` (6), `viem` (2) and `web3` (4) are installed.

mod common;

use common::{CONTRACT, serve, settings};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Runs a script before a chain that makes a block whenever something waits.
async fn run(script: &str) {
    let (server, memory) = serve(settings()).await;
    let address = server.address();
    let path = format!("{}/tests/clients/{script}", env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new("node")
        .args([path, format!("{address}"), hex::encode([1; 32]), format!("0x{CONTRACT}")])
        .stdin(Stdio::null())
        .spawn()
        .expect("node is installed");
    let status = loop {
        if let Some(status) = child.try_wait().expect("it is our child") {
            break status;
        }
        memory.make_block();
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert!(status.success(), "{script} failed");
}

#[tokio::test]
#[ignore = "needs node and ethers"]
async fn ethers_works_unmodified() {
    run("ethers.cjs").await;
}

#[tokio::test]
#[ignore = "needs node and viem"]
async fn viem_works_unmodified() {
    run("viem.cjs").await;
}

#[tokio::test]
#[ignore = "needs node and web3"]
async fn web3_works_unmodified() {
    run("web3.cjs").await;
}
