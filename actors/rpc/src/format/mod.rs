//! Blocks, transactions, receipts and logs in the fields that Ethereum's clients know.

mod bech32;
mod block;
mod consensus;
mod log;
mod receipt;
#[cfg(test)]
mod sample;
mod transaction;

pub(crate) use bech32::in_bech32;
pub(crate) use block::{block, header};
pub(crate) use consensus::{certificate, evidence, status};
pub use log::{FoundLog, LogPlace};
pub(crate) use log::{log, logs};
pub(crate) use receipt::{receipt, receipts};
pub(crate) use transaction::{Mined, transaction, unsigned};
