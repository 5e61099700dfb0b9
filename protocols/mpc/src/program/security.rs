//! Against whom a computation is protected.

use super::check::Shapes;
use super::schedule::Portion;
use super::{Defect, Exchange, Listing};
use crate::PARTIES;
use crate::proof::{bits, numbers};
use crate::rep3::guarded::{Guarded, Relations};
use crate::rep3::traffic::Words;
use bincode::{Decode, Encode};

/// What one of the three parties may do without learning or changing anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub enum Security {
    /// Keep and combine what it sees, while it follows the protocol.
    #[default]
    SemiHonest,
    /// Anything. Parties prove that their messages were right before any result leaves them; where
    /// one was not, the session ends without a result.
    Malicious,
}

/// The frames of the check that follows a portion's last round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Checks {
    /// The rounds before it.
    pub(crate) until: usize,
    pub(crate) relations: Relations,
    /// Messages of a prover.
    pub(crate) messages: usize,
    /// Words in the frames of each round, by sending party; none where nothing is checked.
    pub(crate) frames: Vec<[Words; PARTIES as usize]>,
}

/// Words of a seed, of a digest, and of what a second verifier has in the end.
pub(crate) const SEED: usize = 2;
pub(crate) const DIGEST: usize = 4;
pub(crate) const REST: usize = 4;

impl Security {
    /// The exchanges in the form that this asks for; refused is an operation that has none.
    pub(crate) fn exchanges(
        self,
        listing: &Listing,
        exchanges: Vec<Exchange>,
    ) -> Result<Vec<Exchange>, Defect> {
        if self == Self::SemiHonest {
            return Ok(exchanges);
        }
        let guard = |(op, exchange): (usize, Exchange)| match exchange {
            // The same in both engines.
            Exchange::Local | Exchange::Guarded(_) => Ok(exchange),
            _ => Guarded::of(listing.ops[op], exchange)
                .map(Exchange::Guarded)
                .ok_or(Defect::Unguarded { op }),
        };
        exchanges.into_iter().enumerate().map(guard).collect()
    }
}

impl Checks {
    /// What is checked after each portion; nothing where nothing is.
    pub(crate) fn all(listing: &Listing, shapes: &Shapes, portions: &[Portion]) -> Vec<Self> {
        if listing.security == Security::SemiHonest {
            return Vec::new();
        }
        let portions = portions.iter().enumerate();
        portions
            .map(|(index, portion)| {
                // What owners shared is compared once.
                let owners = if index == 0 { listing.owners.len() } else { 0 };
                Self::new(listing, shapes, portion, owners * DIGEST)
            })
            .collect()
    }

    fn new(listing: &Listing, shapes: &Shapes, portion: &Portion, digests: usize) -> Self {
        let first = shapes.lengths.len() - listing.ops.len();
        let mut relations = Relations::default();
        for op in portion.ops.clone() {
            let Exchange::Guarded(guarded) = shapes.exchanges[op] else { continue };
            let operand = listing.ops[op].operands().next();
            let operand = operand.map_or(0, |operand| shapes.lengths[operand.index()]);
            relations.add(guarded.relations(op, shapes.lengths[first + op], operand));
        }
        let numbers = [relations.numbers, relations.wide];
        let provers = relations.bits.map(|bits| lengths(numbers, bits));
        let messages = provers.iter().map(Vec::len).max().unwrap_or(0);
        let every = |next: usize, prev: usize| {
            [Words { next: next as u64, prev: prev as u64 }; PARTIES as usize]
        };
        let mut frames = vec![every(digests, digests)];
        for message in 0..messages {
            match message {
                0 => frames.push(every(SEED + (messages - 1) * DIGEST, SEED)),
                _ => frames.push(every(0, SEED)),
            }
            let of = |prover: &Vec<[usize; 2]>| prover.get(message).map_or(0, |[n, b]| n + b);
            frames
                .push(provers.each_ref().map(|prover| Words { next: of(prover) as u64, prev: 0 }));
        }
        if messages > 0 {
            frames.push(every(REST, 0));
        }
        Self { until: portion.until, relations, messages, frames }
    }

    /// The most words that a party needs for its proofs.
    pub(crate) fn state(&self) -> u64 {
        let bits = self.relations.bits.iter().copied().max().unwrap_or(0);
        let elements =
            numbers::folded(self.relations.numbers + self.relations.wide) + bits::folded(bits);
        // Both sides as a prover, in vectors that grow by doubling, and what they fold to.
        6 * elements as u64 + (1 << 16)
    }

    pub(crate) fn rounds(&self) -> u32 {
        u32::try_from(self.frames.len()).unwrap_or(u32::MAX)
    }
}

/// Words of each of a prover's messages, on numbers, wide ones among them, and on bits.
pub(crate) fn lengths(numbers: [usize; 2], bits: usize) -> Vec<[usize; 2]> {
    let (numbers, bits) = (numbers::lengths(numbers), bits::lengths(bits));
    let at = |lengths: &[usize], index: usize| lengths.get(index).copied().unwrap_or(0);
    (0..numbers.len().max(bits.len()))
        .map(|index| [at(&numbers, index), at(&bits, index)])
        .collect()
}
