//! A chain in memory, whose blocks are made when a test says so, and clients over real sockets.
#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::unwrap_used,
    missing_debug_implementations,
    reason = "each test uses its part, and a test may panic"
)]

mod agreed;
pub mod backend;
pub mod client;

pub use agreed::{evidence, proof, snapshot};
pub use backend::{CONTRACT, Memory, account, secret};
pub use client::{Http, Socket};

use std::net::SocketAddr;
use std::sync::Arc;
use troupe_rpc::{Server, Settings};

pub fn settings() -> Settings {
    Settings { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..Settings::default() }
}

/// A server with these settings before a new chain.
pub async fn serve(settings: Settings) -> (Server, Arc<Memory>) {
    let memory = Arc::new(Memory::new());
    let server = Server::start(Arc::clone(&memory) as _, settings).await.unwrap();
    (server, memory)
}
