//! `market`: does on the chain what a process owes tasks, in the name of its account.
//!
//! It follows the contract of tasks, knows every open task in which the account has data or may compute, and asks
//! [`troupe_market::duty`] after every change what is to be done now. Each duty becomes an errand of the actor `account`,
//! under the id of the duty: whatever is found twice, by this process or by the next one, is done once. What others have
//! to decide they tell it by [`troupe_market::message`]:
//!
//! * [`Look`](troupe_market::message::Look) and [`Await`](troupe_market::message::Await): what the chain says of a task.
//! * [`Decide`](troupe_market::message::Decide): what was decided or found out.
//! * [`Sign`](troupe_market::message::Sign): signatures under what a party states of a task, never two that contradict each other.
//! * [`Offer`](troupe_market::message::Offer): which data sets are to be listed. The rules are in [`troupe_market::offer`].
//!
//! Where the manifest says so it [registers](Register) the account's compute node, once.
//!
//! What ends a phase by a deadline or draws parties leaves no log: the task is read again when it is time.
//!
//! # After a restart
//!
//! The state is read anew from the chain. On the disk is what costs money to forget: what a party said and signed, and what it sent, which
//! may be demanded of it. A party that finds itself computing and never said in this process that it can has
//! forgotten, and gives up.

mod actor;
mod chain;
mod decisions;
mod duties;
mod error;
mod file;
mod leave;
mod observe;
mod offers;
mod register;
mod sign;
mod tasks;

pub use actor::{Market, Opening, Report, start};
pub use error::Error;
pub use register::Register;
