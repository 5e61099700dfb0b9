//! Numbers and points as bytes.

use crate::error::Error;
use crate::input::{number, read, write_number};
use ark_bls12_381::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{PrimeField, Zero};

/// A number of the field: 16 zero bytes, then 48.
pub(super) const FIELD: usize = 64;
/// Two numbers.
pub(super) const G1: usize = 2 * FIELD;
/// Four numbers.
pub(super) const G2: usize = 4 * FIELD;

/// A number below the modulus.
pub(super) fn field(bytes: &[u8; FIELD]) -> Result<Fq, Error> {
    let (padding, digits) = bytes.split_at(16);
    if padding != [0; 16] {
        return Err(Error::NotInField);
    }
    Fq::from_bigint(number(digits)).ok_or(Error::NotInField)
}

/// A number of the extension: the real part, then the imaginary one.
pub(super) fn extension(bytes: &[u8; 2 * FIELD]) -> Result<Fq2, Error> {
    Ok(Fq2 { c0: field(&read(bytes, 0))?, c1: field(&read(bytes, FIELD))? })
}

/// A point of the curve, in the group or not; zeros are the point at infinity.
pub(super) fn curve_g1(bytes: &[u8; G1]) -> Result<G1Affine, Error> {
    let (x, y) = (field(&read(bytes, 0))?, field(&read(bytes, FIELD))?);
    if x.is_zero() && y.is_zero() {
        return Ok(G1Affine::zero());
    }
    let point = G1Affine::new_unchecked(x, y);
    if !point.is_on_curve() {
        return Err(Error::NotOnCurve);
    }
    Ok(point)
}

/// As [`curve_g1`], on the twist.
pub(super) fn curve_g2(bytes: &[u8; G2]) -> Result<G2Affine, Error> {
    let (x, y) = (extension(&read(bytes, 0))?, extension(&read(bytes, G1))?);
    if x.is_zero() && y.is_zero() {
        return Ok(G2Affine::zero());
    }
    let point = G2Affine::new_unchecked(x, y);
    if !point.is_on_curve() {
        return Err(Error::NotOnCurve);
    }
    Ok(point)
}

/// A point of the group.
pub(super) fn group_g1(bytes: &[u8; G1]) -> Result<G1Affine, Error> {
    let point = curve_g1(bytes)?;
    if !point.is_in_correct_subgroup_assuming_on_curve() {
        return Err(Error::NotInSubgroup);
    }
    Ok(point)
}

/// As [`group_g1`], on the twist.
pub(super) fn group_g2(bytes: &[u8; G2]) -> Result<G2Affine, Error> {
    let point = curve_g2(bytes)?;
    if !point.is_in_correct_subgroup_assuming_on_curve() {
        return Err(Error::NotInSubgroup);
    }
    Ok(point)
}

/// The bytes of a point.
pub(super) fn encode_g1(point: &G1Affine) -> Vec<u8> {
    let (x, y) = point.xy().unwrap_or_default();
    encode(&[x, y])
}

/// As [`encode_g1`], on the twist.
pub(super) fn encode_g2(point: &G2Affine) -> Vec<u8> {
    let (x, y) = point.xy().unwrap_or_default();
    encode(&[x.c0, x.c1, y.c0, y.c1])
}

fn encode(numbers: &[Fq]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in numbers {
        bytes.extend([0; 16]);
        write_number(&number.into_bigint(), &mut bytes);
    }
    bytes
}
