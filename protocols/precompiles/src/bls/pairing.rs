//! `0x0f`: whether pairings multiply to one.

use super::encoding::{G1, G2, group_g1, group_g2};
use crate::error::Error;
use crate::input::{read, word};
use ark_bls12_381::Bls12_381;
use ark_ec::AffineRepr;
use ark_ec::pairing::Pairing;
use ark_ff::Zero;

const PAIR: usize = G1 + G2;

pub(crate) fn pairing_price(input: &[u8]) -> u64 {
    let pairs = u64::try_from(input.len() / PAIR).unwrap_or(u64::MAX);
    pairs.saturating_mul(32_600).saturating_add(37_700)
}

/// Whether the product of the pairings of all pairs is one; there must be a pair.
pub(crate) fn pairing(input: &[u8]) -> Result<Vec<u8>, Error> {
    let (pairs, rest) = input.as_chunks::<PAIR>();
    if pairs.is_empty() || !rest.is_empty() {
        return Err(Error::Length { got: input.len(), want: "a multiple of 384, not none" });
    }
    let (mut points, mut twisted) = (Vec::new(), Vec::new());
    for pair in pairs {
        let (a, b) = (group_g1(&read(pair, 0))?, group_g2(&read(pair, G1))?);
        // A pairing with the point at infinity is one.
        if !a.is_zero() && !b.is_zero() {
            points.push(a);
            twisted.push(b);
        }
    }
    Ok(word(points.is_empty() || Bls12_381::multi_pairing(points, twisted).is_zero()))
}
