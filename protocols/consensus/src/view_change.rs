//! Giving a view up: one validator's word for it, and the certificate of a quorum's.

use crate::certificate::check_quorum;
use crate::signers::MAX_VALIDATORS;
use crate::{Certificate, Claim, Error, Kind, Place, Rank, Signature, Signers, Statement, Term};
use bincode::{Decode, Encode};
use troupe_types::{Hash, Height};
use troupe_wire::List;

/// A validator gives a view up and names the highest certified block it knows.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ViewChange {
    /// The view given up.
    pub place: Place,
    /// The certificate of the highest block; `None` where only the genesis block is known.
    pub highest: Option<Certificate>,
    /// Who signs, by position in the set of the epoch.
    pub voter: u16,
    /// The signature.
    pub signature: Signature,
    /// The certificate of the last block of the epoch before, until that block is final.
    pub edge: Option<Certificate>,
}

/// View changes that name the same block, added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Entry {
    /// How high the named block is.
    pub height: Height,
    /// Where it was certified; `None` for the genesis block.
    pub certified: Option<Place>,
    /// The named block.
    pub hash: Hash,
    /// Who named it.
    pub signers: Signers,
    /// The sum of their signatures.
    pub signature: Signature,
}

/// A quorum has given a view up. The next view starts on the highest block that was named.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ViewChangeCertificate {
    /// The view given up.
    pub place: Place,
    /// What was named, in ascending order, with nobody in two of them.
    pub entries: List<Entry, MAX_VALIDATORS>,
    /// The certificate of the highest of them; `None` where that is the genesis block.
    pub highest: Option<Certificate>,
}

/// The statement that a view is given up with `highest` as the highest block.
#[must_use]
pub fn giving_up(place: Place, highest: Option<&Certificate>, genesis: &Hash) -> Statement {
    let (height, hash) = match highest {
        Some(certificate) => (certificate.height, certificate.hash),
        None => (Height::ZERO, *genesis),
    };
    let certified = highest.map(|certificate| certificate.place);
    Statement { kind: Kind::ViewChange, place, height, index: 0, hash, certified }
}

impl ViewChange {
    /// What was signed.
    #[must_use]
    pub fn statement(&self, genesis: &Hash) -> Statement {
        giving_up(self.place, self.highest.as_ref(), genesis)
    }
}

impl Entry {
    fn rank(&self) -> (Height, Option<Place>) {
        (self.height, self.certified)
    }

    fn statement(&self, place: Place) -> Statement {
        let Self { height, hash, certified, .. } = *self;
        Statement { kind: Kind::ViewChange, place, height, index: 0, hash, certified }
    }
}

impl ViewChangeCertificate {
    /// The block the next view starts on.
    #[must_use]
    pub fn base(&self, genesis: &Hash) -> (Rank, Hash) {
        match &self.highest {
            Some(certificate) => (certificate.rank(), certificate.hash),
            None => (Rank::default(), *genesis),
        }
    }

    /// Who signed one of the entries.
    #[must_use]
    pub fn signers(&self) -> Signers {
        self.entries.iter().fold(Signers::NONE, |sum, entry| sum.union(entry.signers))
    }

    /// Checks all but the signatures, and says what is left to check. The certificate of the highest
    /// block is not part of that: it is checked with the set of its own epoch.
    pub fn check(&self, term: &Term, genesis: &Hash) -> Result<Vec<Claim>, Error> {
        let (got, limit) = (self.entries.len(), term.set.len());
        if got == 0 || got > limit {
            return Err(Error::Entries { got, limit });
        }
        if self.place.epoch != term.epoch {
            return Err(Error::OutsideTerm { epoch: self.place.epoch, height: term.first });
        }
        if !self.entries.is_sorted() {
            return Err(Error::SignedTwice);
        }
        let mut sum = Signers::NONE;
        for entry in self.entries.iter() {
            if entry.signers == Signers::NONE || !sum.is_disjoint(entry.signers) {
                return Err(Error::SignedTwice);
            }
            sum = sum.union(entry.signers);
        }
        check_quorum(sum, term)?;
        self.check_maximum(genesis)?;
        let claim = |entry: &Entry| Claim::Certified {
            epoch: self.place.epoch,
            signers: entry.signers,
            digest: entry.statement(self.place).digest(genesis),
            signature: entry.signature,
        };
        Ok(self.entries.iter().map(claim).collect())
    }

