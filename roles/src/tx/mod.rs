//! `troupe tx`: transfers, calls and contracts, from a keystore.

mod amount;
mod args;
mod call;
mod code;
mod draft;
mod place;
mod report;
mod send;
mod signer;
mod wait;

pub(crate) use amount::Amount;
pub(crate) use args::{TxCommand, run};
pub(crate) use draft::Draft;
pub(crate) use place::{dev_accounts, urls};
pub(crate) use signer::Signer;
