//! A ledger on disk: what [`troupe_ledger`] makes final and [`troupe_consensus`] writes down, kept by
//! [`troupe_storage`], which knows none of them.
//!
//! * [`Vault::open`] opens what the process before left; [`Vault::restore`] makes of it the ledger on the
//!   last final block, with its state and tries, and the records with which consensus goes on.
//! * [`Vault::record`] before consensus says something; [`Vault::keep`] when a block is final;
//!   [`Vault::accuse`] when a validator contradicted itself; all return when it is durable.
//! * [`Vault::flush`] brings the index up to date in the background; [`Vault::stored`] and
//!   [`Vault::find`] answer those who ask for blocks and transactions.
//!
//! Where [`Keeps::States`] is asked for, [`Archived`] is the state after any block.
//!
//! Everything here waits for the disk, so it is called from a pool and not in a handler. An error is
//! final: the process ends, and the next one reads what is really there.

mod archive;
mod base;
mod error;
mod evidence;
mod keep;
mod lookup;
mod open;
mod versions;

pub use archive::Archived;
pub use error::Error;
pub use evidence::MAX_EVIDENCE;
pub use keep::{Stored, Vault};
pub use open::{Keeps, Opening, Restored};
