//! The network file: what all nodes of a chain agree on before its first block.

mod account;
mod check;
pub(crate) mod digits;
mod document;
mod market;
mod staking;
mod term;
#[cfg(test)]
mod tests;
mod write;

pub use account::Account;
pub use document::NetworkFile;
pub use market::Market;
pub use staking::{Staking, Weighing};
pub use term::{Term, Validator};
