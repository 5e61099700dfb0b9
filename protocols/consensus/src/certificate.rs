//! Quorum certificates.

use crate::{Error, Kind, Place, Signature, Signers, Statement, Term};
use bincode::{Decode, Encode};
use troupe_types::{Hash, Height};

/// The votes of a quorum for one block, added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Certificate {
    /// The view the block was proposed and voted in.
    pub place: Place,
    /// How high the block is.
    pub height: Height,
    /// Its number in the view.
    pub index: u32,
    /// The block.
    pub hash: Hash,
    /// Whose votes these are, by position in the set of the epoch.
    pub signers: Signers,
    /// The sum of their signatures.
    pub signature: Signature,
}

/// What certificates are compared by: height, then epoch, then view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
pub struct Rank {
    /// How high the block is.
    pub height: Height,
    /// Where it was certified.
    pub place: Place,
}

impl Certificate {
    /// What was signed.
    #[must_use]
    pub const fn statement(&self) -> Statement {
        let Self { place, height, index, hash, .. } = *self;
        Statement { kind: Kind::Vote, place, height, index, hash, certified: None }
    }

    /// What it is compared by.
    #[must_use]
    pub const fn rank(&self) -> Rank {
        Rank { height: self.height, place: self.place }
    }

    /// Checks all but the signature: enough signers of the term's set, a height of the term.
    pub fn check(&self, term: &Term) -> Result<(), Error> {
        if self.place.epoch != term.epoch || !term.holds(self.height) {
            return Err(Error::OutsideTerm { epoch: self.place.epoch, height: self.height });
        }
        check_quorum(self.signers, term)
    }
}

/// Checks that signers are of the set and enough of it.
pub(crate) fn check_quorum(signers: Signers, term: &Term) -> Result<(), Error> {
    if !signers.fit(term.set.len()) {
        return Err(Error::UnknownSigner { limit: term.set.len() });
    }
    let (got, want) = (signers.count(), term.set.quorum());
    if got < want {
        return Err(Error::NoQuorum { got, want });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PublicKey, Validator, ValidatorSet};
    use troupe_types::{Epoch, NodeId};

    fn term() -> Term {
        let one = |at| Validator { node: NodeId([at; 32]), key: PublicKey([at; 48]) };
        let set = ValidatorSet::new((0..4).map(one).collect()).expect("a good set");
        Term { epoch: Epoch(1), first: Height(1), last: Height(40), set }
    }

    fn certificate(signers: &[u16]) -> Certificate {
        Certificate {
            place: Place::new(1, 2),
            height: Height(3),
            index: 0,
            hash: Hash([3; 32]),
            signers: signers.iter().copied().collect(),
            signature: Signature([0; 96]),
        }
    }

    #[test]
    fn certificates_order_by_height_then_epoch_then_view() {
        let rank =
            |height, epoch, view| Rank { height: Height(height), place: Place::new(epoch, view) };
        let ordered = [rank(1, 9, 9), rank(2, 1, 0), rank(2, 1, 7), rank(2, 2, 0), rank(3, 1, 0)];
        assert!(ordered.is_sorted());
    }

    #[test]
    fn less_than_a_quorum_is_no_certificate() {
        assert_eq!(certificate(&[0, 1, 3]).check(&term()), Ok(()));
        assert_eq!(certificate(&[0, 1]).check(&term()), Err(Error::NoQuorum { got: 2, want: 3 }));
    }

    #[test]
    fn a_signer_whom_the_set_does_not_have_is_refused() {
        assert_eq!(certificate(&[0, 1, 4]).check(&term()), Err(Error::UnknownSigner { limit: 4 }));
    }

    #[test]
    fn a_certificate_is_counted_with_the_set_of_its_own_epoch() {
        let outside = Err(Error::OutsideTerm { epoch: Epoch(1), height: Height(3) });
        let next = Term { epoch: Epoch(2), ..term() };
        assert_eq!(certificate(&[0, 1, 2]).check(&next), outside);
        let later = Term { first: Height(4), ..term() };
        assert_eq!(certificate(&[0, 1, 2]).check(&later), outside);
    }
}
