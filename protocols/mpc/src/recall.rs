//! What a party sent last, for whoever says that it never came.
//!
//! Frames between two parties are shares, masked by what only these two know: whoever saw one besides the shares it has itself
//! would learn values. So what is shown where everybody sees it is sealed with a key of the two. It is made from the seed
//! that they share anyway, is used for nothing else, and can be made only by them; the frame with the seed is never kept. What is
//! shown tells others a length, which the program fixes, and nothing more.
//!
//! [Kept](FRAMES) are as many frames as a party can be ahead of one that waits for it: whoever waits sends nothing, so after two
//! more rounds everybody waits.

use crate::prg::KEY;
use crate::{Peer, Place};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use troupe_types::Hash;
use zeroize::{Zeroize, Zeroizing};

/// Frames that are kept of each stream to another party.
pub const FRAMES: usize = 4;
/// Bytes that are kept of a frame: its beginning, where it is longer.
pub const LONGEST: usize = 32_000;
/// Bytes in front of what is sealed.
const TAG: usize = 32;
/// What the key of a seal is made for.
const CONTEXT: &str = "troupe mpc recall 1";

/// What one party sent and did not hear, beside the machine: it stays when the machine is gone. Clones share it.
#[derive(Clone, Default)]
pub struct Recall(Arc<Mutex<Memory>>);

#[derive(Default)]
struct Memory {
    me: u8,
    lanes: BTreeMap<u8, Lane>,
    missing: Option<Missing>,
}

/// Of the stream to one party.
#[derive(Default)]
struct Lane {
    seal: Option<Seal>,
    frames: VecDeque<(u32, Zeroizing<Vec<u8>>)>,
}

/// A frame that never came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// The seat of who should have sent it.
    pub of: u8,
    /// The number of the frame in the stream, from 1; 0 is the one with the seed.
    pub frame: u32,
}

/// A frame that was sent, sealed for who should have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The seat of the other party.
    pub to: u8,
    /// The number of the frame in the stream.
    pub frame: u32,
    /// What may be shown to everybody.
    pub message: Vec<u8>,
}

impl core::fmt::Debug for Recall {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Recall(..)")
    }
}

impl Recall {
    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The frame that the session ended for, if a party waited for one in vain.
    #[must_use]
    pub fn missing(&self) -> Option<Missing> {
        self.lock().missing
    }

    /// The last frames to each of the others, so many at most, sealed.
    #[must_use]
    pub fn sealed(&self, most: usize) -> Vec<Sealed> {
        let memory = self.lock();
        let mut all = Vec::new();
        for (to, lane) in &memory.lanes {
            let Some(seal) = &lane.seal else { continue };
            for (frame, bytes) in lane.frames.iter().rev().take(most) {
                let message = seal.close(memory.me, *frame, bytes);
                all.push(Sealed { to: *to, frame: *frame, message });
            }
        }
        all
    }

    /// What another party sealed for us of its stream; `None` where it is not what it should be.
    #[must_use]
    pub fn open(&self, from: u8, frame: u32, message: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.lock().lanes.get(&from)?.seal.as_ref()?.open(from, frame, message)
    }

    pub(crate) fn begin(&self, me: u8) {
        self.lock().me = me;
    }

    /// The seed that is shared with another party is known.
    pub(crate) fn shares(&self, with: u8, seal: Seal) {
        self.lock().lanes.entry(with).or_default().seal = Some(seal);
    }

    pub(crate) fn misses(&self, missing: Option<Missing>) {
        self.lock().missing = missing;
    }

    /// Takes a frame that is sent; gives room for the next one.
    fn keep(&self, to: u8, frame: u32, bytes: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
        let mut memory = self.lock();
        let lane = memory.lanes.entry(to).or_default();
        lane.frames.push_back((frame, bytes));
        if lane.frames.len() <= FRAMES {
            return Zeroizing::default();
        }
        let (_, mut room) = lane.frames.pop_front().unwrap_or_default();
        room.zeroize();
        room
    }
}

/// Keeps the frames of one stream as they are written.
pub(crate) struct Keeper {
    recall: Recall,
    to: u8,
    frame: u32,
    bytes: Zeroizing<Vec<u8>>,
}

impl Keeper {
    /// From a frame on; none for a peer that is no party.
    pub(crate) fn new(recall: &Recall, to: Peer, frame: u32) -> Option<Self> {
        let Peer::Party(to) = to else { return None };
        Some(Self { recall: recall.clone(), to, frame, bytes: Zeroizing::default() })
    }

    /// The next words of the frame, as they travel.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        let room = LONGEST.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..room.min(bytes.len())]);
    }

    /// The frame ends.
    pub(crate) fn end(&mut self) {
        let bytes = core::mem::take(&mut self.bytes);
        self.bytes = self.recall.keep(self.to, self.frame, bytes);
        self.frame = self.frame.saturating_add(1);
    }
}

/// A key of two parties. What is encrypted twice is the same, and says nothing more: the nonce is a code of the whole (SIV).
pub(crate) struct Seal(Zeroizing<[u8; 32]>);

