//! The actors that keep a chain. The first of them that a manifest lists opens the chain; all share it.

mod economy;
mod genesis;
mod keepers;
mod market;
mod open;

pub use genesis::genesis;
pub(crate) use keepers::KINDS;
pub use open::{Commons, INDEX, LOG, ValidatorKey, keeps_of};
pub(crate) use open::{Votes, network};
