//! The two keys of a party, and the masks they make.

use crate::prg::{Key, Lane, Prg};

/// Key `i` is with parties `i` and `i - 1`, as piece `i` of a share is: party `i` holds keys `i`
/// and `i + 1`.
#[derive(Debug)]
pub struct Keys {
    own: Prg,
    next: Prg,
}

/// One lane of each of a party's keys.
#[derive(Debug)]
pub struct Lanes {
    own: Lane,
    next: Lane,
}

impl Keys {
    /// From the key that the party chose and the one that the next party chose.
    #[must_use]
    pub fn new(own: &Key, next: &Key) -> Self {
        Self { own: Prg::new(own), next: Prg::new(next) }
    }

    /// The next lane of both keys. Whatever it is used for, all three parties open it, so that
    /// they stay in step.
    pub fn lanes(&mut self) -> Lanes {
        Lanes { own: self.own.lane(), next: self.next.lane() }
    }

    /// Words that we share with the party before us, and as many others that we share with the next.
    pub(crate) fn pairs(&mut self, count: usize) -> [Vec<u64>; 2] {
        let lanes = self.lanes();
        let mut words = [vec![0; count], vec![0; count]];
        self.own(&lanes, 0, &mut words[0]);
        self.next(&lanes, 0, &mut words[1]);
        words
    }

    pub(crate) fn own(&self, lanes: &Lanes, from: usize, out: &mut [u64]) {
        self.own.fill(&lanes.own, from, out);
    }

    pub(crate) fn next(&self, lanes: &Lanes, from: usize, out: &mut [u64]) {
        self.next.fill(&lanes.next, from, out);
    }

    pub(crate) fn add_own(&self, lanes: &Lanes, from: usize, words: &mut [u64]) {
        self.own.add(&lanes.own, from, words);
    }

    pub(crate) fn add_next(&self, lanes: &Lanes, from: usize, words: &mut [u64]) {
        self.next.add(&lanes.next, from, words);
    }

    pub(crate) fn sub_own(&self, lanes: &Lanes, from: usize, words: &mut [u64]) {
        self.own.sub(&lanes.own, from, words);
    }

    pub(crate) fn sub_next(&self, lanes: &Lanes, from: usize, words: &mut [u64]) {
        self.next.sub(&lanes.next, from, words);
    }

    pub(crate) fn xor_own(&self, lanes: &Lanes, from: usize, words: &mut [u64]) {
        self.own.xor(&lanes.own, from, words);
    }

    pub(crate) fn xor_next(&self, lanes: &Lanes, from: usize, words: &mut [u64]) {
        self.next.xor(&lanes.next, from, words);
    }

    /// [`Keys::mask`] for bits.
    pub(crate) fn mask_bits(&self, lanes: &Lanes, from: usize, words: &mut [u64]) {
        self.own.xor(&lanes.own, from, words);
        self.next.xor(&lanes.next, from, words);
    }

    /// Adds this party's piece of a sharing of zero: the three parties' pieces at one position add
    /// up to nothing, and no two of them say anything about the third (Araki et al. 2016/768,
    /// section 2).
    pub fn mask(&self, lanes: &Lanes, from: usize, words: &mut [u64]) {
        self.own.add(&lanes.own, from, words);
        self.next.sub(&lanes.next, from, words);
    }
}
