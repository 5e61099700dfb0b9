//! Worlds of real shells under virtual time: what the simulator promises, and what actors promise in it.
//!
//! `TROUPE_SEED=7 cargo test --release -p troupe-tests --test sim` tells every seeded story with one seed.

mod bulk;
mod crash;
mod determinism;
mod hour;
#[expect(unused_imports, reason = "shared with another test, which uses the rest")]
mod kit;
mod network;
mod process;
mod restart;
mod settle;
mod town;
