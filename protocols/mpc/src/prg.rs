//! Masks from keys: AES-128 in counter mode.
//!
//! A block is the encryption of `(lane, counter)`, both 64 bits. A lane is handed out once, so no
//! block is ever used for two purposes; a position inside a lane may be computed as often as its
//! holder likes, and from anywhere. Everybody who holds a key opens its lanes in the same order,
//! which the program fixes.

use crate::Place;
use aes::Aes128;
use aes::cipher::{Block, BlockEncrypt, KeyInit};
use sha2::{Digest, Sha256};
use troupe_types::Hash;
use zeroize::{Zeroize, Zeroizing};

/// Bytes in a seed or key.
pub const KEY: usize = 16;

/// Blocks encrypted at once: eight times the eight that the AES unit has in flight.
const BATCH: usize = 64;

/// A key that two or three participants share. Zeroed when dropped.
pub struct Key(Zeroizing<[u8; KEY]>);

/// Where a key comes from; keys of different purposes are unrelated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Chosen by a party, shared with the party before it.
    Pair {
        /// The party that chose it.
        party: u8,
    },
    /// Chosen by an owner, for the piece of its columns with this index.
    Input {
        /// The owner.
        owner: u8,
        /// The piece: 0 or 1.
        piece: u8,
    },
}

/// A pseudo-random function with a position: as many words as wanted, per lane.
pub struct Prg {
    cipher: Aes128,
    opened: u64,
}

/// A stretch of a key's output that has one use.
#[derive(Debug)]
pub struct Lane(u64);

impl Key {
    /// Binds the 16 bytes that were exchanged to the session, its terms, the program and the
    /// purpose, so that even a repeated seed gives unrelated masks anywhere else.
    #[must_use]
    pub fn derive(seed: &[u8; KEY], purpose: Purpose, place: Place, program: Hash) -> Self {
        let label = match purpose {
            Purpose::Pair { party } => [0, party, 0],
            Purpose::Input { owner, piece } => [1, owner, piece],
        };
        let mut digest: [u8; 32] = Sha256::new_with_prefix(b"troupe mpc key 2")
            .chain_update(label)
            .chain_update(place.session)
            .chain_update(place.terms)
            .chain_update(program)
            .chain_update(seed)
            .finalize()
            .into();
        let mut key = Zeroizing::new([0; KEY]);
        key.copy_from_slice(&digest[..KEY]);
        digest.zeroize();
        Self(key)
    }
}

impl core::fmt::Debug for Key {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Key(..)")
    }
}

impl core::fmt::Debug for Prg {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Prg({} lanes)", self.opened)
    }
}

impl Prg {
    /// Expands the key once; the expanded key is zeroed when dropped.
    #[must_use]
    pub fn new(key: &Key) -> Self {
        Self { cipher: Aes128::new((&*key.0).into()), opened: 0 }
    }

    /// Over a seed that is used for nothing else.
    pub(crate) fn from_seed(seed: &[u8; KEY]) -> Self {
        Self { cipher: Aes128::new(seed.into()), opened: 0 }
    }

    /// Opens the next lane.
    pub fn lane(&mut self) -> Lane {
        let lane = Lane(self.opened);
        // Lanes are opened once per operation; a program has thousands of them, not 2^64.
        self.opened = self.opened.saturating_add(1);
        lane
    }

    /// Writes the words of `lane` from position `from` on; panics where that is odd, inside a block.
    pub fn fill(&self, lane: &Lane, from: usize, out: &mut [u64]) {
        self.combine(lane, from, out, |_, mask| mask);
    }

    /// Adds the words of `lane` from position `from` on; panics where that is odd.
    pub fn add(&self, lane: &Lane, from: usize, out: &mut [u64]) {
        self.combine(lane, from, out, u64::wrapping_add);
    }

    /// Takes away the words of `lane` from position `from` on; panics where that is odd.
    pub fn sub(&self, lane: &Lane, from: usize, out: &mut [u64]) {
        self.combine(lane, from, out, u64::wrapping_sub);
    }

    /// Flips by the words of `lane` from position `from` on; panics where that is odd.
    pub fn xor(&self, lane: &Lane, from: usize, out: &mut [u64]) {
        self.combine(lane, from, out, |word, mask| word ^ mask);
    }

