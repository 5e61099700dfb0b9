//! Blocks, transactions, receipts and logs in the fields that Ethereum's clients know.

mod block;
mod log;
mod receipt;
#[cfg(test)]
mod sample;
mod transaction;

pub(crate) use block::{block, header};
pub(crate) use log::{LogPlace, log};
pub(crate) use receipt::{receipt, receipts};
pub(crate) use transaction::{Mined, transaction};
