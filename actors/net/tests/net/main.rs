//! Processes that talk over real QUIC on loopback, and peers that misbehave.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod asks;
mod bulk;
mod closing;
mod hello;
mod hostile;
mod lines;
mod proof;
mod raw;
mod relay;
mod tells;
mod world;
