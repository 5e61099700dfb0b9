//! `0x0a`: whether the polynomial behind a commitment has a value at a point. EIP-4844

use crate::error::Error;
use crate::input::{number, read, write_number};
use ark_bls12_381::{Bls12_381, Fq2, Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::pairing::Pairing;
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{MontFp, PrimeField, Zero};
use ark_serialize::CanonicalDeserialize;
use troupe_crypto::hash::sha256;

/// Versioned hash, point and value (32 bytes each), commitment and proof (48 each).
const LENGTH: usize = 192;

/// The first byte of a versioned hash.
const VERSION: u8 = 1;

/// How many numbers a blob has: the first word of the output. The second is the modulus.
const BLOB: u64 = 4_096;

/// The generator of the twist times the secret that nobody knows any more: the second of the
/// `g2_monomial` points that the ceremony of Ethereum ended with in 2023. The consensus
/// specification has it compressed (deneb, `trusted_setup_4096.json`).
const SECRET: G2Affine = G2Affine::new_unchecked(
    Fq2::new(
        MontFp!(
            "3749701713850085193403383609513386037494151572263731328608276629425322978272408394373143740944003571525027436289778"
        ),
        MontFp!(
            "3347537128081568434923729147580015899756771550835613107520576615563260658656019591232316627827007503930666726825842"
        ),
    ),
    Fq2::new(
        MontFp!(
            "194392958648403190675529552496435226424111592982833162118538452666741235889530674000225873281133418439621742897817"
        ),
        MontFp!(
            "3447898402727835650716129438012169492682148398295533958400255525306573911008434577489634554212211450783070687991119"
        ),
    ),
);

/// The size of a blob and the modulus, if the proof is right.
pub(crate) fn run(input: &[u8]) -> Result<Vec<u8>, Error> {
    if input.len() != LENGTH {
        return Err(Error::Length { got: input.len(), want: "192" });
    }
    let mut versioned = sha256(&input[96..144]);
    versioned.0[0] = VERSION;
    if input[..32] != versioned.0 {
        return Err(Error::VersionedHash);
    }
    let (at, value) = (scalar(&read(input, 32))?, scalar(&read(input, 64))?);
    let (commitment, proof) = (compressed(&input[96..144])?, compressed(&input[144..])?);
    if !opens(commitment, at, value, proof) {
        return Err(Error::Proof);
    }
    let mut output = vec![0; 24];
    output.extend(BLOB.to_be_bytes());
    write_number(&Fr::MODULUS, &mut output);
    Ok(output)
}

fn scalar(bytes: &[u8; 32]) -> Result<Fr, Error> {
    Fr::from_bigint(number(bytes)).ok_or(Error::NotInField)
}

/// A point of the group in the 48 bytes that only it has.
fn compressed(bytes: &[u8]) -> Result<G1Affine, Error> {
    G1Affine::deserialize_compressed(bytes).map_err(|_| Error::NotInSubgroup)
}

/// With the commitment C = \[p(s)\], the proof Q = \[(p(s) - v) / (s - z)\] and the secret s:
/// e(C - \[v\] + z Q, \[1\]) = e(Q, \[s\]). Multiplying by z on this side spares a multiple on the twist.
fn opens(commitment: G1Affine, at: Fr, value: Fr, proof: G1Affine) -> bool {
    let left = proof * at - G1Projective::generator() * value + commitment;
    let left = (-left).into_affine();
    Bls12_381::multi_pairing([left, proof], [G2Affine::generator(), SECRET]).is_zero()
}
