//! The methods.

mod access_list;
mod account;
mod asked;
mod blocks;
mod call;
mod chain;
mod config;
mod consensus;
mod debug;
mod estimate;
mod explorer;
mod fees;
mod fill;
mod filter;
mod logs;
mod operator;
mod polls;
mod pool;
mod replay;
mod simulate;
mod table;
mod transactions;

pub use asked::{Asked, Fees};
pub use filter::Filter;
pub(crate) use operator::register_operator;
pub(crate) use polls::Polls;
pub(crate) use table::{PLATON, is_sending, is_subscribing, label, register};
