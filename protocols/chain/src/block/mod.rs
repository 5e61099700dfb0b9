//! Blocks: a header that commits to everything, a body, and the receipts that executing it gave.

mod body;
mod fees;
mod header;
mod receipt;
mod roster;
mod stored;

pub use body::{Block, Body, MAX_BLOCK, MAX_EVIDENCE, MAX_EVIDENCES, MAX_TRANSACTIONS};
pub use fees::next_base_fee;
pub use header::{Header, MAX_EXTRA, MAX_HEADER, MAX_RANDOMNESS, Params};
pub use receipt::{
    MAX_RECEIPTS, Receipt, decode_receipts, encode_receipts, logs_bloom, receipts_root,
};
pub use roster::{MAX_ROSTER, MAX_ROSTER_BYTES, Roster};
pub use stored::{MAX_PROOF, MAX_STORED, Stored};
