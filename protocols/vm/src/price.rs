//! What the world costs: prices that both machines share. Instructions of Ethereum's machine that touch
//! nothing outside it have theirs beside them.

use alloy_primitives::U256;

/// A cold account, a cold slot, and what is warm. EIP-2929
const COLD_ACCOUNT: u64 = 2_600;
const COLD_SLOT: u64 = 2_100;
pub(crate) const WARM: u64 = 100;
/// A word of storage: one that was zero, and another. EIP-2200, EIP-2929
const SET: u64 = 20_000;
const RESET: u64 = 2_900;
/// Given back for a word that is cleared. EIP-3529
const CLEARED: i64 = 4_800;
/// No word is written with so much left or less. EIP-2200
pub(crate) const STIPEND: u64 = 2_300;
/// A call that pays something, and one that makes an account by it. EIP-150, EIP-161
const PAYS: u64 = 9_000;
const NEW_ACCOUNT: u64 = 25_000;
/// `SELFDESTRUCT`. EIP-150
const DESTROY: u64 = 5_000;
/// `CREATE`, and a word of init code: its length (EIP-3860) and its hash (EIP-1014).
const CREATE: u64 = 32_000;
const INIT_WORD: u64 = 2;
const HASHED_WORD: u64 = 6;
/// A contract that takes the place of another, as in PlatON.
const SUCCESSION: u64 = 68_000;
/// A log, each topic of it, each byte of it.
const LOG: u64 = 375;
const LOGGED_BYTE: u64 = 8;
/// What is given back at most is this part of what was used. EIP-3529
const REFUND_PART: u64 = 5;

/// Words that so many bytes begin.
pub(crate) const fn words(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(32)
}

pub(crate) const fn account(is_cold: bool) -> u64 {
    if is_cold { COLD_ACCOUNT } else { WARM }
}

pub(crate) const fn slot(is_cold: bool) -> u64 {
    if is_cold { COLD_SLOT } else { WARM }
}

/// What a call costs besides the gas that it gets.
pub(crate) const fn call(is_cold: bool, pays: bool, makes_account: bool) -> u64 {
    let paying = if pays { PAYS } else { 0 };
    let making = if makes_account { NEW_ACCOUNT } else { 0 };
    account(is_cold) + paying + making
}

/// What destroying oneself costs; the account is the one that gets the balance.
pub(crate) const fn destroy(is_cold: bool, makes_account: bool) -> u64 {
    let reaching = if is_cold { COLD_ACCOUNT } else { 0 };
    let making = if makes_account { NEW_ACCOUNT } else { 0 };
    DESTROY + reaching + making
}

/// What beginning a creation costs, before init code runs.
pub(crate) const fn create(init_code: usize, is_hashed: bool) -> u64 {
    let each = if is_hashed { INIT_WORD + HASHED_WORD } else { INIT_WORD };
    CREATE + each * words(init_code)
}

/// What beginning a succession costs, before anything is moved.
pub(crate) const fn succeed(init_code: usize) -> u64 {
    SUCCESSION + INIT_WORD * words(init_code)
}

pub(crate) const fn log(topics: u64, bytes: usize) -> u64 {
    LOG + LOG * topics + LOGGED_BYTE * bytes as u64
}

/// A word of storage that is about to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Writing {
    /// At the beginning of the transaction.
    pub(crate) original: U256,
    pub(crate) now: U256,
    pub(crate) is_cold: bool,
}

impl Writing {
    /// What it costs to write `next`.
    // EIP-2200 with the prices of EIP-2929
    pub(crate) fn price(&self, next: U256) -> u64 {
        let reaching = if self.is_cold { COLD_SLOT } else { 0 };
        let changes = self.now != next && self.original == self.now;
        let writing = match (changes, self.original.is_zero()) {
            (false, _) => WARM,
            (true, true) => SET,
            (true, false) => RESET,
        };
        reaching + writing
    }

    /// What is given back for it, or taken back.
    // EIP-2200 with the figures of EIP-3529
    pub(crate) fn refund(&self, next: U256) -> i64 {
        if self.now == next {
            return 0;
        }
        let mut refund = 0;
        if !self.original.is_zero() {
            if self.now.is_zero() {
                refund -= CLEARED;
            } else if next.is_zero() {
                refund += CLEARED;
            }
        }
        if self.original == next && self.original != self.now {
            refund += if self.original.is_zero() { 19_900 } else { 2_800 };
        }
        refund
    }
}

/// What a transaction used in the end, which had so much, has so much left, and gets so much back.
// EIP-3529, EIP-7623
pub(crate) fn used(limit: u64, left: u64, refund: i64, floor: u64) -> u64 {
    let used = limit.saturating_sub(left);
    let refund = u64::try_from(refund).unwrap_or(0).min(used / REFUND_PART);
    used.saturating_sub(refund).max(floor)
}

/// The most that a call gets of what its caller has.
// EIP-150
pub(crate) const fn all_but_one_64th(left: u64) -> u64 {
    left - left / 64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of EIP-2200 with the figures of EIP-2929 and EIP-3529: original value, values written one
    /// after the other, gas of all writes with the slot warm, refund.
    #[test]
    fn words_cost_what_the_tables_say() {
        let table: &[(u64, &[u64], u64, i64)] = &[
            (0, &[0, 0], 200, 0),
            (0, &[0, 1], 20_100, 0),
            (0, &[1, 0], 20_100, 19_900),
            (0, &[1, 2], 20_100, 0),
            (0, &[1, 1], 20_100, 0),
            (1, &[0, 0], 3_000, 4_800),
            (1, &[0, 1], 3_000, 2_800),
            (1, &[0, 2], 3_000, 0),
            (1, &[2, 0], 3_000, 4_800),
            (1, &[2, 3], 3_000, 0),
            (1, &[2, 1], 3_000, 2_800),
            (1, &[2, 2], 3_000, 0),
            (1, &[1, 0], 3_000, 4_800),
            (1, &[1, 2], 3_000, 0),
            (1, &[1, 1], 200, 0),
            (0, &[1, 0, 1], 40_100, 19_900),
            (1, &[0, 1, 0], 5_900, 7_600),
        ];
        for (original, writes, gas, refund) in table {
            let original = U256::from(*original);
            let mut now = original;
            let (mut used, mut back) = (0, 0);
            for next in *writes {
                let next = U256::from(*next);
                let writing = Writing { original, now, is_cold: false };
                used += writing.price(next);
                back += writing.refund(next);
                let cold = Writing { is_cold: true, ..writing };
                assert_eq!(cold.price(next), writing.price(next) + 2_100);
                now = next;
            }
            assert_eq!((used, back), (*gas, *refund), "{original}: {writes:?}");
        }
    }

    #[test]
    fn a_fifth_is_given_back_at_most_and_never_below_the_floor() {
        assert_eq!(used(100_000, 40_000, 4_800, 0), 55_200);
        assert_eq!(used(100_000, 40_000, 19_900, 0), 48_000);
        assert_eq!(used(100_000, 40_000, 19_900, 50_000), 50_000);
        assert_eq!(used(100_000, 40_000, -5, 0), 60_000);
        assert_eq!(used(100_000, 40_000, 0, 70_000), 70_000);
        assert_eq!(all_but_one_64th(6_400), 6_300);
    }
}
