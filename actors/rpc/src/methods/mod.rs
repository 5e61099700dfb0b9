//! The methods.

mod account;
mod blocks;
mod call;
mod chain;
mod estimate;
mod fees;
mod filter;
mod logs;
mod pool;
mod table;
mod transactions;

pub(crate) use filter::Filter;
pub(crate) use logs::matching;
pub(crate) use table::{is_sending, label, register};
