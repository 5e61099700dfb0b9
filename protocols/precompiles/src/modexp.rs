//! `0x05`: a power modulo a number, of any lengths. EIP-198, priced by EIP-2565.

use crate::error::Error;
use crate::input::read;
use aurora_engine_modexp::modexp;
use num_bigint::BigUint;

/// The lengths of base, exponent and modulus, a word each; then the three.
const HEAD: usize = 96;

/// The least that a call costs.
const LEAST: u128 = 200;

/// Up to this exponent it is cheaper to divide than to find out how not to.
const SMALL: u8 = 7;

/// Lengths as the input says them; those of 2^64 and more become 2^64 - 1, which nobody can pay for.
struct Lengths {
    base: u64,
    exponent: u64,
    modulus: u64,
}

impl Lengths {
    fn of(input: &[u8]) -> Self {
        let length = |at| match read::<32>(input, at).split_last_chunk::<8>() {
            Some((zeros, low)) if zeros == [0; 24] => u64::from_be_bytes(*low),
            _ => u64::MAX,
        };
        Self { base: length(0), exponent: length(32), modulus: length(64) }
    }

    /// Where the exponent begins, which may be far beyond the input.
    fn exponent_at(&self) -> usize {
        usize::try_from(self.base).unwrap_or(usize::MAX).saturating_add(HEAD)
    }
}

/// What the three numbers cost. Every byte of them has a price, so that an input can be as long as its
/// gas allows: a base or modulus of `n` bytes costs at least n^2/192, an exponent of `n` more than 2n.
pub(crate) fn price(input: &[u8]) -> u64 {
    let lengths = Lengths::of(input);
    let longest = u128::from(lengths.base.max(lengths.modulus)).div_ceil(8);
    // Below 2^61, so its square fits.
    let complexity = longest.saturating_mul(longest);

    // The first word of the exponent, as if there were nothing before it.
    let head_length = usize::try_from(lengths.exponent.min(32)).unwrap_or(32);
    let mut head = read::<32>(input, lengths.exponent_at());
    head[head_length..].fill(0);
    let bits = match head.iter().position(|byte| *byte != 0) {
        Some(at) => {
            let whole = u64::try_from(head_length.saturating_sub(at)).unwrap_or(32) * 8;
            whole.saturating_sub(u64::from(head[at].leading_zeros()))
        }
        None => 0,
    };
    let beyond = u128::from(lengths.exponent.saturating_sub(32)).saturating_mul(8);
    let iterations = beyond.saturating_add(u128::from(bits.saturating_sub(1))).max(1);
    let price = (complexity.saturating_mul(iterations) / 3).max(LEAST);
    u64::try_from(price).unwrap_or(u64::MAX)
}

/// As many bytes as the modulus has; zero if the modulus is.
pub(crate) fn run(input: &[u8]) -> Result<Vec<u8>, Error> {
    let lengths = Lengths::of(input);
    // Without them the exponent costs nothing, and may be said to be of any length.
    if lengths.base == 0 && lengths.modulus == 0 {
        return Ok(Vec::new());
    }
    let want = "no more than memory holds";
    let size =
        |length| usize::try_from(length).map_err(|_| Error::Length { got: usize::MAX, want });
    let (base, exponent, modulus) =
        (size(lengths.base)?, size(lengths.exponent)?, size(lengths.modulus)?);
    let exponent_at = lengths.exponent_at();
    let modulus_at = exponent_at.saturating_add(exponent);
    let modulus = slice(input, modulus_at, modulus);
    if modulus.iter().all(|byte| *byte == 0) {
        return Ok(modulus);
    }
    let (base, exponent) = (slice(input, HEAD, base), slice(input, exponent_at, exponent));
    let digits = match strip(&exponent) {
        [small @ 1..=SMALL] => by_division(&base, *small, &modulus),
        exponent => modexp(strip(&base), exponent, strip(&modulus)),
    };
    let digits = strip(&digits);
    let mut bytes = vec![0; modulus.len()];
    let at = bytes.len().saturating_sub(digits.len());
    bytes[at..].copy_from_slice(digits);
    Ok(bytes)
}

/// A small power, a division for each multiplication.
fn by_division(base: &[u8], exponent: u8, modulus: &[u8]) -> Vec<u8> {
    let modulus = BigUint::from_bytes_be(modulus);
    let base = BigUint::from_bytes_be(base) % &modulus;
    let mut power = base.clone();
    for bit in (0..exponent.ilog2()).rev() {
        power = &power * &power % &modulus;
        if exponent >> bit & 1 == 1 {
            power = power * &base % &modulus;
        }
    }
    power.to_bytes_be()
}

/// So many bytes of the input; those beyond its end are zero.
fn slice(input: &[u8], at: usize, length: usize) -> Vec<u8> {
    let rest = input.get(at..).unwrap_or_default();
    let mut bytes = rest[..rest.len().min(length)].to_vec();
    bytes.resize(length, 0);
    bytes
}

