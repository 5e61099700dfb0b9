//! `dataset`: a data owner. Keeps rows and lets others compute on them as far as its policies go.
//!
//! Rows come from CSV or Parquet files, are read once, within a bound on memory, and never leave this process. What leaves
//! it are shares of columns, for compute parties that no single one of learns a value ([`troupe_mpc`]), and points that
//! hide keys, for another owner whose rows are matched with these ([`troupe_psi`]). Where a task is about the rows that two
//! owners have in common, they match them once its parties are seated, and share those, in an order that both have.
//!
//! A policy stands before everything: who may ask, for what, on how many rows, with which compute parties, until when and
//! how often. A use is on the disk before the first byte of it leaves, and nothing is used twice for one session.
//!
//! What stands in the manifest can be added to while the process runs, by its owner ([`service()`]); it is on the disk before
//! the owner hears of it.
//!
//! It is not where protocols are: what is shared and matched is in `protocols/mpc` and `protocols/psi`.
//!
//! It is a crate of its own for its reader of Parquet files; the binary can be built without it.

mod catalogue;
mod cells;
mod consent;
mod error;
mod hand;
mod joint;
mod manager;
mod matching;
pub mod message;
mod model;
mod observe;
mod open;
mod read;
mod service;
mod settle;
mod share;
mod table;
mod uses;

pub use error::Error;
pub use manager::Datasets;
pub use open::{NotOpened, open, serve};
pub use service::service;
pub use table::Table;
