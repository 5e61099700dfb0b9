//! Showing what a result is.

use crate::{Ground, Kind, PARTIES, Piece, SALT, Shape};
use bincode::{Decode, Encode};
use core::fmt;
use troupe_types::Hash;
use troupe_wire::{Limit, List, codec};

/// Results of one receiver.
pub const MAX_RESULTS: usize = 256;
/// Receivers, and what is kept.
pub const MAX_LEAVES: usize = 64;
/// Words of a piece.
pub const MAX_WORDS: usize = 2_304;

/// A receiver's results, with all that it takes to see that the parties committed to them.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Opening {
    /// What the commitments are bound to.
    pub ground: Ground,
    /// Which receiver.
    pub receiver: u8,
    /// Its results.
    pub shapes: List<Shape, MAX_RESULTS>,
    /// What each commitment was made with.
    pub salts: [[u64; SALT]; PARTIES],
    /// The pieces of all results, one after the other.
    pub pieces: [List<u64, MAX_WORDS>; PARTIES],
    /// What all receivers get, and what is kept.
    pub leaves: List<Hash, MAX_LEAVES>,
}

/// A result that was shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// What is public of it.
    pub shape: Shape,
    /// Each is divided by 2 to the power of the fraction bits, and by the divisor.
    pub values: Vec<i128>,
}

/// Why something is no opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not written as one.
    #[error("these bytes are no opening")]
    Unread,
    /// There are more or fewer words than its shapes have.
    #[error("pieces of {got} words, its results have {want}")]
    Words {
        /// How many there are.
        got: usize,
        /// How many there have to be.
        want: u64,
    },
    /// Its leaf is made of something else.
    #[error("the commitment of receiver {receiver} is to something else")]
    Leaf {
        /// Which.
        receiver: u8,
    },
}

impl fmt::Debug for Opening {
    /// Results belong to the receiver, not to its log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opening(receiver {}, {} results)", self.receiver, self.shapes.len())
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({:?}, {} values)", &*self.shape.name, self.values.len())
    }
}

impl Opening {
    /// The largest encoding.
    pub const LIMIT: Limit = Limit::KiB64;

    /// Reads what [`encode`](Self::encode) wrote: anybody's claim, until it is [checked](Self::check).
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        codec::decode(bytes, Self::LIMIT).map_err(|_| Error::Unread)
    }

    /// The bytes that [`decode`](Self::decode) reads; `None` where they would be over the limit.
    #[must_use]
    pub fn encode(&self) -> Option<Vec<u8>> {
        codec::encode(self, Self::LIMIT).ok()
    }

    /// The hash that the parties have posted if this is what they committed to, and what it is.
    pub fn check(&self) -> Result<(Hash, Vec<Opened>), Error> {
        let want = self.shapes.iter().map(Shape::words).fold(0, u64::saturating_add);
        for piece in &self.pieces {
            let got = piece.len();
            if u64::try_from(got).ok() != Some(want) {
                return Err(Error::Words { got, want });
            }
        }
        let mut index = 0;
        let commitments = self.pieces.each_ref().map(|words| {
            let mut piece = Piece::new(self.receiver, index);
            piece.take(words);
            let salt = &self.salts[usize::from(index)];
            index += 1;
            piece.commit(salt)
        });
        let receiver = self.receiver;
        let leaf = self.ground.leaf(receiver, self.shapes.iter(), commitments);
        if self.leaves.get(usize::from(receiver)) != Some(&leaf) {
            return Err(Error::Leaf { receiver });
        }
        Ok((self.ground.result(self.leaves.iter().copied()), self.values()))
    }

    fn values(&self) -> Vec<Opened> {
        let mut rest = self.pieces.each_ref().map(|piece| &piece[..]);
        let opened = |shape: &Shape| {
            let count = usize::try_from(shape.words()).unwrap_or(usize::MAX);
            let words = rest.each_mut().map(|rest| {
                let (words, behind) = rest.split_at(count.min(rest.len()));
                *rest = behind;
                words
            });
            Opened { shape: shape.clone(), values: together(shape, words) }
        };
        self.shapes.iter().map(opened).collect()
    }
}

