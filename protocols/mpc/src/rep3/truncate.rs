//! Truncation that never fails: probabilistic rounding with one bit of slack.
//!
//! The idea is Escudero et al. 2020/338, section 5.1, with the mask dealt by one of the three.
//! Let `z = z_0 + z_1 + z_2` with `-2^62 <= z < 2^62`, `s` the shift, `D` the dealer, `A` the party
//! after and `B` the party before it. All masks below come from the keys that the dealer shares
//! with `A` and with `B`; nothing is sent for them.
//!
//! 1. `A` and `B` exchange `z_A + m_A` and `z_B + m_B`. Both now know
//!    `c = (z + 2^62) + r` with `r = m_A + m_B - z_D`, which the dealer knows and they do not: to
//!    them `c` is uniform. The dealer never sees `c`.
//! 2. As `z + 2^62 < 2^63`, the top bit of `c` differs from the top bit `b` of `r` exactly if the
//!    lower 63 bits carried: `w = c_63 + b - 2 c_63 b`. Hence, with `c'` and `r'` the lower 63 bits,
//!    `z + 2^62 = c' - r' + 2^63 w`, and
//!    `(c' >> s) - (r' >> s) + 2^(63-s) w - 2^(62-s)` is `z / 2^s`, rounded down or up. It is
//!    linear in `h = r' >> s` and `b`, of which the dealer has sent `B` what completes a sharing
//!    between `A` and `B`.
//! 3. The dealer's two pieces of the result are masks that it shares with one of the others
//!    each. What is left of the result, the piece that `A` and `B` hold, is the sum of what each of
//!    them can compute; they exchange these in the second round.
//!
//! The result is `floor(z / 2^s)` or one more, one more with the probability of the fraction cut
//! off, so it is right on average; and there is no wrap at any `z` in the range. Outside of it the
//! result is off by `2^(64-s)`: programs are checked so that honest inputs stay inside.
//!
//! What the rounding gives away: whether a result was rounded up depends on `r` and on the bits
//! cut off. Somebody who sees the result *and* knows `r` (a receiver that colludes with the
//! dealer) learns one comparison of those low bits with a known random number. It says nothing
//! about the bits kept.

use super::keys::{Keys, Lanes};
use super::traffic::Role;
use super::{Local, Share, TILE};
use crate::stream::Outbox;

const TOP: u64 = 1 << 63;
const OFFSET: u64 = 1 << 62;

/// A truncation between its rounds.
pub(crate) struct Truncation {
    pub(crate) role: Role,
    shift: u32,
    length: usize,
    lanes: [Lanes; 4],
    /// What this party sent: in the first round the masked value, in the second its part of the
    /// result. Empty at the dealer.
    sent: Vec<u64>,
}

/// What each lane is for.
const MASK: usize = 0;
const HIGH: usize = 1;
const SIGN: usize = 2;
const RESULT: usize = 3;

impl Truncation {
    /// Words kept between rounds.
    pub(crate) fn words(&self) -> usize {
        self.sent.capacity()
    }

    /// The first round: what goes to the neighbour that this role sends to.
    pub(crate) fn open(
        role: Role,
        shift: u8,
        local: Local<'_>,
        keys: &mut Keys,
        to: &mut Outbox,
    ) -> Self {
        let lanes = [keys.lanes(), keys.lanes(), keys.lanes(), keys.lanes()];
        let shift = u32::from(shift);
        let mut this = Self { role, shift, length: local.len(), lanes, sent: Vec::new() };
        match role {
            Role::Dealer => this.deal(local, keys, to),
            Role::After | Role::Before => {
                this.sent = vec![0; this.length];
                let mut from = 0;
                for tile in this.sent.chunks_mut(TILE) {
                    local.fill(from, tile);
                    match role {
                        Role::After => keys.add_own(&this.lanes[MASK], from, tile),
                        Role::Dealer | Role::Before => {
                            keys.add_next(&this.lanes[MASK], from, tile);
                        }
                    }
                    to.write(tile);
                    from += TILE;
                }
            }
        }
        this
    }

    /// The dealer's corrections, tile by tile: a word an element for the high bits, then half a
    /// word for the top bit.
    fn deal(&self, local: Local<'_>, keys: &Keys, to: &mut Outbox) {
        let (mut r, mut high, mut signs) = ([0; TILE], [0; TILE], [0; TILE / 2]);
        let mut from = 0;
        while from < self.length {
            let count = TILE.min(self.length - from);
            // One more than there are where the count is odd: its half is never read.
            let even = count.next_multiple_of(2);
            let (r, high) = (&mut r[..even], &mut high[..count]);
            let signs = &mut signs[..even / 2];
            local.fill(from, &mut r[..count]);
            for z in &mut *r {
                *z = z.wrapping_neg();
            }
            // Key `D + 1` is shared with `A`, key `D` with `B`.
            keys.add_next(&self.lanes[MASK], from, r);
            keys.add_own(&self.lanes[MASK], from, r);
            keys.next(&self.lanes[HIGH], from, high);
            keys.next(&self.lanes[SIGN], from / 2, signs);
            for (high, r) in high.iter_mut().zip(&*r) {
                *high = ((r & !TOP) >> self.shift).wrapping_add(*high).wrapping_neg();
            }
            for (sign, pair) in signs.iter_mut().zip(r.as_chunks::<2>().0) {
                *sign = halves_sub((pair[0] >> 63) | ((pair[1] >> 63) << 32), *sign);
            }
            to.write(high);
            to.write(signs);
            from += TILE;
        }
    }

