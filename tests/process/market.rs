//! Ring 3: the compute nodes of a development network have registered on its chain when it is ready.

use crate::network::Network;
use crate::stakes::{latest, told};
use crate::wallet::ask;
use serde_json::json;
use std::collections::BTreeSet;
use troupe_market::call::abi::TaskMarket::{self, getNodesCall};
use troupe_market::contract::TASKS;

const LAT: u128 = 1_000_000_000_000_000_000;

fn registered(url: &str) -> Vec<TaskMarket::Node> {
    let asked = getNodesCall { afterId: 0, count: 64 };
    told(url, TASKS, &asked, &latest()).expect("a validator answers")
}

#[test]
fn compute_nodes_are_on_the_chain_when_the_network_is_ready_and_once() {
    let flags = ["--validators", "2", "--data", "2", "--compute", "3"];
    let network = Network::start_with(&flags);
    let url = network.rpc()[0].clone();
    let found = registered(&url);
    let names = ["compute-1", "compute-2", "compute-3"].map(|name| network.node(name));
    let text = |name: &serde_json::Value, key: &str| name[key].as_str().expect("a text").to_owned();
    let ids: BTreeSet<String> = found.iter().map(|node| hex::encode(node.node)).collect();
    assert_eq!(ids, names.each_ref().map(|name| text(name, "node_id")).into());
    let accounts: BTreeSet<String> = found.iter().map(|node| node.account.to_string()).collect();
    assert_eq!(accounts, names.each_ref().map(|name| text(name, "account")).into());
    assert!(found.iter().all(|node| node.stake == 1_000 * LAT && node.leftAt == 0));

    // Data nodes have something for fees, and have spent nothing: they offer their data when they are told to.
    for name in ["data-1", "data-2"] {
        let account = text(&network.node(name), "account");
        let answer = ask(&url, "eth_getBalance", json!([account, "latest"]));
        let balance = answer.expect("it answers").expect("a balance");
        assert_eq!(balance, format!("{:#x}", 100 * LAT));
    }
    // Whoever comes back is still registered, and does not do it again.
    let old = network.kill("compute-2");
    network.back("compute-2", old);
    assert_eq!(registered(&url).len(), 3);
    assert!(network.log("compute-2").contains("in the market"));
    assert!(network.terminate().success());
}
