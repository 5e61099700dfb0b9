//! What a party keeps of a session, for a later one of the same three.
//!
//! Each of the three ends with its two pieces of a vector, and nobody learns the vector. Any two of the
//! parties hold one piece together, so what binds all of it is agreed on where a session
//! [closes](crate::Ending): a commitment to each piece, said by both its holders to all three, before
//! anything is revealed. The hash of these three and of all that is public of the vector is what it is
//! called, and the programs that take it up name it so. Whoever has other shares by then cannot open the
//! commitments: it notices that itself, and the other holder of a piece does when both show each other a
//! hash of it, made for that session, before anything is computed. A party that shows the hash of what it
//! should have, and computes with something else, is in the place of one that sends wrong messages: with
//! [malicious security](crate::program::Security) its proof fails, for the two others hold all that it
//! should have used.
//!
//! Shares are used as often as there are sessions that take them up, and never sent: a session's
//! messages are masked by keys of its own, as those about an owner's columns are.

use crate::error::{Spoilt, Untaken};
use crate::evidence::{Piece, SALT, ground};
use crate::peer::next;
use crate::program::{Keep, MAX_KEPT, NAME, Security, Taken};
use crate::rep3::Share;
use crate::{PARTIES, Place, Program};
use bincode::{Decode, Encode};
use core::fmt;
use sha2::Digest;
use troupe_types::{Hash, SessionId};
use troupe_wire::{Limit, List, Text, codec};

/// What is public of something kept, the same at all three parties.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Label {
    /// The session that kept it.
    pub session: SessionId,
    /// The hash of what was agreed on there.
    pub terms: Hash,
    /// What was computed there.
    pub program: Hash,
    /// Against whom that was protected.
    pub security: Security,
    /// Its place among all that the session kept.
    pub at: u8,
    /// What the program calls it.
    pub name: Text<NAME>,
    /// Elements.
    pub length: u32,
    /// Fraction bits of its encoding.
    pub fraction: u8,
    /// The least value that it can have, encoded.
    pub low: i64,
    /// The greatest.
    pub high: i64,
}

/// One party's part of something kept: whole, and such as was agreed on.
///
/// By itself it is uniformly random. Whoever has those of two parties has the values.
#[derive(Clone, PartialEq, Eq)]
pub struct Kept(Written);

/// As it is written down: anybody's claim, until it is checked.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
struct Written {
    label: Label,
    seat: u8,
    /// Of the commitments to our own piece and to the next one.
    salts: [[u64; SALT]; 2],
    /// The commitments to pieces 0, 1 and 2.
    pieces: [Hash; PARTIES as usize],
    own: List<u64, MAX_KEPT>,
    next: List<u64, MAX_KEPT>,
}

impl Label {
    /// Of everything that a program keeps, in its order.
    pub(crate) fn all(place: Place, program: &Program) -> Vec<Self> {
        let label = |(at, keep): (u8, &Keep)| {
            let register = keep.register.index();
            let (low, high) = program.range(register);
            Self {
                session: place.session,
                terms: place.terms,
                program: program.hash(),
                security: program.security(),
                at,
                name: keep.name.clone(),
                length: program.lengths()[register],
                fraction: keep.fraction,
                low,
                high,
            }
        };
        (0..).zip(program.keeps()).map(label).collect()
    }

    /// What it is called with these commitments to its pieces.
    pub(crate) fn id(&self, pieces: &[Hash; PARTIES as usize]) -> Hash {
        let place = Place { session: self.session, terms: self.terms };
        let security = match self.security {
            Security::SemiHonest => 0,
            Security::Malicious => 1,
        };
        let hash = ground(place, self.program)
            .start(b"kept")
            .chain_update([self.at, security, self.fraction])
            .chain_update(self.length.to_le_bytes())
            .chain_update(self.low.to_le_bytes())
            .chain_update(self.high.to_le_bytes())
            // A name is at most 64 bytes.
            .chain_update((self.name.len() as u64).to_le_bytes())
            .chain_update(self.name.as_bytes());
        let hash = pieces.iter().fold(hash, |hash, piece| hash.chain_update(piece));
        Hash(hash.finalize().into())
    }
}

impl Kept {
    /// The largest encoding.
    pub const LIMIT: Limit = Limit::KiB512;

