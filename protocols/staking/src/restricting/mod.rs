//! Restricting plans: LAT that are released to an account settlement epoch by settlement epoch, and may be staked before.
//!
//! What is due while it is staked is a debt, paid as soon as the stake comes back. What is slashed of it is lost to the
//! account: its last releases shrink first, so that a debt is never more than what will come back. Who plans for an account
//! makes nothing dear for others: releases stand in one queue, of which each block takes what it can.

mod event;
mod funds;
mod plan;
mod query;
mod refused;
mod release;

pub use event::Event;
pub use funds::{available, give_back, lock, slashed};
pub use plan::{LONGEST, MAX_ENTRIES, MAX_PLANS, Plan, create};
pub use query::{Info, Sums, audit, info};
pub use refused::Refused;
pub use release::{Release, release};
