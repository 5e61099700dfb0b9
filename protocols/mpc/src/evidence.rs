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

use crate::peer::{next, prev};
use crate::program::DIGEST;
use crate::sign::Signed;
use crate::stream::{WORD, blocks};
use crate::{PARTIES, Place};
use sha2::{Digest, Sha256};
use troupe_types::Hash;

/// Words of the random number in a pair or a commitment: as many bits as the key has.
pub(crate) const SALT: usize = 2;

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

/// What everything is bound to: session, terms and program.
#[derive(Clone, Copy)]
pub(crate) struct Ground {
    place: Place,
    program: Hash,
}

impl Ground {
    pub(crate) fn new(place: Place, program: Hash) -> Self {
        Self { place, program }
    }

    pub(crate) fn start(&self, what: &[u8]) -> Sha256 {
        Sha256::new_with_prefix(b"troupe mpc evidence 1")
            .chain_update([u8::try_from(what.len()).unwrap_or(u8::MAX)])
            .chain_update(what)
            .chain_update(self.place.terms)
            .chain_update(self.place.session)
            .chain_update(self.program)
    }

    fn all(&self, what: &[u8], hashes: impl IntoIterator<Item = Hash>) -> Hash {
        let hash = hashes.into_iter().fold(self.start(what), |hash, one| hash.chain_update(one));
        Hash(hash.finalize().into())
    }

    /// The pair with this index, from the tallies of the streams to the party before and from it.
    pub(crate) fn pair(&self, index: u8, salt: &[u64], to_prev: Hash, from_prev: Hash) -> Hash {
        let hash = self.start(b"pair").chain_update([index]);
        let hash = salt.iter().fold(hash, |hash, word| hash.chain_update(word.to_le_bytes()));
        Hash(hash.chain_update(to_prev).chain_update(from_prev).finalize().into())
    }

    /// All that was exchanged, from the pairs by their index.
    pub(crate) fn transcript(&self, pairs: [Hash; PARTIES as usize]) -> Hash {
        let [zero_two, zero_one, one_two] = pairs;
        self.all(b"transcript", [zero_one, zero_two, one_two])
    }

    /// The results of one receiver, from the commitments to its pieces.
    pub(crate) fn leaf(&self, receiver: u8, pieces: [Hash; PARTIES as usize]) -> Hash {
        let hash = self.start(b"receiver").chain_update([receiver]);
        let hash = pieces.iter().fold(hash, |hash, piece| hash.chain_update(piece));
        Hash(hash.finalize().into())
    }

    /// All results, from those of each receiver and the names of what is kept.
    pub(crate) fn result(&self, leaves: impl IntoIterator<Item = Hash>) -> Hash {
        self.all(b"result", leaves)
    }

    /// What a party sends to the receivers, from the tallies of their streams.
    pub(crate) fn output(&self, streams: impl IntoIterator<Item = Hash>) -> Hash {
        self.all(b"output", streams)
    }
}

/// One piece of all results of a receiver, on its way to a commitment.
pub(crate) struct Piece(blake3::Hasher);

impl Piece {
    pub(crate) fn new(receiver: u8, index: u8) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"troupe mpc piece 1").update(&[receiver, index]);
        Self(hasher)
    }

    /// The same of something kept, by its place among all that is.
    pub(crate) fn kept(at: u8, index: u8) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"troupe mpc kept 1").update(&[at, index]);
        Self(hasher)
    }

    /// Takes the piece of the next result.
    pub(crate) fn take(&mut self, words: &[u64]) {
        blocks(words, |bytes| {
            self.0.update(bytes);
        });
    }

    /// The commitment: as many words were taken as the program says.
    pub(crate) fn commit(mut self, salt: &[u64]) -> Hash {
        self.take(salt);
        Hash(self.0.finalize().into())
    }
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