    /// What a party holds once all three have said these commitments.
    pub(crate) fn new(
        label: Label,
        seat: u8,
        salts: [&[u64]; 2],
        pieces: [Hash; PARTIES as usize],
        share: &Share,
    ) -> Self {
        let salt = |salt: &[u64]| core::array::from_fn(|at| salt.get(at).copied().unwrap_or(0));
        let list = |words: &[u64]| {
            List::new(words.to_vec()).expect("a checked program keeps no more than this")
        };
        let (own, next) = (list(&share.own), list(&share.next));
        Self(Written { label, seat, salts: salts.map(salt), pieces, own, next })
    }

    /// Reads what [`encode`](Self::encode) wrote; refused is everything that is not as it was kept.
    pub fn decode(bytes: &[u8]) -> Result<Self, Spoilt> {
        codec::decode::<Written>(bytes, Self::LIMIT)?.check()
    }

    /// The bytes that [`decode`](Self::decode) reads: for this party alone, and for no other to see.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(&self.0, Self::LIMIT).expect("both pieces have room in it")
    }

    /// What it is called, the same at all three parties: programs [take it up](Taken) by this.
    #[must_use]
    pub fn id(&self) -> Hash {
        self.0.label.id(&self.0.pieces)
    }

    /// What is public of it.
    #[must_use]
    pub const fn label(&self) -> &Label {
        &self.0.label
    }

    /// Whose part it is.
    #[must_use]
    pub const fn seat(&self) -> u8 {
        self.0.seat
    }

    /// The values, for whoever has the parts of all three, in their order: nobody but a simulation. Refused are parts that are not of
    /// one vector.
    pub fn open(parts: [&Self; PARTIES as usize]) -> Result<Vec<f64>, Spoilt> {
        let id = parts[0].id();
        if (0..).zip(parts).any(|(seat, part)| part.seat() != seat || part.id() != id) {
            return Err(Spoilt::Shape("three parts of one vector"));
        }
        let [first, second, third] = parts.map(|part| part.words()[0]);
        let sums = first
            .iter()
            .zip(second)
            .zip(third)
            .map(|((a, b), c)| a.wrapping_add(*b).wrapping_add(*c).cast_signed());
        let one = f64::from(parts[0].0.label.fraction).exp2();
        Ok(sums.map(|sum| sum as f64 / one).collect())
    }

    /// Our own piece and the next one.
    pub(crate) fn words(&self) -> [&[u64]; 2] {
        [&self.0.own, &self.0.next]
    }

    /// The input register that it fills.
    pub(crate) fn share(&self) -> Share {
        let [own, next] = self.words().map(<[u64]>::to_vec);
        Share { own, next }
    }

    /// That a party may fill with it what its program takes up.
    pub(crate) fn fits(&self, taken: &Taken, seat: u8, security: Security) -> Result<(), Untaken> {
        let Written { label, seat: got, .. } = &self.0;
        if *got != seat {
            return Err(Untaken::Seat { got: *got, want: seat });
        }
        if label.length != taken.length {
            return Err(Untaken::Shape("number of elements"));
        }
        if label.fraction != taken.fraction {
            return Err(Untaken::Shape("format"));
        }
        if label.low < taken.low || label.high > taken.high {
            return Err(Untaken::Shape("range"));
        }
        if security == Security::Malicious && label.security == Security::SemiHonest {
            return Err(Untaken::Unproven);
        }
        Ok(())
    }

    /// Its part with a bit changed, as only somebody can have it who does not check it.
    #[cfg(test)]
    pub(crate) fn flipped(&self, is_own: bool, word: usize, bit: u32) -> Self {
        let mut written = self.0.clone();
        let piece = if is_own { &mut written.own } else { &mut written.next };
        let mut words = piece.to_vec();
        words[word] ^= 1 << bit;
        *piece = List::new(words).expect("as long as it was");
        Self(written)
    }
}

impl Written {
    fn check(self) -> Result<Kept, Spoilt> {
        if self.seat >= PARTIES {
            return Err(Spoilt::Shape("seat"));
        }
        let length = self.label.length as usize;
        if length == 0 || self.own.len() != length || self.next.len() != length {
            return Err(Spoilt::Shape("number of shares"));
        }
        let pieces = [(self.seat, &self.own), (next(self.seat), &self.next)];
        for ((index, words), salt) in pieces.into_iter().zip(&self.salts) {
            let mut piece = Piece::kept(self.label.at, index);
            piece.take(words);
            if piece.commit(salt) != self.pieces[usize::from(index)] {
                return Err(Spoilt::Changed);
            }
        }
        Ok(Kept(self))
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Label { name, length, .. } = &self.0.label;
        write!(f, "Kept({}, `{name}`, {length} elements)", self.id().short())
    }
}
