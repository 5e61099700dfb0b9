//! What `troupe stake` and `troupe gov` have in common: asking the economy's contracts, and changing something with them.
//!
//! A question is a call that nobody pays for ([`ask`]). A change is a [`Deed`]: it is tried first, so that nobody pays for
//! what is refused, then signed, sent and waited for, and what the contract told of it is read from the receipt ([`told`]).
//! Whatever a server answers is bounded and read strictly.

mod abi;
mod ask;
mod change;
mod clock;
mod deed;
mod facts;
mod funds;
mod names;
mod refusal;
mod rehearse;
mod told;
mod words;

pub(crate) use abi::{DelegateReward, Governance, Restricting, Staking, returned};
pub(crate) use ask::{Asker, PAGE};
pub(crate) use change::{ChangeArgs, Hand};
pub(crate) use clock::Clock;
pub(crate) use deed::{Deed, von};
pub(crate) use facts::{Facts, table};
pub(crate) use funds::{Source, free_part};
pub(crate) use refusal::{Refusal, grouped};
pub(crate) use told::logs;
pub(crate) use words::{
    Percent, Release, Version, choice, kind, percent, purse, purse_json, state, status,
};
