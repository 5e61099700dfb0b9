//! The real actors on simulated networks: virtual time, seeded delays, crashes. No test sleeps.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is a failed test")]

mod chain;
mod common;
mod computation;
mod directory;
mod handed;
mod joined;
mod kept;
mod matched;
mod settled;
mod simulation;
mod wary;
mod withheld;
