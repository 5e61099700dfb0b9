//! What a session leaves behind, so that somebody who was not there can settle it.
//!
//! Three facts have an index from 0 to 2 and belong to the two parties that share a key: those of index
//! `k` to party `k` and the party before it.
//!
//! * The *pair*: a hash of all that the two sent each other.
//! * The *commitment* to piece `k` of the results of each receiver, and of everything that is kept.
//!
//! Both are made with random numbers from that key, so that the third party learns nothing from them
//! even where little was sent or revealed. Two of three parties know each fact, and everybody hears it
//! from both before anything is revealed.

use crate::Place;
use crate::peer::{next, prev};
use crate::program::DIGEST;
use crate::sign::Signed;
use crate::stream::WORD;
use troupe_types::Hash;

pub(crate) use troupe_evidence::{Ground, Piece, SALT};

/// How a session ended, as one party can say it: what it may post where the session is settled.
///
/// Of honest parties, `result` and `transcript` are the same at all three and each of `pairs` is the
/// same at both ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// Commits to the results of all receivers, who can [check](crate::Received) it.
    pub result: Hash,
    /// Commits to all that any two parties sent each other.
    pub transcript: Hash,
    /// Commits to what this party sends to the receivers.
    pub output: Hash,
    /// Commits to all that was exchanged with each of the others, in the order of their seats.
    pub pairs: [Hash; 2],
    /// What the others signed, in the order of their seats, where it was asked for.
    pub signed: Option<[Signed; 2]>,
}

/// What everything is bound to.
pub(crate) const fn ground(place: Place, program: Hash) -> Ground {
    Ground { session: place.session, terms: place.terms, program }
}

/// The two that share the facts with an index.
pub(crate) fn holders(index: u8) -> (u8, u8) {
    let other = prev(index);
    (index.min(other), index.max(other))
}

/// In the order of the others' seats, what a party has with the next and with the previous one.
pub(crate) fn by_seat<T>(party: u8, with_next: T, with_prev: T) -> [T; 2] {
    if next(party) < prev(party) { [with_next, with_prev] } else { [with_prev, with_next] }
}

/// A hash as it travels in a frame.
pub(crate) fn words(hash: &Hash) -> [u64; DIGEST] {
    core::array::from_fn(|at| {
        let word = hash.0.as_chunks::<WORD>().0.get(at);
        word.map_or(0, |word| u64::from_le_bytes(*word))
    })
}

/// Hashes that travelled in a frame.
pub(crate) fn hashes(words: &[u64]) -> impl Iterator<Item = Hash> + '_ {
    words.as_chunks::<DIGEST>().0.iter().map(|words| {
        let mut hash = Hash::default();
        for (bytes, word) in hash.0.as_chunks_mut::<WORD>().0.iter_mut().zip(words) {
            *bytes = word.to_le_bytes();
        }
        hash
    })
}
