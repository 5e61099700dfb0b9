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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The other generator times the secret: the second of the ceremony's `g1_monomial` points. It commits
    /// to the polynomial whose value everywhere is the place itself.
    const LINE: &str = "ad3eb50121139aa34db1d545093ac9374ab7bca2c0f3bf28\
                        e27c8dcd8fc7cb42d25926fc0c97b336e9f0fb35e5a04c81";

    /// The quotient of that polynomial is one wherever it is opened: the generator proves it.
    fn line(at: Fr, value: Fr) -> Vec<u8> {
        let commitment = hex::decode(LINE).unwrap();
        let mut versioned = sha256(&commitment);
        versioned.0[0] = VERSION;
        let mut input = versioned.0.to_vec();
        write_number(&at.into_bigint(), &mut input);
        write_number(&value.into_bigint(), &mut input);
        input.extend(commitment);
        ark_serialize::CanonicalSerialize::serialize_compressed(&G1Affine::generator(), &mut input)
            .unwrap();
        input
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]

        #[test]
        fn a_line_opens_to_where_it_is_and_to_nothing_else(at in any::<[u8; 32]>(), by in 1u64..) {
            let at = Fr::from_be_bytes_mod_order(&at);
            let output = run(&line(at, at)).unwrap();
            // EIP-4844: FIELD_ELEMENTS_PER_BLOB and BLS_MODULUS
            let want = "0000000000000000000000000000000000000000000000000000000000001000\
                        73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";
            prop_assert_eq!(hex::encode(output), want);
            prop_assert_eq!(run(&line(at, at + Fr::from(by))), Err(Error::Proof));
            prop_assert_eq!(run(&line(at - Fr::from(by), at)), Err(Error::Proof));
        }
    }

    #[test]
    fn every_part_is_checked() {
        let good = line(Fr::from(5), Fr::from(5));
        let changed = |at: usize, bytes: &[u8]| {
            let mut input = good.clone();
            input[at..at + bytes.len()].copy_from_slice(bytes);
            run(&input)
        };
        assert_eq!(changed(0, &[2]), Err(Error::VersionedHash));
        assert_eq!(changed(31, &[good[31] ^ 1]), Err(Error::VersionedHash));
        // The modulus and more, as the point and as the value.
        assert_eq!(changed(32, &[0xff; 32]), Err(Error::NotInField));
        assert_eq!(changed(64, &[0x74]), Err(Error::NotInField));
        // A proof that is compressed but nothing more, not compressed, or infinite and not.
        for byte in [0x80, 0x17, 0xf7] {
            assert_eq!(changed(144, &[byte]), Err(Error::NotInSubgroup), "{byte:#x}");
        }
        assert_eq!(changed(144, &[0xb7]), Err(Error::Proof), "the negative of the generator");
        assert_eq!(run(&good[..191]), Err(Error::Length { got: 191, want: "192" }));
    }

    #[test]
    fn the_secret_s_point_is_the_one_that_was_published() {
        let published = "b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d\
                         2914e5870cb452d2afaaab24f3499f72185cbfee53492714734429b7b38608e2\
                         3926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2";
        let bytes = hex::decode(published).unwrap();
        assert_eq!(G2Affine::deserialize_compressed(&bytes[..]).unwrap(), SECRET);
    }
}
