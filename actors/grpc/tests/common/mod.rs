//! A server before a chain in memory, and a client that knows only HTTP/2, so that it can be rude.
#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::unwrap_used,
    missing_debug_implementations,
    missing_docs,
    reason = "each test uses its part, and a test may panic"
)]

mod client;
mod host;
#[path = "../../../rpc/tests/common/mod.rs"]
pub mod memory;

pub use client::{Client, Failure, Responses};
pub use host::Process;
pub use memory::{CONTRACT, Http, Memory, account, secret};

use alloy_primitives::{TxKind, U256};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use troupe_chain::transaction::{Transaction, TxEip1559, Unsigned};
use troupe_door::{Metrics, Server, Settings};
use troupe_grpc::{Front, Telling};

/// Everything that a test looks at.
pub struct Served {
    pub server: Server,
    pub address: SocketAddr,
    pub memory: Arc<Memory>,
    pub process: Arc<Process>,
    pub metrics: Metrics,
}

/// A server with these settings before a new chain.
pub fn serve(settings: Settings) -> Served {
    serve_as(settings, Telling::Told)
}

/// The same; whether the node tells of itself is said.
pub fn serve_as(settings: Settings, node: Telling) -> Served {
    let (memory, process) = (Arc::new(Memory::new()), Arc::new(Process::default()));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let metrics = Metrics::of("grpc");
    let front = Front {
        host: Arc::clone(&process) as _,
        node,
        settings,
        asked: troupe_rpc::Settings::default(),
        metrics: metrics.clone(),
    };
    let (server, address) = front.serve(listener, Arc::clone(&memory) as _).unwrap();
    Served { server, address, memory, process, metrics }
}

impl Served {
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub async fn client(&self) -> Client {
        Client::connect(self.address()).await.unwrap()
    }

    /// What was counted: the sum of a metric's samples with all of these words.
    pub fn counted(&self, name: &str, words: &[&str]) -> f64 {
        use prometheus::core::Collector;
        let families = self.metrics.collect();
        let family = families.iter().find(|family| family.name() == name);
        let samples = family.iter().flat_map(|family| family.get_metric());
        let wanted = samples.filter(|sample| {
            let has = |word: &&str| sample.get_label().iter().any(|label| label.value() == *word);
            words.iter().all(has)
        });
        wanted.map(|sample| sample.get_counter().get_value() + sample.get_gauge().get_value()).sum()
    }
}

/// A transfer of money, signed, as it is sent.
pub fn transfer(nonce: u64, value: u64) -> Transaction {
    sent(nonce, [0x77; 20], value)
}

/// A call of the contract in the chain, without data: it leaves a log.
pub fn noisy(nonce: u64) -> Transaction {
    sent(nonce, CONTRACT.0, 0)
}

fn sent(nonce: u64, to: [u8; 20], value: u64) -> Transaction {
    let fields = TxEip1559 {
        chain_id: memory::backend::CHAIN_ID,
        nonce,
        gas_limit: 100_000,
        max_fee_per_gas: 5_000_000_000,
        max_priority_fee_per_gas: 1_000_000_000,
        to: TxKind::Call(to.into()),
        value: U256::from(value),
        ..TxEip1559::default()
    };
    Transaction::sign(Unsigned::DynamicFee(fields), &secret(1)).unwrap()
}
