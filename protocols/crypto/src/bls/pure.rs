//! The arithmetic in pure Rust, by `bls12_381`.

use super::sum::weighted;
use super::{Backend, SecretKey};
use crate::Error;
use bls12_381::hash_to_curve::{ExpandMsgXmd, HashToCurve};
use bls12_381::{
    G1Affine, G1Projective, G2Affine, G2Prepared, G2Projective, Gt, multi_miller_loop,
};
use group::Curve;
use sha2::Sha256;

/// `bls12_381`: no `unsafe`, runs everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pure;

impl Backend for Pure {
    const NAME: &'static str = "bls";

    type Key = G1Affine;
    type Signature = G2Affine;
    type Message = G2Affine;

    fn hash(tag: &'static [u8], message: &[u8]) -> G2Affine {
        // RFC 9380 8.8.2: BLS12381G2_XMD:SHA-256_SSWU_RO_
        <G2Projective as HashToCurve<ExpandMsgXmd<Sha256>>>::hash_to_curve([message], tag)
            .to_affine()
    }

    fn public_key(secret: &SecretKey) -> [u8; 48] {
        (G1Affine::generator() * secret.0).to_affine().to_compressed()
    }

    fn sign(secret: &SecretKey, message: &G2Affine) -> [u8; 96] {
        (message * secret.0).to_affine().to_compressed()
    }

    fn read_key(what: &'static str, bytes: &[u8; 48]) -> Result<G1Affine, Error> {
        let point = Option::<G1Affine>::from(G1Affine::from_compressed_unchecked(bytes))
            .ok_or(Error::NotCanonical { what })?;
        if point.is_identity().into() {
            return Err(Error::Identity { what });
        }
        if !bool::from(point.is_torsion_free()) {
            return Err(Error::WrongSubgroup { what });
        }
        Ok(point)
    }

    fn read_signature(what: &'static str, bytes: &[u8; 96]) -> Result<G2Affine, Error> {
        let point = Option::<G2Affine>::from(G2Affine::from_compressed_unchecked(bytes))
            .ok_or(Error::NotCanonical { what })?;
        if point.is_identity().into() {
            return Err(Error::Identity { what });
        }
        if !bool::from(point.is_torsion_free()) {
            return Err(Error::WrongSubgroup { what });
        }
        Ok(point)
    }

    fn write_signature(signature: &G2Affine) -> [u8; 96] {
        signature.to_compressed()
    }

    fn sum_keys(keys: &[G1Affine]) -> Option<G1Affine> {
        finish_key(keys.iter().fold(G1Projective::identity(), |sum, key| sum + key))
    }

    fn sum_signatures(signatures: &[G2Affine]) -> Option<G2Affine> {
        finish_signature(signatures.iter().fold(G2Projective::identity(), |sum, point| sum + point))
    }

    fn weigh_keys(keys: &[G1Affine], weights: &[u128]) -> Option<G1Affine> {
        finish_key(weighted(keys, weights))
    }

    fn weigh_signatures(signatures: &[G2Affine], weights: &[u128]) -> Option<G2Affine> {
        finish_signature(weighted(signatures, weights))
    }

    fn holds(signed: &[(G1Affine, &G2Affine)], signature: &G2Affine) -> bool {
        let mut points: Vec<(G1Affine, G2Prepared)> =
            signed.iter().map(|(key, message)| (*key, G2Prepared::from(**message))).collect();
        points.push((-G1Affine::generator(), G2Prepared::from(*signature)));
        let terms: Vec<(&G1Affine, &G2Prepared)> =
            points.iter().map(|(key, message)| (key, message)).collect();
        multi_miller_loop(&terms).final_exponentiation() == Gt::identity()
    }
}

fn finish_key(sum: G1Projective) -> Option<G1Affine> {
    (!bool::from(sum.is_identity())).then(|| sum.to_affine())
}

fn finish_signature(sum: G2Projective) -> Option<G2Affine> {
    (!bool::from(sum.is_identity())).then(|| sum.to_affine())
}
