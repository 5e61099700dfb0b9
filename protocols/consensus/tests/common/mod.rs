//! A network of machines in memory, for the tests of this crate.

#![allow(dead_code, reason = "every test target uses another part of it")]

pub(crate) mod adversary;
pub(crate) mod chain;
pub(crate) mod solo;
pub(crate) mod story;
pub(crate) mod world;
