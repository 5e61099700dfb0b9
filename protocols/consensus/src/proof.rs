//! Proofs that a block is final, for whoever knows the validator sets.

use crate::{Certificate, Claim, Error, Header, Place, Schedule};
use bincode::{Decode, Encode};
use troupe_types::Hash;
use troupe_wire::List;

/// The most links of a proof. Three are enough wherever views do not fail one after the other.
pub const MAX_LINKS: usize = 64;

/// A block with its certificate.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Link {
    /// The block.
    pub header: Header,
    /// Its certificate.
    pub certificate: Certificate,
}

/// Certified blocks of consecutive heights, each the parent of the next: three at least, and two
/// neighbours among them certified in one view or in successive ones.
///
/// It makes the first of them final. Whoever did not follow the chain checks as well that each header
/// is that of its hash: a certificate says nothing of a block's parent but by that hash, so that with
/// headers of somebody's invention blocks which were replaced could be proven.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct CommitProof(pub List<Link, MAX_LINKS>);

/// Whether certificates of consecutive heights, each of a child of the one before, make the first
/// block final.
#[must_use]
pub(crate) fn settles(places: &[Place]) -> bool {
    places.len() >= 3 && places.windows(2).any(|pair| pair[0].is_beside(pair[1]))
}

impl CommitProof {
    /// As few of these links from the first as prove it final; `None` where all together do not.
    #[must_use]
    pub fn shortest(links: &[Link]) -> Option<Self> {
        let places: Vec<Place> = links.iter().map(|link| link.header.place).collect();
        let most = links.len().min(MAX_LINKS);
        let enough = (3..=most).find(|count| settles(&places[..*count]))?;
        Some(Self(List::new(links[..enough].to_vec()).ok()?))
    }

    /// The block that is final.
    #[must_use]
    pub fn header(&self) -> Option<&Header> {
        self.0.first().map(|link| &link.header)
    }

    /// Checks all but the signatures, and says what is left to check.
    pub fn check(&self, schedule: &Schedule, genesis: &Hash) -> Result<Vec<Claim>, Error> {
        let mut claims = Vec::with_capacity(self.0.len());
        for (at, link) in self.0.iter().enumerate() {
            let Link { header, certificate } = link;
            if !header.is_certified_by(certificate) {
                return Err(Error::Unlinked { at });
            }
            if let Some(below) = at.checked_sub(1).and_then(|at| self.0.get(at)) {
                let follows = header.parent == below.header.hash
                    && below.header.height.next() == Some(header.height)
                    && below.header.place <= header.place;
                if !follows {
                    return Err(Error::Unlinked { at });
                }
            }
            let epoch = certificate.place.epoch;
            let height = certificate.height;
            let term = schedule.get(epoch).ok_or(Error::OutsideTerm { epoch, height })?;
            certificate.check(term)?;
            claims.push(Claim::certificate(certificate, genesis));
        }
        let places: Vec<Place> = self.0.iter().map(|link| link.header.place).collect();
        if settles(&places) { Ok(claims) } else { Err(Error::Unsettled { got: places.len() }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_certificate_is_not_finality_nor_are_two() {
        let here = Place::new(1, 0);
        assert!(!settles(&[here]));
        assert!(!settles(&[here, here]));
        assert!(settles(&[here, here, here]));
    }

    #[test]
    fn three_certificates_of_views_apart_settle_nothing() {
        let [a, b, c, d] = [1, 3, 5, 6].map(|view| Place::new(1, view));
        assert!(!settles(&[a, b, c]));
        assert!(settles(&[a, b, c, d]), "the last two lock");
        let next_epoch = Place::new(2, 0);
        assert!(!settles(&[b, c, next_epoch]), "an edge does not lock");
        assert!(settles(&[c, d, next_epoch]));
    }
}
