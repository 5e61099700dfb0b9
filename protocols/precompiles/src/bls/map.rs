//! `0x10` and `0x11`: a number of the field to a point of the group. RFC 9380 6.6.3, 7

use super::encoding::{FIELD, encode_g1, encode_g2, extension, field};
use crate::error::Error;
use ark_bls12_381::{g1, g2};
use ark_ec::AffineRepr;
use ark_ec::hashing::curve_maps::wb::WBMap;
use ark_ec::hashing::map_to_curve_hasher::MapToCurve;

/// A number's point.
pub(crate) fn map_g1(input: &[u8]) -> Result<Vec<u8>, Error> {
    let want = "64";
    let bytes = input.try_into().map_err(|_| Error::Length { got: input.len(), want })?;
    // The map is defined for every number.
    let point = WBMap::<g1::Config>::map_to_curve(field(bytes)?).map_err(|_| Error::NotOnCurve)?;
    Ok(encode_g1(&point.clear_cofactor()))
}

/// As [`map_g1`], to the twist.
pub(crate) fn map_g2(input: &[u8]) -> Result<Vec<u8>, Error> {
    let want = "128";
    let bytes: &[u8; 2 * FIELD] =
        input.try_into().map_err(|_| Error::Length { got: input.len(), want })?;
    let number = extension(bytes)?;
    let point = WBMap::<g2::Config>::map_to_curve(number).map_err(|_| Error::NotOnCurve)?;
    Ok(encode_g2(&point.clear_cofactor()))
}
