//! What calls cost.
//!
//! Every call has a base, every change its price. On top comes what grows with what is given or looked at.

use crate::contract;
use troupe_types::Address;

/// A record that is read and written out.
pub(super) const RECORD: u64 = 600;
/// A byte of what is kept.
pub(super) const KEPT: u64 = 100;
/// A byte of what is told.
pub(super) const TOLD: u64 = 40;
/// A compute node that an election will look at.
pub(super) const ELECTED: u64 = 100;
/// Bytes that are hashed in the time of reading a record.
pub(super) const HASHED: u64 = 512;
/// A signature of a node, about 60 microseconds.
pub(super) const SIGNATURE: u64 = 6_000;

/// What every call of a contract costs.
pub(super) const fn base(address: Address) -> u64 {
    if address.0[19] == contract::DATA.0[19] { 6_000 } else { 9_000 }
}

/// A change that writes little.
pub(super) const SMALL: u64 = 12_000;
/// A change that reads and writes several records.
pub(super) const CHANGE: u64 = 24_000;
/// A change that makes something new.
pub(super) const NEW: u64 = 40_000;
