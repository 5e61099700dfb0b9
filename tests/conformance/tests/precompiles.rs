//! The contracts against those of revm, which compute with other libraries where there are some:
//! BLS12-381 and commitments with blst, BN254 with substrate-bn, signatures with k256.

#[path = "precompiles/inputs.rs"]
mod inputs;

use ark_bls12_381::{Fq, Fr, g1, g2};
use inputs::{Damage, damages, field, opening, point, points, scalars};
use proptest::collection::vec;
use proptest::prelude::*;
use revm_precompile::{PrecompileStatus, Precompiles};
use troupe_crypto::ecdsa::SecretKey;
use troupe_precompiles::{Error, Set};
use troupe_types::{Address, Gas, Hash};

/// Enough for every input of these tests.
const ALL: Gas = Gas(1_000_000_000);

fn address(last: u8) -> Address {
    let mut address = Address::default();
    address.0[19] = last;
    address
}

/// Calls both. They agree on the output, on the price, and on what one gas less gives.
fn agree(last: u8, input: &[u8]) -> Result<(), TestCaseError> {
    let theirs = Precompiles::prague().get(&address(last).0.into()).expect("all seventeen");
    let ours = Set::Prague.run(&address(last), input, ALL).expect("all seventeen");
    let output = theirs.execute(input, ALL.0, 0).expect("it is not broken");
    match (&ours, &output.status) {
        (Ok(ours), PrecompileStatus::Success) => {
            prop_assert_eq!(hex::encode(&ours.bytes), hex::encode(&output.bytes));
            prop_assert_eq!(ours.gas_used.0, output.gas_used);
            prop_assert!(ours.bytes.len() <= input.len().max(32 * 8) || last == 5);
            if let Some(less) = ours.gas_used.0.checked_sub(1) {
                let want = Err(Error::OutOfGas { got: Gas(less), want: ours.gas_used });
                prop_assert_eq!(Set::Prague.run(&address(last), input, Gas(less)), Some(want));
                let theirs = theirs.execute(input, less, 0).expect("it is not broken");
                prop_assert!(theirs.status.is_halt());
            }
            let exact = Set::Prague.run(&address(last), input, ours.gas_used);
            prop_assert_eq!(
                exact.as_ref(),
                Some(&Ok(ours.clone())),
                "the same again, for its price"
            );
        }
        (Err(_), PrecompileStatus::Halt(_)) => {}
        _ => prop_assert!(false, "ours {ours:?}, theirs {output:?}, input {}", hex::encode(input)),
    }
    Ok(())
}

fn joined(parts: Vec<Vec<u8>>, damage: &Damage) -> Vec<u8> {
    damage.apply(parts.concat())
}

/// Half of the inputs of BLS12-381 take a millisecond or more.
fn few() -> ProptestConfig {
    ProptestConfig::with_cases(60)
}

