//! Nodes that break the rules on purpose, each a named type, and the promise that holds against it.
//!
//! An adversary sits between an honest node and the network (`troupe_runtime::sim::Adversary`). The
//! network authenticates, so it speaks in its own name only; otherwise it may say anything.

mod flooder;
mod garbler;
mod impersonator;
#[path = "../sim/kit/mod.rs"]
#[expect(dead_code, unused_imports, reason = "shared with another test, which uses the rest")]
mod kit;
mod victim;
mod withholder;
