//! A client of Ethereum's JSON-RPC, for whatever speaks it: a node of ours or of others.
//!
//! It asks over HTTP, or at the file that a node has for its owner, where `admin_` is answered too. A [`Client`] keeps a connection alive, bounds every answer in bytes and time, and hands on what a
//! server says in its own words. [`ask`] has the questions by name.

mod ask;
mod client;
mod error;
mod local;
mod place;
mod receipt;
mod text;

pub(crate) use ask::{Fees, Header};
pub(crate) use client::{Client, Question};
pub(crate) use error::{Error, Told};
pub(crate) use receipt::{Receipt, fixed};
pub(crate) use text::{bytes, data, large, number, quantity};
