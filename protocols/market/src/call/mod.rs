//! What accounts and contracts ask of the market, by Solidity's ABI.
//!
//! Two accounts answer ([`contract`](crate::contract)): data sets and tasks. The interfaces are the files of [`abi`].
//! What is refused reverts with `Refused(code, reason)`: the code stays, the reason says what was asked and what is allowed.
//!
//! Gas is charged before what it pays for is done.

pub mod abi;
mod data;
mod gas;
mod run;
mod tasks;
mod told;
mod view;

pub use run::{call, followed};
pub use tasks::Follows;
pub(crate) use tasks::posted;
pub use told::log_of;
pub(crate) use view::{listing, posting, statement};
