//! `troupe signer`: a validator's key in a process of its own.

mod command;

pub(crate) use command::{SignerArgs, failed, open, run};