impl Seal {
    /// From the seed that the party `by` chose.
    pub(crate) fn new(seed: &[u8; KEY], by: u8, place: Place, program: Hash) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
        hasher.update(&[by]).update(place.session.as_bytes()).update(place.terms.as_bytes());
        let key = *hasher.update(program.as_bytes()).update(seed).finalize().as_bytes();
        hasher.zeroize();
        Self(Zeroizing::new(key))
    }

    fn tag(&self, from: u8, frame: u32, plain: &[u8]) -> [u8; TAG] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&[0, from]).update(&frame.to_le_bytes()).update(plain);
        let tag = *hasher.finalize().as_bytes();
        hasher.zeroize();
        tag
    }

    fn mask(&self, tag: &[u8; TAG], bytes: &mut [u8]) {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        let mut masks = hasher.update(&[1]).update(tag).finalize_xof();
        let mut block = Zeroizing::new([0; 1_024]);
        for part in bytes.chunks_mut(block.len()) {
            masks.fill(&mut block[..]);
            for (byte, mask) in part.iter_mut().zip(block.iter()) {
                *byte ^= mask;
            }
        }
        hasher.zeroize();
        masks.zeroize();
    }

    fn close(&self, from: u8, frame: u32, plain: &[u8]) -> Vec<u8> {
        let tag = self.tag(from, frame, plain);
        let mut sealed = Vec::with_capacity(TAG + plain.len());
        sealed.extend_from_slice(&tag);
        sealed.extend_from_slice(plain);
        self.mask(&tag, &mut sealed[TAG..]);
        sealed
    }

    fn open(&self, from: u8, frame: u32, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (tag, rest) = sealed.split_first_chunk::<TAG>()?;
        if rest.len() > LONGEST {
            return None;
        }
        let mut plain = Zeroizing::new(rest.to_vec());
        self.mask(tag, &mut plain);
        // Constant in time: compared as hashes.
        let is_same = blake3::Hash::from(*tag) == blake3::Hash::from(self.tag(from, frame, &plain));
        is_same.then_some(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_types::SessionId;

    fn seal(seed: u8, by: u8) -> Seal {
        let place = Place { session: SessionId([1; 16]), terms: Hash([2; 32]) };
        Seal::new(&[seed; KEY], by, place, Hash([3; 32]))
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_read_by_the_other_one_and_by_nobody_else(
            plain in proptest::collection::vec(any::<u8>(), 0..3_000),
            frame in any::<u32>(),
            flip in any::<usize>(),
        ) {
            let sealed = seal(7, 1).close(0, frame, &plain);
            prop_assert_eq!(sealed.len(), TAG + plain.len());
            let open = |seal: Seal, from, frame, sealed: &[u8]| {
                seal.open(from, frame, sealed).map(|plain| plain.to_vec())
            };
            prop_assert_eq!(open(seal(7, 1), 0, frame, &sealed), Some(plain.clone()));
            prop_assert_eq!(open(seal(8, 1), 0, frame, &sealed), None, "another seed");
            prop_assert_eq!(open(seal(7, 2), 0, frame, &sealed), None, "another pair");
            prop_assert_eq!(open(seal(7, 1), 1, frame, &sealed), None, "the other direction");
            prop_assert_eq!(open(seal(7, 1), 0, frame ^ 1, &sealed), None, "another frame");
            let mut changed = sealed.clone();
            changed[flip % sealed.len()] ^= 1;
            prop_assert_eq!(open(seal(7, 1), 0, frame, &changed), None);
            prop_assert_eq!(open(seal(7, 1), 0, frame, &sealed[..sealed.len() - 1]), None);
            // Not a run of eight bytes is what it was.
            let shown = &sealed[TAG..];
            prop_assert!(plain.windows(8).zip(shown.windows(8)).all(|(one, other)| one != other));
        }
    }

    #[test]
    fn the_last_frames_are_kept_and_their_beginnings() {
        let recall = Recall::default();
        recall.begin(0);
        let mut keeper = Keeper::new(&recall, Peer::Party(1), 1).expect("a party");
        for frame in 1..=10u8 {
            // In parts, and the longest ones longer than what is kept.
            for _ in 0..frame {
                keeper.take(&[frame; 5_000]);
            }
            keeper.end();
        }
        assert!(recall.sealed(FRAMES).is_empty(), "there is no key yet");
        recall.shares(1, seal(7, 1));
        let other = Recall::default();
        other.shares(0, seal(7, 1));
        let sealed = recall.sealed(FRAMES);
        assert_eq!(sealed.iter().map(|one| one.frame).collect::<Vec<_>>(), [10, 9, 8, 7]);
        for one in sealed {
            let plain = other.open(0, one.frame, &one.message).expect("it is for us");
            let byte = u8::try_from(one.frame).expect("small");
            assert_eq!(*plain, vec![byte; LONGEST.min(5_000 * usize::from(byte))]);
            assert_eq!(one.to, 1);
        }
        assert_eq!(recall.sealed(1).len(), 1);
        assert!(Keeper::new(&recall, Peer::Receiver(0), 1).is_none());
    }
}
