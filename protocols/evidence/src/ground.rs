//! The hashes of a session.

use crate::{PARTIES, Shape};
use bincode::{Decode, Encode};
use sha2::{Digest, Sha256};
use troupe_types::{Hash, SessionId};

/// What everything is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Ground {
    /// The session.
    pub session: SessionId,
    /// The hash of what was agreed on.
    pub terms: Hash,
    /// The hash of what was computed.
    pub program: Hash,
}

impl Ground {
    /// Begins a hash of one kind.
    #[must_use]
    pub fn start(&self, what: &[u8]) -> Sha256 {
        Sha256::new_with_prefix(b"troupe mpc evidence 2")
            .chain_update([u8::try_from(what.len()).unwrap_or(u8::MAX)])
            .chain_update(what)
            .chain_update(self.terms)
            .chain_update(self.session)
            .chain_update(self.program)
    }

    fn all(&self, what: &[u8], hashes: impl IntoIterator<Item = Hash>) -> Hash {
        let hash = hashes.into_iter().fold(self.start(what), |hash, one| hash.chain_update(one));
        Hash(hash.finalize().into())
    }

    /// The pair with this index, from the tallies of the streams to the party before and from it.
    #[must_use]
    pub fn pair(&self, index: u8, salt: &[u64], to_prev: Hash, from_prev: Hash) -> Hash {
        let hash = self.start(b"pair").chain_update([index]);
        let hash = salt.iter().fold(hash, |hash, word| hash.chain_update(word.to_le_bytes()));
        Hash(hash.chain_update(to_prev).chain_update(from_prev).finalize().into())
    }

    /// All that was exchanged, from the pairs by their index.
    #[must_use]
    pub fn transcript(&self, pairs: [Hash; PARTIES]) -> Hash {
        let [zero_two, zero_one, one_two] = pairs;
        self.all(b"transcript", [zero_one, zero_two, one_two])
    }

    /// The results of one receiver, from what is public of them and the commitments to their pieces.
    pub fn leaf<'a>(
        &self,
        receiver: u8,
        shapes: impl IntoIterator<Item = &'a Shape>,
        pieces: [Hash; PARTIES],
    ) -> Hash {
        let mut hash = self.start(b"receiver").chain_update([receiver]);
        for shape in shapes {
            shape.absorb(&mut hash);
        }
        // No shape begins like this.
        hash.update([u8::MAX]);
        let hash = pieces.iter().fold(hash, |hash, piece| hash.chain_update(piece));
        Hash(hash.finalize().into())
    }

    /// All results, from those of each receiver and the names of what is kept.
    #[must_use]
    pub fn result(&self, leaves: impl IntoIterator<Item = Hash>) -> Hash {
        self.all(b"result", leaves)
    }

    /// What a party sends to the receivers, from the tallies of their streams.
    #[must_use]
    pub fn output(&self, streams: impl IntoIterator<Item = Hash>) -> Hash {
        self.all(b"output", streams)
    }
}