/// The values of a result, from its pieces.
fn together(shape: &Shape, [a, b, c]: [&[u64]; PARTIES]) -> Vec<i128> {
    let words = a.iter().zip(b).zip(c).map(|((a, b), c)| (*a, *b, *c));
    match shape.kind {
        Kind::Number => {
            let sum = |(a, b, c): (u64, u64, u64)| a.wrapping_add(b).wrapping_add(c);
            words.map(|words| sum(words).cast_signed().into()).collect()
        }
        Kind::Bits => {
            let length = usize::try_from(shape.length).unwrap_or(usize::MAX);
            let bits = words.flat_map(|(a, b, c)| {
                (0..u64::BITS).map(move |bit| i128::from((a ^ b ^ c) >> bit & 1))
            });
            bits.take(length).collect()
        }
        Kind::Wide => {
            let wide = |words: &[u64]| match *words {
                [low, high] => u128::from(high) << 64 | u128::from(low),
                _ => 0,
            };
            let pairs = a.chunks(2).zip(b.chunks(2)).zip(c.chunks(2));
            let sum = |((a, b), c)| wide(a).wrapping_add(wide(b)).wrapping_add(wide(c));
            pairs.map(|pieces| sum(pieces).cast_signed()).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_types::SessionId;
    use troupe_wire::Text;

    fn shape(kind: Kind, length: u32) -> Shape {
        let name = Text::new("x").unwrap();
        Shape { name, kind, length, fraction: 16, divisor: 3 }
    }

    prop_compose! {
        /// Of a number, of bits and of a wide number, as parties would have made it; and what all have posted.
        fn opening()(
            lengths in [0u32..5, 0u32..130, 0u32..4],
            words in any::<[[u64; SALT]; PARTIES]>(),
            seed in any::<u64>(),
            receiver in 0u8..3,
            others in any::<[[u8; 32]; 3]>(),
        ) -> (Opening, Hash) {
            let kinds = [Kind::Number, Kind::Bits, Kind::Wide];
            let shapes: Vec<Shape> =
                kinds.into_iter().zip(lengths).map(|(kind, length)| shape(kind, length)).collect();
            let count: u64 = shapes.iter().map(Shape::words).sum();
            let piece = |index: u64| {
                let word = |at: u64| (seed ^ index << 40 ^ at).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                List::new((0..count).map(word).collect()).unwrap()
            };
            let ground = Ground {
                session: SessionId([1; 16]),
                terms: Hash([2; 32]),
                program: Hash([3; 32]),
            };
            let pieces = [piece(0), piece(1), piece(2)];
            let commit = |index: u8| {
                let mut made = Piece::new(receiver, index);
                made.take(&pieces[usize::from(index)]);
                made.commit(&words[usize::from(index)])
            };
            let leaf = ground.leaf(receiver, &shapes, [commit(0), commit(1), commit(2)]);
            let mut leaves = others.map(Hash).to_vec();
            leaves[usize::from(receiver)] = leaf;
            let result = ground.result(leaves.iter().copied());
            let (shapes, leaves) = (List::new(shapes).unwrap(), List::new(leaves).unwrap());
            (Opening { ground, receiver, shapes, salts: words, pieces, leaves }, result)
        }
    }

    proptest! {
        #[test]
        fn what_was_committed_to_is_shown(made in opening()) {
            let (opening, result) = made;
            let bytes = opening.encode().unwrap();
            prop_assert_eq!(Opening::decode(&bytes), Ok(opening.clone()));
            let (hash, opened) = opening.check().unwrap();
            prop_assert_eq!(hash, result);
            let [a, b, c] = &opening.pieces;
            for (shape, opened) in opening.shapes.iter().zip(&opened) {
                prop_assert_eq!(opened.values.len(), shape.length as usize);
            }
            for (at, value) in opened[0].values.iter().enumerate() {
                let sum = a[at].wrapping_add(b[at]).wrapping_add(c[at]);
                prop_assert_eq!(*value, i128::from(sum as i64));
            }
            prop_assert!(opened[1].values.iter().all(|bit| matches!(bit, 0 | 1)));
        }

        #[test]
        fn no_change_of_it_opens_the_same(made in opening(), at in any::<prop::sample::Index>(), bit in 0u32..8) {
            let (opening, result) = made;
            let mut bytes = opening.encode().unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            if let Ok(changed) = Opening::decode(&bytes) {
                let opened = changed.check().map(|(hash, _)| hash);
                prop_assert!(opened != Ok(result), "byte {}", at);
            }
        }

        #[test]
        fn no_part_of_it_is_another(made in opening(), cut in any::<prop::sample::Index>()) {
            let bytes = made.0.encode().unwrap();
            let cut = cut.index(bytes.len());
            prop_assert_eq!(Opening::decode(&bytes[..cut]), Err(Error::Unread));
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(opening) = Opening::decode(&bytes) {
                let _ = opening.check();
            }
        }
    }

    #[test]
    fn the_largest_has_room() {
        let words = |_| List::new(vec![u64::MAX; MAX_WORDS]).unwrap();
        let opening = Opening {
            ground: Ground {
                session: SessionId([1; 16]),
                terms: Hash([2; 32]),
                program: Hash([3; 32]),
            },
            receiver: 0,
            shapes: List::new(vec![shape(Kind::Number, MAX_WORDS as u32)]).unwrap(),
            salts: [[u64::MAX; SALT]; PARTIES],
            pieces: [(), (), ()].map(words),
            leaves: List::new(vec![Hash([4; 32]); MAX_LEAVES]).unwrap(),
        };
        assert!(opening.encode().is_some());
        assert_eq!(opening.check(), Err(Error::Leaf { receiver: 0 }));
    }
}
