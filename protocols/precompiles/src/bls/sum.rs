//! `0x0b` and `0x0d`: the sum of two points, which need not be in the group.

use super::encoding::{G1, G2, curve_g1, curve_g2, encode_g1, encode_g2};
use crate::error::Error;
use crate::input::read;
use ark_ec::CurveGroup;

/// The sum of two points.
pub(crate) fn add_g1(input: &[u8]) -> Result<Vec<u8>, Error> {
    if input.len() != 2 * G1 {
        return Err(Error::Length { got: input.len(), want: "256" });
    }
    let (a, b) = (curve_g1(&read(input, 0))?, curve_g1(&read(input, G1))?);
    Ok(encode_g1(&(a + b).into_affine()))
}

/// As [`add_g1`], on the twist.
pub(crate) fn add_g2(input: &[u8]) -> Result<Vec<u8>, Error> {
    if input.len() != 2 * G2 {
        return Err(Error::Length { got: input.len(), want: "512" });
    }
    let (a, b) = (curve_g2(&read(input, 0))?, curve_g2(&read(input, G2))?);
    Ok(encode_g2(&(a + b).into_affine()))
}
