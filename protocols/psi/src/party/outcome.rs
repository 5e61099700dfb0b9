//! The end of a run: what both have is found.

use super::{Own, Work};
use crate::agreement::{Mode, Side};
use crate::token::{self, TOKEN, Token};
use crate::{Error, Learned, Outcome, Refusal};
use sha2::{Digest, Sha256};
use troupe_types::Hash;

impl<F> Work<F> {
    /// What this side learned, once everything is exchanged.
    pub(super) fn outcome(&mut self) -> Result<Outcome, Error> {
        let learned = if self.informs(self.seat.side) { self.learned()? } else { Learned::Nothing };
        Ok(Outcome { learned, transcript: self.transcript() })
    }

    fn learned(&mut self) -> Result<Learned, Error> {
        let answers = token::sorted(&self.answers);
        if let Some((first, second)) = token::repeated(&answers) {
            return Err(self.refused(Refusal::RepeatedToken { first, second }));
        }
        // Places in our stream and in the peer's.
        let mut pairs = token::common(&answers, &self.theirs.sorted);
        // In an order that both know and that neither chose: whose row comes last can be worth something.
        pairs.sort_unstable_by_key(|pair| self.token(pair).copied());
        let mut rows = self.rows(pairs.iter().map(|(ours, _)| *ours));
        Ok(match self.seat.agreement.mode {
            Mode::Count { .. } | Mode::CountBoth => {
                // No more than items in a set.
                Learned::Count(u32::try_from(pairs.len()).unwrap_or(u32::MAX))
            }
            Mode::Rows { .. } => {
                rows.sort_unstable();
                Learned::Rows(rows)
            }
            Mode::Aligned => Learned::Aligned { rows, alignment: self.alignment(&pairs) },
        })
    }

    /// The rows of our points.
    fn rows(&self, places: impl Iterator<Item = u32>) -> Vec<u32> {
        let rows: &[u32] = match &self.own {
            Own::Sent(rows) => rows,
            // Without points none was sent, and there is no row.
            Own::Hashed(..) => &[],
        };
        places.filter_map(|place| rows.get(place as usize)).copied().collect()
    }

    /// What the first side compares for a common item: a hash of a point that both have raised.
    fn token(&self, (ours, theirs): &(u32, u32)) -> Option<&Token> {
        match self.seat.side {
            Side::First => self.answers.get(*ours as usize),
            Side::Second => self.theirs.outward.get(*theirs as usize),
        }
    }

    /// A digest of the common items: of their tokens, in their order.
    fn alignment(&self, pairs: &[(u32, u32)]) -> Hash {
        let mut digest = Sha256::new_with_prefix(b"troupe psi alignment 1")
            .chain_update(self.seat.agreement.hash());
        for pair in pairs {
            digest.update(self.token(pair).unwrap_or(&[0; TOKEN]));
        }
        Hash(digest.finalize().into())
    }

    fn transcript(&self) -> Hash {
        let marks = [self.outbox.mark(), self.inbox.mark()];
        let [first, second] = match self.seat.side {
            Side::First => marks,
            Side::Second => [marks[1], marks[0]],
        };
        let digest = Sha256::new_with_prefix(b"troupe psi transcript 1")
            .chain_update(self.seat.agreement.hash())
            .chain_update(first.0)
            .chain_update(second.0);
        Hash(digest.finalize().into())
    }
}
