//! Snapshots: the state after a final block, in pieces that can be told from wrong ones one by one.
//!
//! A file of [`frames`](crate::frames): the [`Manifest`], then [`Piece`]s. A piece of accounts is everything below one
//! node of the trie of accounts, with the nodes above that one: whoever knows the state root builds the part
//! from the piece and compares one hash. Storages that are long come in pieces of their own, each with the
//! proof of its account. [`Cover`] sees to it that nothing is left out. [`Maker`] cuts a state into pieces;
//! the same state is always cut in the same way.

mod cover;
mod make;
mod manifest;
mod piece;

pub use cover::Cover;
pub use make::{Cuts, Maker};
pub use manifest::{MAX_BEFORE, Manifest, decode_headers, encode_headers};
pub use piece::{Accounts, Listed, MAX_PIECE, Piece, Storage, Words};
