//! Short hashes of doubly raised points: what is compared.

use crate::Side;
use crate::agreement::Agreement;
use sha2::{Digest, Sha256};
use troupe_types::SessionId;

/// Bytes that a token takes here, whatever its length is; those behind its end are zero.
pub(crate) const TOKEN: usize = 16;
/// A token and behind it a place in a stream, most significant byte first.
const PLACED: usize = TOKEN + 4;

/// What one point becomes after both sides have raised it.
pub(crate) type Token = [u8; TOKEN];
/// A token and its place: sorted, they find each other.
pub(crate) type Placed = [u8; PLACED];

/// Makes the tokens of one run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tokens {
    session: SessionId,
    length: usize,
}

/// Bytes of a token, so that different items of two sets, or of one, have the same with probability below 2^-40.
///
/// Of `n` items in the larger set there are fewer than `2 n^2` pairs that could.
pub(crate) fn length(sizes: [u32; 2]) -> usize {
    let most = sizes[0].max(sizes[1]).max(1);
    let exponent = u32::BITS - (most - 1).leading_zeros();
    (41 + 2 * exponent as usize).div_ceil(8)
}

impl Tokens {
    pub(crate) fn new(agreement: &Agreement) -> Self {
        Self { session: agreement.session, length: length(agreement.sizes) }
    }

    /// The token that `to` compares. The two sides compare different ones of the same point: an answer that is
    /// thrown back answers nothing.
    pub(crate) fn derive(&self, to: Side, point: &[u8; 32]) -> Token {
        // 53 bytes: one block of the hash.
        let digest = Sha256::new_with_prefix(b"psi")
            .chain_update([to.code()])
            .chain_update([u8::try_from(self.length).unwrap_or(u8::MAX)])
            .chain_update(self.session)
            .chain_update(point)
            .finalize();
        let mut token = [0; TOKEN];
        token[..self.length].copy_from_slice(&digest[..self.length]);
        token
    }

    /// Reads tokens from a frame.
    pub(crate) fn read(&self, frame: &[u8], into: &mut Vec<Token>) {
        into.extend(frame.chunks_exact(self.length).map(|bytes| {
            let mut token = [0; TOKEN];
            token[..self.length].copy_from_slice(bytes);
            token
        }));
    }

    /// Writes them.
    pub(crate) fn write(&self, tokens: &[Token]) -> Vec<u8> {
        tokens.iter().flat_map(|token| &token[..self.length]).copied().collect()
    }
}

/// The tokens with their places, sorted.
pub(crate) fn sorted(tokens: &[Token]) -> Vec<Placed> {
    let place = |(place, token): (u32, &Token)| {
        let mut placed = [0; PLACED];
        placed[..TOKEN].copy_from_slice(token);
        placed[TOKEN..].copy_from_slice(&place.to_be_bytes());
        placed
    };
    let mut all: Vec<Placed> = (0..).zip(tokens).map(place).collect();
    all.sort_unstable();
    all
}

/// The places of the first token that is there twice.
pub(crate) fn repeated(sorted: &[Placed]) -> Option<(u32, u32)> {
    let pair = sorted.windows(2).find(|pair| token(&pair[0]) == token(&pair[1]))?;
    Some((place(&pair[0]), place(&pair[1])))
}

/// The places of each token that is on both sides; no token may be twice on one.
pub(crate) fn common(ours: &[Placed], theirs: &[Placed]) -> Vec<(u32, u32)> {
    let (mut ours, mut theirs) = (ours.iter().peekable(), theirs.iter().peekable());
    let mut pairs = Vec::new();
    while let (Some(our), Some(their)) = (ours.peek(), theirs.peek()) {
        match token(our).cmp(token(their)) {
            core::cmp::Ordering::Less => drop(ours.next()),
            core::cmp::Ordering::Greater => drop(theirs.next()),
            core::cmp::Ordering::Equal => {
                pairs.push((place(our), place(their)));
                ours.next();
                theirs.next();
            }
        }
    }
    pairs
}

fn token(placed: &Placed) -> &[u8] {
    &placed[..TOKEN]
}

fn place(placed: &Placed) -> u32 {
    placed.last_chunk().map_or(0, |place| u32::from_be_bytes(*place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_false_match_is_less_likely_than_one_in_2_to_the_40() {
        for (sizes, want) in [([0, 0], 6), ([1, 0], 6), ([100_000, 5], 10), ([3, 10_000_000], 12)] {
            assert_eq!(length(sizes), want, "{sizes:?}");
        }
        for most in [1, 2, 3, 4, 5, 1000, 1 << 20, (1 << 20) + 1, crate::MAX_ITEMS] {
            let pairs = 2.0 * f64::from(most).powi(2);
            let bits = 8 * i32::try_from(length([most, most])).expect("small");
            assert!(pairs * 2f64.powi(-bits) <= 2f64.powi(-40), "{most}");
            assert!(length([most, most]) <= TOKEN);
        }
    }

    proptest! {
        #[test]
        fn what_is_common_is_what_both_have(ours in proptest::collection::btree_set(0u8..40, 0..30), theirs in proptest::collection::btree_set(0u8..40, 0..30)) {
            let tokens = |set: &BTreeSet<u8>| set.iter().rev().map(|byte| [*byte; TOKEN]).collect::<Vec<_>>();
            let (left, right) = (tokens(&ours), tokens(&theirs));
            let pairs = common(&sorted(&left), &sorted(&right));
            let found: BTreeSet<u8> = pairs.iter().map(|(at, _)| left[*at as usize][0]).collect();
            prop_assert_eq!(found, ours.intersection(&theirs).copied().collect::<BTreeSet<_>>());
            for (at, other) in pairs {
                prop_assert_eq!(left[at as usize], right[other as usize]);
            }
        }
    }

    #[test]
    fn a_repeated_token_is_found_with_its_places() {
        let tokens = [[3; TOKEN], [1; TOKEN], [2; TOKEN], [1; TOKEN]];
        assert_eq!(repeated(&sorted(&tokens)), Some((1, 3)));
        assert_eq!(repeated(&sorted(&tokens[..3])), None);
    }
}