    /// The second round: `opened` is what the other of `A` and `B` sent in the first one,
    /// `corrections` what the dealer sent to `B`.
    pub(crate) fn close(
        &mut self,
        keys: &Keys,
        opened: &[u64],
        corrections: &[u64],
        to: &mut Outbox,
    ) {
        let mut rest = corrections;
        let (mut high, mut sign, mut mask) = ([0; TILE], [0; TILE], [0; TILE]);
        let mut halves = [0; TILE / 2];
        let mut from = 0;
        for (tile, opened) in self.sent.chunks_mut(TILE).zip(opened.chunks(TILE)) {
            let count = tile.len();
            let (high, mask) = (&mut high[..count], &mut mask[..count]);
            let halves = &mut halves[..count.div_ceil(2)];
            shared_with_dealer(keys, self.role, &self.lanes[RESULT], from, mask);
            let public_mask = match self.role {
                Role::Dealer => return,
                Role::After => {
                    keys.own(&self.lanes[HIGH], from, high);
                    keys.own(&self.lanes[SIGN], from / 2, halves);
                    0
                }
                Role::Before => {
                    let (highs, later) = rest.split_at(count);
                    let (signs, later) = later.split_at(halves.len());
                    high.copy_from_slice(highs);
                    halves.copy_from_slice(signs);
                    rest = later;
                    u64::MAX
                }
            };
            // One half each; a last one too many where the count is odd.
            for (pair, both) in sign.as_chunks_mut::<2>().0.iter_mut().zip(&*halves) {
                *pair = [both & 0xffff_ffff, both >> 32];
            }
            let shift = self.shift;
            let parts = high.iter().zip(&*mask).zip(&sign);
            for ((sent, opened), ((high, mask), sign)) in tile.iter_mut().zip(opened).zip(parts) {
                let c = sent.wrapping_add(*opened).wrapping_add(OFFSET);
                let carry = c >> 63;
                // The public part, which `B` adds: `(c' >> s) + 2^(63-s) c_63 - 2^(62-s)`, whose
                // first two terms are just the bits of `c`.
                let public = (c >> shift).wrapping_sub(OFFSET >> shift) & public_mask;
                // `+ b` where `c_63` is 0, `- b` where it is 1.
                let sign = ((sign << (63 - shift)) ^ carry.wrapping_neg()).wrapping_add(carry);
                *sent = public.wrapping_add(*high).wrapping_add(sign).wrapping_sub(*mask);
            }
            to.write(tile);
            from += TILE;
        }
    }

    /// The result, with what the other of `A` and `B` sent in the second round.
    pub(crate) fn finish(mut self, keys: &Keys, received: &[u64]) -> Share {
        for (word, other) in self.sent.iter_mut().zip(received) {
            *word = word.wrapping_add(*other);
        }
        let mut mask = vec![0; self.length];
        match self.role {
            Role::Dealer => {
                let mut own = vec![0; self.length];
                keys.own(&self.lanes[RESULT], 0, &mut own);
                keys.next(&self.lanes[RESULT], 0, &mut mask);
                Share { own, next: mask }
            }
            // `A = D + 1` holds pieces `D + 1` (shared with the dealer) and `D + 2`.
            Role::After => {
                keys.own(&self.lanes[RESULT], 0, &mut mask);
                Share { own: mask, next: self.sent }
            }
            // `B = D + 2` holds pieces `D + 2` and `D` (shared with the dealer).
            Role::Before => {
                keys.next(&self.lanes[RESULT], 0, &mut mask);
                Share { own: self.sent, next: mask }
            }
        }
    }
}

/// The masks that `A` or `B` shares with the dealer.
fn shared_with_dealer(keys: &Keys, role: Role, lanes: &Lanes, from: usize, out: &mut [u64]) {
    match role {
        Role::After => keys.own(lanes, from, out),
        Role::Before | Role::Dealer => keys.next(lanes, from, out),
    }
}

/// Subtracts both 32-bit halves apart from each other.
fn halves_sub(left: u64, right: u64) -> u64 {
    const LOW: u64 = 0xffff_ffff;
    let low = left.wrapping_sub(right) & LOW;
    let high = (left >> 32).wrapping_sub(right >> 32) << 32;
    high | low
}
