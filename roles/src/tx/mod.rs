//! `troupe tx`: transfers, calls and contracts, from a keystore.

mod amount;
mod args;
mod call;
mod code;
mod place;
mod report;
mod send;
mod signer;
mod wait;

pub(crate) use amount::Amount;
pub(crate) use args::{HowArgs, TxCommand, run};
pub(crate) use code::digits;
pub(crate) use place::{PlaceArgs, dev_account, dev_accounts, urls};
pub(crate) use report::{raw, sent};
pub(crate) use send::{Wish, draft, offline, unsigned};
pub(crate) use wait::wait;