    #[inline]
    fn combine(&self, lane: &Lane, from: usize, out: &mut [u64], with: impl Fn(u64, u64) -> u64) {
        assert!(from.is_multiple_of(2), "a position inside a block");
        let mut plain = [Block::<Aes128>::default(); BATCH];
        let mut secret = plain;
        for block in &mut plain {
            block[..8].copy_from_slice(&lane.0.to_le_bytes());
        }
        let mut counter = (from / 2) as u64;
        for part in out.chunks_mut(2 * BATCH) {
            let count = part.len().div_ceil(2);
            for block in &mut plain[..count] {
                block[8..].copy_from_slice(&counter.to_le_bytes());
                counter = counter.wrapping_add(1);
            }
            self.cipher
                .encrypt_blocks_b2b(&plain[..count], &mut secret[..count])
                .expect("two slices of one length");
            let (pairs, last) = part.as_chunks_mut::<2>();
            for (pair, block) in pairs.iter_mut().zip(&secret) {
                let [first, second] = words(block);
                *pair = [with(pair[0], first), with(pair[1], second)];
            }
            if let [last] = last {
                let [first, _] = words(&secret[count - 1]);
                *last = with(*last, first);
            }
        }
    }
}

fn words(block: &Block<Aes128>) -> [u64; 2] {
    let halves = block.as_chunks::<8>().0;
    [u64::from_le_bytes(halves[0]), u64::from_le_bytes(halves[1])]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_types::SessionId;

    fn at(session: u8, terms: u8) -> Place {
        Place { session: SessionId([session; 16]), terms: Hash([terms; 32]) }
    }

    fn prg(seed: u8) -> Prg {
        let key = Key::derive(&[seed; KEY], Purpose::Pair { party: 0 }, at(1, 4), Hash([2; 32]));
        Prg::new(&key)
    }

    proptest! {
        #[test]
        fn a_lane_reads_the_same_from_any_block(block in 0usize..350, length in 0usize..700) {
            let from = 2 * block;
            let mut prg = prg(3);
            let lane = prg.lane();
            let mut whole = vec![0; 1400];
            prg.fill(&lane, 0, &mut whole);
            let mut part = vec![0; length];
            prg.fill(&lane, from, &mut part);
            prop_assert_eq!(&part, &whole[from..from + length]);
        }
    }

    #[test]
    fn the_words_are_aes_in_counter_mode() {
        // The first block of lane 0 under the zero key is AES-128 of the zero block, whose value
        // is in NIST's known-answer tests (ECBVarTxt128 family).
        let mut zero = Prg::new(&Key(Zeroizing::new([0; KEY])));
        let (first, second) = (zero.lane(), zero.lane());
        let mut words = [0; 2];
        zero.fill(&first, 0, &mut words);
        assert_eq!(words.map(u64::swap_bytes), [0x66e9_4bd4_ef8a_2c3b, 0x884c_fa59_ca34_2b2e]);

        let cipher = Aes128::new(&[0; KEY].into());
        let mut words = [0; 5];
        zero.fill(&second, 0, &mut words);
        for (index, pair) in words.chunks(2).enumerate() {
            let mut block = [0u8; 16];
            block[0] = 1;
            block[8] = u8::try_from(index).expect("small");
            let mut block = block.into();
            cipher.encrypt_block(&mut block);
            assert_eq!(pair[0].to_le_bytes(), block[..8]);
        }
    }

    #[test]
    fn lanes_sessions_terms_programs_and_purposes_are_unrelated() {
        let key = |purpose, place| Key::derive(&[0; KEY], purpose, place, Hash([0; 32]));
        let pair = Purpose::Pair { party: 0 };
        let keys = [
            key(pair, at(0, 0)),
            key(pair, at(1, 0)),
            key(pair, at(0, 1)),
            Key::derive(&[0; KEY], pair, at(0, 0), Hash([1; 32])),
            key(Purpose::Pair { party: 1 }, at(0, 0)),
            key(Purpose::Input { owner: 0, piece: 0 }, at(0, 0)),
            key(Purpose::Input { owner: 0, piece: 1 }, at(0, 0)),
        ];
        let mut seen = std::collections::BTreeSet::new();
        for key in &keys {
            let mut prg = Prg::new(key);
            for lane in [prg.lane(), prg.lane()] {
                let mut words = [0; 64];
                prg.fill(&lane, 0, &mut words);
                assert!(words.into_iter().all(|word| seen.insert(word)), "a word came twice");
            }
        }
        assert_eq!(seen.len(), 7 * 2 * 64);
    }

    #[test]
    fn keys_do_not_print() {
        let key = Key(Zeroizing::new([171; KEY]));
        assert_eq!(format!("{key:?} {:?}", Prg::new(&key)), "Key(..) Prg(0 lanes)");
    }
}
