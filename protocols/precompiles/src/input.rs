//! Reading inputs of any length, and numbers in them.

use ark_ff::BigInt;

/// The `N` bytes from `at`; those beyond the end of the input are zero.
pub(crate) fn read<const N: usize>(input: &[u8], at: usize) -> [u8; N] {
    let mut bytes = [0; N];
    let rest = input.get(at..).unwrap_or_default();
    let length = rest.len().min(N);
    bytes[..length].copy_from_slice(&rest[..length]);
    bytes
}

/// A big-endian number of `8 * N` bytes; of a longer slice the first ones.
pub(crate) fn number<const N: usize>(bytes: &[u8]) -> BigInt<N> {
    let mut limbs = [0; N];
    for (limb, bytes) in limbs.iter_mut().rev().zip(bytes.as_chunks::<8>().0) {
        *limb = u64::from_be_bytes(*bytes);
    }
    BigInt(limbs)
}

/// Appends a number as `8 * N` big-endian bytes.
pub(crate) fn write_number<const N: usize>(number: &BigInt<N>, bytes: &mut Vec<u8>) {
    for limb in number.0.iter().rev() {
        bytes.extend(limb.to_be_bytes());
    }
}

/// The word of 32 bytes that says yes or no.
pub(crate) fn word(is_true: bool) -> Vec<u8> {
    let mut bytes = vec![0; 32];
    bytes[31] = u8::from(is_true);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_missing_is_zero() {
        assert_eq!(read::<4>(&[1, 2], 0), [1, 2, 0, 0]);
        assert_eq!(read::<4>(&[1, 2], 1), [2, 0, 0, 0]);
        assert_eq!(read::<4>(&[1, 2], usize::MAX), [0; 4]);
        assert_eq!(read::<1>(&[1, 2], 0), [1]);
    }

    proptest! {
        #[test]
        fn a_number_comes_back(bytes in any::<[u8; 32]>()) {
            let mut again = Vec::new();
            write_number(&number::<4>(&bytes), &mut again);
            prop_assert_eq!(again, bytes);
        }
    }
}