/// A number without its leading zeros.
fn strip(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn input(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
        let mut input = Vec::new();
        for part in [base, exponent, modulus] {
            input.extend([0; 24]);
            input.extend((part.len() as u64).to_be_bytes());
        }
        [&input[..], base, exponent, modulus].concat()
    }

    fn lengths(base: [u8; 32], exponent: [u8; 32], modulus: [u8; 32]) -> Vec<u8> {
        [base, exponent, modulus].concat()
    }

    fn small(length: u8) -> [u8; 32] {
        let mut word = [0; 32];
        word[31] = length;
        word
    }

    /// EIP-2565, said with numbers of any size.
    fn price_in_words(base: &[u8], exponent: &[u8], modulus: &[u8]) -> u64 {
        let words = base.len().max(modulus.len()).div_ceil(8) as u64;
        let head = BigUint::from_bytes_be(&exponent[..exponent.len().min(32)]);
        let beyond = exponent.len().saturating_sub(32) as u64 * 8;
        let count = (beyond + head.bits().saturating_sub(1)).max(1);
        (words * words * count / 3).max(200)
    }

    proptest! {
        #[test]
        fn the_power_is_that_of_another_library(
            base in vec(any::<u8>(), 0..70), exponent in prop_oneof![vec(any::<u8>(), 0..40), vec(0u8..=9, 0..3)],
            modulus in vec(any::<u8>(), 0..70), zeros in 0usize..9, keep in any::<prop::sample::Index>(),
        ) {
            let modulus = [vec![0; zeros], modulus].concat();
            let input = input(&base, &exponent, &modulus);
            let number = BigUint::from_bytes_be;
            let want = match number(&modulus) == BigUint::ZERO {
                true => BigUint::ZERO,
                false => number(&base).modpow(&number(&exponent), &number(&modulus)),
            };
            let got = run(&input).unwrap();
            prop_assert_eq!(got.len(), modulus.len());
            prop_assert_eq!(number(&got), want);
            prop_assert_eq!(price(&input), price_in_words(&base, &exponent, &modulus));

            // A shorter input means zeros.
            let cut = &input[..keep.index(input.len() + 1)];
            let padded: Vec<u8> = cut.iter().copied().chain([0; 500]).collect();
            prop_assert_eq!(price(cut), price(&padded));
            if price(cut) < 1_000_000 {
                prop_assert_eq!(run(cut), run(&padded));
            }
        }

        #[test]
        fn nothing_is_priced_below_what_it_allocates(
            base in any::<u64>(), exponent in any::<u64>(), modulus in any::<u64>(), shift in 0u32..64,
        ) {
            let word = |length: u64| {
                let mut word = [0; 32];
                word[24..].copy_from_slice(&(length >> shift).to_be_bytes());
                word
            };
            let input = lengths(word(base), word(exponent), word(modulus));
            let (longest, exponent) = (u128::from((base | modulus) >> shift) / 2, exponent >> shift);
            let price = u128::from(price(&input));
            let limit = u128::from(u64::MAX);
            prop_assert!(price >= (longest * longest / 192).min(limit));
            if longest > 0 {
                prop_assert!(price >= (u128::from(exponent.saturating_sub(32)) * 2).min(limit));
            }
        }
    }

    #[test]
    fn nobody_can_pay_for_lengths_beyond_all_memory() {
        for at in 0..24 {
            let mut large = [0; 32];
            large[at] = 1;
            let (one, none) = (small(1), [0; 32]);
            for input in
                [lengths(large, none, none), lengths(none, none, large), lengths(one, large, none)]
            {
                assert_eq!(price(&input), u64::MAX);
            }
            // Nothing to the power of something, modulo nothing.
            let input = lengths(none, large, none);
            assert_eq!((price(&input), run(&input)), (200, Ok(Vec::new())));
        }
    }

    #[test]
    fn edges_are_as_the_standard_says() {
        assert_eq!(run(&[]), Ok(vec![]));
        assert_eq!(run(&input(&[], &[], &[1])), Ok(vec![0]), "everything is zero modulo one");
        assert_eq!(run(&input(&[], &[], &[2])), Ok(vec![1]), "zero to the power of zero is one");
        assert_eq!(run(&input(&[0], &[0; 3], &[0, 7])), Ok(vec![0, 1]));
        assert_eq!(run(&input(&[3], &[5], &[0, 0])), Ok(vec![0, 0]));
        assert_eq!(run(&input(&[3], &[5], &[])), Ok(vec![]));
        // The input ends before the modulus, which is zero then.
        assert_eq!(run(&lengths(small(1), small(1), small(2))), Ok(vec![0, 0]));
    }
}
