//! `troupe key`: accounts, node identities and keys for votes, encrypted at rest.
//!
//! Key files are keystores of version 3 that Ethereum's tools read too; they are written whole, for
//! their owner alone, and never hold a secret in plain. The plain form leaves the program only by
//! `export --plaintext`.

mod args;
mod command;
mod export;
mod file;
mod history;
mod import;
mod interchange;
mod make;
mod password;
mod pem;
mod prompt;
mod register;
mod secret;
mod view;

pub(crate) use args::{Cost, KeyCommand};
pub(crate) use command::run;
pub(crate) use file::{
    account_address, account_key, make_account, make_node_key, make_validator_key, node_identity,
    validator_key,
};
pub(crate) use password::PasswordArgs;
pub(crate) use register::sign;
pub(crate) use secret::vrf_key;
