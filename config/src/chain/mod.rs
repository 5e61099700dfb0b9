//! `[actor.<kind>] settings` of the actors that keep a chain and answer from it.

mod account;
mod consensus;
mod grpc;
mod light;
mod market;
mod mempool;
mod rpc;
mod storage;

pub use account::AccountSettings;
pub use consensus::ConsensusSettings;
pub use grpc::{GrpcSettings, NodeService};
pub use light::{Checkpoint, LightSettings};
pub use market::MarketSettings;
pub use mempool::MempoolSettings;
pub use rpc::RpcSettings;
pub use storage::{History, StorageSettings};
