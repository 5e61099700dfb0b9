//! Who validates, and what that earns: PlatON's proof of stake as functions of the state.
//!
//! * [`world`]: what the rules work on, records by key and balances: [`troupe_records`].
//! * [`stake`]: candidates, their stakes, what others delegate to them.
//! * [`election`]: which candidates validate in the next round, and in which order they propose.
//! * [`registration`]: how a candidate shows that its keys are its own.
//! * [`block`]: what a block does before its first transaction and after its last one.
//! * [`restricting`]: LAT that are released period by period.
//! * [`governance`]: proposals and votes.
//! * [`call`]: what accounts and contracts ask of all this, by Solidity's ABI or as PlatON's clients do.
//! * [`params`]: what proposals may change, and how far.
//!
//! Everything is computed by integers: two nodes with the same state come to the same bits. No operation can fail
//! half-way in a way that stops a block: what is refused is a typed [`Error`], and whoever called takes back what was
//! written before.

pub mod audit;
pub mod block;
mod calendar;
pub mod call;
mod constitution;
pub mod contract;
mod due;
pub mod election;
mod error;
mod event;
pub mod genesis;
pub mod governance;
pub mod office;
pub mod params;
mod produced;
mod purse;
pub mod registration;
pub mod restricting;
pub mod reward;
pub mod round;
pub mod served;
mod settle;
pub mod slash;
pub mod stake;
mod sweep;

pub use calendar::Calendar;
pub use constitution::Constitution;
pub use error::Error;
pub use event::Event;
pub use purse::Purse;
pub use troupe_records as world;