proptest! {
    #[test]
    fn digests_and_copies_agree(last in 2u8..=4, input in vec(any::<u8>(), 0..300)) {
        agree(last, &input)?;
    }

    #[test]
    fn recovered_signers_agree(secret in 1..=u64::MAX, digest in any::<[u8; 32]>(), damage in damages()) {
        let mut bytes = [0; 32];
        bytes[24..].copy_from_slice(&secret.to_be_bytes());
        let signature = SecretKey::from_bytes(&bytes).unwrap().sign(&Hash(digest));
        let mut v = vec![0; 32];
        v[31] = 27 + signature.parity().bit();
        let parts = vec![digest.to_vec(), v, signature.r().to_vec(), signature.s().to_vec()];
        agree(1, &joined(parts, &damage))?;
    }

    #[test]
    fn powers_agree(
        base in vec(any::<u8>(), 0..40), exponent in vec(any::<u8>(), 0..40),
        modulus in vec(any::<u8>(), 0..40), damage in damages(),
    ) {
        let mut parts: Vec<Vec<u8>> = Vec::new();
        for part in [&base, &exponent, &modulus] {
            parts.push(field(ark_bls12_381::Fr::from(part.len() as u64), 32));
        }
        parts.extend([base, exponent, modulus]);
        let input = joined(parts, &damage);
        // A length may have become so large that both would compute for hours.
        let price = Set::Prague.run(&address(5), &input, Gas(0)).unwrap();
        if matches!(price, Err(Error::OutOfGas { want, .. }) if want < Gas(10_000_000)) {
            agree(5, &input)?;
        }
    }

    #[test]
    fn rounds_of_blake_agree(rounds in 0u32..100, rest in vec(any::<u8>(), 208), flag in 0u8..3, damage in damages()) {
        let input = joined(vec![rounds.to_be_bytes().to_vec(), rest, vec![flag]], &damage);
        // The first byte may have become rounds for minutes.
        if input.first().is_none_or(|byte| *byte == 0) {
            agree(9, &input)?;
        }
    }

    #[test]
    fn sums_on_bn254_agree(
        a in points::<ark_bn254::g1::Config>(), b in points::<ark_bn254::g1::Config>(), damage in damages(),
    ) {
        agree(6, &joined(vec![point(&a, 32, true), point(&b, 32, true)], &damage))?;
    }

    #[test]
    fn multiples_on_bn254_agree(
        a in points::<ark_bn254::g1::Config>(), scalar in scalars::<ark_bn254::Fr>(), damage in damages(),
    ) {
        agree(7, &joined(vec![point(&a, 32, false), scalar], &damage))?;
    }

    #[test]
    fn sums_on_bls12_agree(a in points::<g1::Config>(), b in points::<g1::Config>(), damage in damages()) {
        agree(0x0b, &joined(vec![point(&a, 64, false), point(&b, 64, false)], &damage))?;
    }

    #[test]
    fn sums_on_the_twist_of_bls12_agree(
        a in points::<g2::Config>(), b in points::<g2::Config>(), damage in damages(),
    ) {
        agree(0x0d, &joined(vec![point(&a, 64, false), point(&b, 64, false)], &damage))?;
    }
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn pairings_on_bn254_agree(
        pairs in vec((points::<ark_bn254::g1::Config>(), points::<ark_bn254::g2::Config>()), 0..3),
        is_undone in any::<bool>(), damage in damages(),
    ) {
        let mut parts = Vec::new();
        for (a, b) in &pairs {
            parts.extend([point(a, 32, false), point(b, 32, true)]);
            if is_undone {
                parts.extend([point(&-*a, 32, false), point(b, 32, true)]);
            }
        }
        agree(8, &joined(parts, &damage))?;
    }

    #[test]
    fn openings_agree(
        value in 0u64..3, at in any::<u64>(), told in 0u64..3, is_other_proof in any::<bool>(), damage in damages(),
    ) {
        agree(0x0a, &damage.apply(opening(value, at, told, is_other_proof)))?;
        agree(0x0a, &damage.apply(opening(value, at, value, false)))?;
    }

    #[test]
    fn sums_of_multiples_on_bls12_agree(
        terms in vec((points::<g1::Config>(), scalars::<Fr>()), 0..6), damage in damages(),
    ) {
        let parts = terms.iter().flat_map(|(a, n)| [point(a, 64, false), n.clone()]).collect();
        agree(0x0c, &joined(parts, &damage))?;
    }

    #[test]
    fn sums_of_multiples_on_the_twist_of_bls12_agree(
        terms in vec((points::<g2::Config>(), scalars::<Fr>()), 0..4), damage in damages(),
    ) {
        let parts = terms.iter().flat_map(|(a, n)| [point(a, 64, false), n.clone()]).collect();
        agree(0x0e, &joined(parts, &damage))?;
    }

    #[test]
    fn pairings_on_bls12_agree(
        pairs in vec((points::<g1::Config>(), points::<g2::Config>()), 0..3),
        is_undone in any::<bool>(), damage in damages(),
    ) {
        let mut parts = Vec::new();
        for (a, b) in &pairs {
            parts.extend([point(a, 64, false), point(b, 64, false)]);
            if is_undone {
                parts.extend([point(a, 64, false), point(&-*b, 64, false)]);
            }
        }
        agree(0x0f, &joined(parts, &damage))?;
    }

    #[test]
    fn maps_to_bls12_agree(a in any::<[u8; 48]>(), small in 0u64..4, damage in damages()) {
        use ark_ff::PrimeField;
        for number in [Fq::from_be_bytes_mod_order(&a), Fq::from(small), -Fq::from(small)] {
            agree(0x10, &damage.apply(field(number, 64)))?;
            agree(0x11, &joined(vec![field(number, 64), field(Fq::from(small), 64)], &damage))?;
        }
    }
}

#[test]
fn empty_inputs_agree() {
    for last in 1..=0x11 {
        agree(last, &[]).unwrap();
    }
}