    fn check_maximum(&self, genesis: &Hash) -> Result<(), Error> {
        let top = self.entries.iter().map(Entry::rank).max();
        let wanted = giving_up(self.place, self.highest.as_ref(), genesis);
        let is_top = top == Some((wanted.height, wanted.certified));
        let is_named = self.entries.iter().any(|entry| entry.statement(self.place) == wanted);
        if is_top && is_named { Ok(()) } else { Err(Error::WrongMaximum) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PublicKey, Validator, ValidatorSet};
    use troupe_types::{Epoch, NodeId};

    const GENESIS: Hash = Hash([9; 32]);

    fn term() -> Term {
        let one = |at| Validator { node: NodeId([at; 32]), key: PublicKey([at; 48]) };
        let set = ValidatorSet::new((0..4).map(one).collect()).expect("a good set");
        Term { epoch: Epoch(1), first: Height(1), last: Height(40), set }
    }

    fn certificate(height: u64, view: u64) -> Certificate {
        Certificate {
            place: Place::new(1, view),
            height: Height(height),
            index: 0,
            hash: Hash([u8::try_from(height).expect("small"); 32]),
            signers: [0, 1, 2].into_iter().collect(),
            signature: Signature([0; 96]),
        }
    }

    fn entry(of: Option<&Certificate>, signers: &[u16]) -> Entry {
        let said = giving_up(Place::new(1, 5), of, &GENESIS);
        Entry {
            height: said.height,
            certified: said.certified,
            hash: said.hash,
            signers: signers.iter().copied().collect(),
            signature: Signature([0; 96]),
        }
    }

    fn sum(entries: Vec<Entry>, highest: Option<Certificate>) -> Result<usize, Error> {
        let entries = List::new(entries).expect("few");
        let whole = ViewChangeCertificate { place: Place::new(1, 5), entries, highest };
        whole.check(&term(), &GENESIS).map(|claims| claims.len())
    }

    #[test]
    fn entries_that_reach_a_quorum_together_are_enough() {
        let (low, high) = (certificate(3, 1), certificate(4, 2));
        let entries = vec![entry(None, &[0]), entry(Some(&low), &[1]), entry(Some(&high), &[3])];
        assert_eq!(sum(entries, Some(high)), Ok(3));
        assert_eq!(sum(vec![entry(None, &[0, 1, 2])], None), Ok(1));
    }

    #[test]
    fn less_than_a_quorum_a_signer_twice_or_an_empty_entry_is_refused() {
        let high = certificate(4, 2);
        let named = |signers: &[u16]| entry(Some(&high), signers);
        let few = sum(vec![entry(None, &[0]), named(&[1])], Some(high));
        assert_eq!(few, Err(Error::NoQuorum { got: 2, want: 3 }));
        let twice = sum(vec![entry(None, &[0, 1]), named(&[1, 2])], Some(high));
        assert_eq!(twice, Err(Error::SignedTwice));
        let empty = sum(vec![entry(None, &[]), named(&[0, 1, 2])], Some(high));
        assert_eq!(empty, Err(Error::SignedTwice));
        let strangers = sum(vec![named(&[0, 1, 7])], Some(high));
        assert_eq!(strangers, Err(Error::UnknownSigner { limit: 4 }));
    }

    #[test]
    fn more_entries_than_validators_or_none_are_refused() {
        let entries =
            (0..5).map(|at| entry(Some(&certificate(u64::from(at) + 1, 0)), &[at])).collect();
        assert_eq!(sum(entries, None), Err(Error::Entries { got: 5, limit: 4 }));
        assert_eq!(sum(vec![], None), Err(Error::Entries { got: 0, limit: 4 }));
    }

    #[test]
    fn the_certificate_of_the_highest_block_named_has_to_be_attached() {
        let (low, high) = (certificate(4, 1), certificate(4, 2));
        let entries = vec![entry(Some(&low), &[0, 1]), entry(Some(&high), &[2])];
        assert_eq!(sum(entries.clone(), Some(low)), Err(Error::WrongMaximum));
        assert_eq!(sum(entries.clone(), None), Err(Error::WrongMaximum));
        let other = Certificate { hash: Hash([77; 32]), ..high };
        assert_eq!(sum(entries.clone(), Some(other)), Err(Error::WrongMaximum));
        assert_eq!(sum(entries, Some(high)), Ok(2));
    }
}
