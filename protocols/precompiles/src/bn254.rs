//! `0x06`, `0x07` and `0x08`: the curve alt_bn128, which others call BN254. EIP-196, EIP-197

use crate::error::Error;
use crate::input::{number, read, word, write_number};
use ark_bn254::{Bn254, Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::pairing::Pairing;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{PrimeField, Zero};

/// A point and a point of the twist.
const PAIR: usize = 192;

/// A number below the modulus.
fn field(bytes: &[u8; 32]) -> Result<Fq, Error> {
    Fq::from_bigint(number(bytes)).ok_or(Error::NotInField)
}

/// Two numbers that are on the curve, or zeros for the point at infinity. Every point is in the group.
fn point(bytes: &[u8; 64]) -> Result<G1Affine, Error> {
    let (x, y) = (field(&read(bytes, 0))?, field(&read(bytes, 32))?);
    if x.is_zero() && y.is_zero() {
        return Ok(G1Affine::zero());
    }
    let point = G1Affine::new_unchecked(x, y);
    if !point.is_on_curve() {
        return Err(Error::NotOnCurve);
    }
    Ok(point)
}

/// As [`point`], of pairs of numbers: the imaginary part comes first.
fn twist_point(bytes: &[u8; 128]) -> Result<G2Affine, Error> {
    let part = |at| field(&read(bytes, at));
    let x = Fq2 { c1: part(0)?, c0: part(32)? };
    let y = Fq2 { c1: part(64)?, c0: part(96)? };
    if x.is_zero() && y.is_zero() {
        return Ok(G2Affine::zero());
    }
    let point = G2Affine::new_unchecked(x, y);
    if !point.is_on_curve() {
        return Err(Error::NotOnCurve);
    }
    if !point.is_in_correct_subgroup_assuming_on_curve() {
        return Err(Error::NotInSubgroup);
    }
    Ok(point)
}

fn encode(point: G1Affine) -> Vec<u8> {
    let (x, y) = point.xy().unwrap_or_default();
    let mut bytes = Vec::with_capacity(64);
    write_number(&x.into_bigint(), &mut bytes);
    write_number(&y.into_bigint(), &mut bytes);
    bytes
}

/// The sum of two points.
pub(crate) fn add(input: &[u8]) -> Result<Vec<u8>, Error> {
    let (a, b) = (point(&read(input, 0))?, point(&read(input, 64))?);
    Ok(encode((a + b).into_affine()))
}

/// A point times a number of any size.
pub(crate) fn multiply(input: &[u8]) -> Result<Vec<u8>, Error> {
    let point = point(&read(input, 0))?;
    let scalar = Fr::from_be_bytes_mod_order(&read::<32>(input, 64));
    Ok(encode((point * scalar).into_affine()))
}

// EIP-1108
pub(crate) fn pairing_price(input: &[u8]) -> u64 {
    let pairs = u64::try_from(input.len() / PAIR).unwrap_or(u64::MAX);
    pairs.saturating_mul(34_000).saturating_add(45_000)
}

/// Whether the product of the pairings of all pairs is one; that of none is.
pub(crate) fn pairing(input: &[u8]) -> Result<Vec<u8>, Error> {
    let (pairs, rest) = input.as_chunks::<PAIR>();
    if !rest.is_empty() {
        return Err(Error::Length { got: input.len(), want: "a multiple of 192" });
    }
    let (mut points, mut twisted) = (Vec::new(), Vec::new());
    for pair in pairs {
        let (a, b) = (point(&read(pair, 0))?, twist_point(&read(pair, 64))?);
        // A pairing with the point at infinity is one.
        if !a.is_zero() && !b.is_zero() {
            points.push(a);
            twisted.push(b);
        }
    }
    Ok(word(points.is_empty() || Bn254::multi_pairing(points, twisted).is_zero()))
}
