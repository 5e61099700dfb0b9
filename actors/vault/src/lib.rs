//! A ledger on disk: what [`troupe_ledger`] makes final and [`troupe_consensus`] writes down, kept by
//! [`troupe_storage`], which knows none of them.
//!
//! * [`Vault::open`] opens what the process before left; [`Vault::restore`] makes of it the ledger on the
//!   last final block, with its state and tries, and the records with which consensus goes on.
//! * [`Vault::record`] before consensus says something; [`Vault::keep`] when a block is final;
//!   [`Vault::accuse`] when a validator contradicted itself; all return when it is durable.
//! * [`Vault::history`] says what keys signed last, and [`Vault::bar`] takes in what they signed elsewhere.
//! * [`Vault::flush`] brings the index up to date in the background; [`Vault::stored`] and
//!   [`Vault::find`] answer those who ask for blocks and transactions, [`Vault::roster`] who validated when.
//! * [`export`] and [`Importer`] carry blocks from one vault to another, each with the proof that it is final.
//! * [`create`] makes a snapshot of the state after a final block, [`Snapshot`] reads one piece by piece,
//!   [`restore`] makes a vault of it. [`check`] looks at everything and changes nothing.
//!
//! Where [`Keeps::States`] is asked for, [`Archived`] is the state after any block. Where blocks stay, [`Marks`] finds
//! them by what is in them.
//!
//! Everything here waits for the disk, so it is called from a pool and not in a handler. An error is
//! final: the process ends, and the next one reads what is really there.

mod archive;
mod base;
mod carry;
mod check;
mod error;
mod evidence;
mod keep;
mod lookup;
mod marks;
mod open;
mod rosters;
mod snapshot;
mod versions;

pub use archive::Archived;
pub use carry::{
    Around, Exported, FrameWriter, Frames, Give, Imported, Importer, Validators, export, prove,
};
pub use check::{Blocks, Checked, Looking, State, check};
pub use error::{Error, Refusal};
pub use evidence::MAX_EVIDENCE;
pub use keep::{Stored, Vault};
pub use lookup::rules;
pub use marks::Marks;
pub use open::{Keeps, Opening, Restored};
pub use snapshot::{Contents, Garden, Snapshot, Step, Told, Voucher, create, restore};
