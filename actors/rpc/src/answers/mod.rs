//! What is answered, before anybody writes it down: the methods write it as JSON, other servers in their own way.

mod account;
mod fees;
mod transactions;

pub use fees::FeeHistory;
pub(crate) use fees::MAX_PERCENTILES;
pub use transactions::{Located, Settled};
