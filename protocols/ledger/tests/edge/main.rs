//! Ring 2 at the edge between two epochs of a chain whose stakes elect the validators: real machines, real ledgers,
//! real state; a network and a disk that do their worst.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

#[path = "../common/mod.rs"]
mod common;
mod crashes;
mod host;
mod offences;
mod partitions;
mod reading;
mod scene;
mod trap;
mod verdict;

use scene::Scene;

/// Tells stories by number, and says of all that go wrong which they are.
fn tell(seeds: std::ops::Range<u64>, story: impl Fn(u64) -> Result<(), String>) {
    let failures: Vec<String> = seeds
        .filter_map(|seed| story(seed).err().map(|why| format!("seed {seed}: {why}")))
        .collect();
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// A chain of its own for each seed, so that others are elected in another order.
fn scene(seed: u64) -> Scene {
    let genesis = common::economy::staked(6);
    let chain_id = genesis.chain_id + seed;
    Scene::new(troupe_chain::Genesis { chain_id, ..genesis }, 6, seed)
}
