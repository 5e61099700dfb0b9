//! Rows of two owners matched on simulated networks: virtual time, seeded delays, crashes, partners that cheat.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is a failed test")]

mod catalogue;
mod cheats;
mod common;
mod honest;
