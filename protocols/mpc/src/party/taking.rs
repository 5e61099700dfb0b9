//! What a party takes up of an earlier session.

use crate::evidence::words;
use crate::peer::{next, prev};
use crate::rep3::Share;
use crate::stream::blocks;
use crate::{Error, Kept, Place, Program, Shelf, Untaken};
use blake3::Hasher;
use std::sync::Arc;
use troupe_types::Hash;

/// What is taken up, and what the others have to have of it.
#[derive(Default)]
pub(super) struct Taking {
    kept: Vec<Arc<Kept>>,
    /// For the next party and for the one before us; nothing where nothing is taken up.
    pub(super) shown: [Vec<u64>; 2],
    /// The same from them.
    wanted: [Vec<u64>; 2],
}

impl Taking {
    /// What a program wants, from the shelf.
    pub(super) fn new(
        place: Place,
        program: &Program,
        party: u8,
        shelf: &Shelf,
    ) -> Result<Self, Error> {
        let mut kept = Vec::new();
        for taken in program.taken() {
            let untaken = |reason| Error::Untaken { id: taken.id, reason };
            let found = shelf.get(taken.id).ok_or(untaken(Untaken::Missing))?;
            found.fits(taken, party, program.security()).map_err(untaken)?;
            kept.push(found);
        }
        if kept.is_empty() {
            return Ok(Self::default());
        }
        // Whoever shows a hash says who it is in it: nobody can show what it was shown.
        let hash = |by: u8, index: u8| {
            let mut hasher = Hasher::new();
            hasher.update(b"troupe mpc taken 1").update(&[by, index]);
            hasher.update(place.session.as_bytes()).update(place.terms.as_bytes());
            hasher.update(program.hash().as_bytes());
            for one in &kept {
                let [own, next] = one.words();
                blocks(if index == party { own } else { next }, |bytes| {
                    hasher.update(bytes);
                });
            }
            words(&Hash(hasher.finalize().into())).to_vec()
        };
        let (after, before) = (next(party), prev(party));
        let shown = [hash(party, after), hash(party, party)];
        let wanted = [hash(after, after), hash(before, party)];
        Ok(Self { kept, shown, wanted })
    }

    /// Compares what the next party shows.
    pub(super) fn hear_next(&self, party: u8, shown: &[u64]) -> Result<(), Error> {
        let party = next(party);
        if shown == self.wanted[0] { Ok(()) } else { Err(Error::Altered { party }) }
    }

    /// Compares what the party before us shows.
    pub(super) fn hear_prev(&self, party: u8, shown: &[u64]) -> Result<(), Error> {
        let party = prev(party);
        if shown == self.wanted[1] { Ok(()) } else { Err(Error::Altered { party }) }
    }

    /// The registers that it fills.
    pub(super) fn shares(&self) -> impl Iterator<Item = Share> {
        self.kept.iter().map(|kept| kept.share())
    }
}

#[cfg(test)]
impl Taking {
    /// Uses something else than was shown.
    pub(super) fn change(&mut self, is_own: bool, word: usize, bit: u32) {
        for kept in &mut self.kept {
            *kept = Arc::new(kept.flipped(is_own, word, bit));
        }
    }
}
