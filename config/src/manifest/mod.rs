//! The manifest of a process: its types, how they are read, checked and written.

mod actor;
mod chain;
mod check;
mod document;
mod group;
mod network;
mod process;
mod settings;
mod signer;
#[cfg(test)]
mod tests;
mod write;

pub use actor::{Actor, Queue};
pub use chain::Chain;
pub use document::{Loaded, Manifest};
pub use group::{Group, Restart};
pub use network::{Metrics, Network, Peer};
pub use process::{Level, Log, LogFormat, Process, Threads};
pub use settings::settings;
pub use signer::Signer;
