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

pub(crate) use amount::{Amount, in_lat};
pub(crate) use args::{TxCommand, run};
pub(crate) use draft::Draft;
pub(crate) use place::{PlaceArgs, dev_account, dev_accounts};
pub(crate) use signer::Signer;
