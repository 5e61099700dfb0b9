//! Two arithmetics, one scheme: every byte and every verdict is the same.
#![cfg(feature = "blst")]
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use proptest::prelude::*;
use troupe_crypto::bls::{Bls, BlsNative, Proof, PublicKey, Signature};
use troupe_crypto::scheme::Vote;
use troupe_crypto::{Fixed, Scheme};

fn agree_on_key(bytes: &[u8]) -> Result<(), TestCaseError> {
    let key = PublicKey::read(bytes).unwrap();
    let (pure, native) = (Bls::readmit(&key), BlsNative::readmit(&key));
    prop_assert_eq!(pure.map(|key| *key.as_ref()), native.map(|key| *key.as_ref()));
    Ok(())
}

fn agree_on_signature(bytes: &[u8]) -> Result<(), TestCaseError> {
    let signature = Signature::read(bytes).unwrap();
    prop_assert_eq!(Bls::aggregate(&[signature]), BlsNative::aggregate(&[signature]));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn every_output_is_the_same_byte_for_byte_and_verifies_there(
        material in proptest::collection::vec(any::<u8>(), 32..80),
        message in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let secret = Bls::derive(&material).unwrap();
        let native = blst::min_pk::SecretKey::key_gen(&material, &[]).unwrap();
        prop_assert_eq!(native.to_bytes(), *secret.to_bytes());

        let (public, proof) = (Bls::public_key(&secret), Bls::prove(&secret));
        let signature = Bls::sign(&secret, &message);
        prop_assert_eq!(BlsNative::public_key(&secret), public);
        prop_assert_eq!(BlsNative::prove(&secret), proof);
        prop_assert_eq!(BlsNative::sign(&secret, &message), signature);

        let pure = Bls::admit(&public, &proof).unwrap();
        let native = BlsNative::admit(&public, &proof).unwrap();
        prop_assert_eq!(Bls::verify(&pure, &message, &signature), Ok(()));
        prop_assert_eq!(BlsNative::verify(&native, &message, &signature), Ok(()));
        let other = Bls::sign(&secret, b"another");
        prop_assert_eq!(Bls::verify(&pure, &message, &other), BlsNative::verify(&native, &message, &other));
    }

    #[test]
    fn sums_and_combinations_are_the_same(
        number in 1usize..12,
        bad in proptest::collection::btree_set(0usize..12, 0..4),
    ) {
        let message = b"block 7";
        let secrets: Vec<_> = (0..number)
            .map(|at| Bls::derive(&[u8::try_from(at).unwrap() + 1; 32]).unwrap())
            .collect();
        let signatures: Vec<Signature> = (0..number)
            .map(|at| Bls::sign(&secrets[at], if bad.contains(&at) { b"block 8" } else { message }))
            .collect();
        let sum = Bls::aggregate(&signatures).unwrap();
        prop_assert_eq!(BlsNative::aggregate(&signatures), Ok(sum));

        let publics: Vec<_> = secrets.iter().map(Bls::public_key).collect();
        let pure: Vec<_> = publics.iter().map(|key| Bls::readmit(key).unwrap()).collect();
        let native: Vec<_> = publics.iter().map(|key| BlsNative::readmit(key).unwrap()).collect();
        let all_pure: Vec<_> = pure.iter().collect();
        let all_native: Vec<_> = native.iter().collect();
        prop_assert_eq!(
            Bls::verify_same(&all_pure, message, &sum),
            BlsNative::verify_same(&all_native, message, &sum)
        );

        let votes: Vec<Vote<'_, Bls>> = pure
            .iter()
            .zip(&signatures)
            .map(|(key, signature)| Vote { key, signature: *signature })
            .collect();
        let votes_native: Vec<Vote<'_, BlsNative>> = native
            .iter()
            .zip(&signatures)
            .map(|(key, signature)| Vote { key, signature: *signature })
            .collect();
        let combined = Bls::combine(message, &votes);
        let combined_native = BlsNative::combine(message, &votes_native);
        prop_assert_eq!(&combined.bad, &combined_native.bad);
        prop_assert_eq!(combined.aggregate, combined_native.aggregate);
        let expected: Vec<usize> = bad.into_iter().filter(|at| *at < number).collect();
        prop_assert_eq!(combined.bad, expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn verdicts_on_any_bytes_are_the_same(
        first in prop_oneof![Just(0x80u8), Just(0xa0), Just(0xc0), any::<u8>()],
        rest in proptest::collection::vec(any::<u8>(), 95),
        zeros in 0usize..96,
    ) {
        let mut bytes = [&[first][..], &rest].concat();
        bytes[1..zeros.max(1)].fill(0);
        // A third of all numbers of 48 bytes with clear high bits are below the modulus.
        bytes[0] &= 0xf7;
        agree_on_key(&bytes[..48])?;
        agree_on_signature(&bytes)?;
    }

    #[test]
    fn verdicts_on_changed_good_bytes_are_the_same(seed in any::<u8>(), at in 0usize..96, bit in 0u8..8) {
        let secret = Bls::derive(&[seed; 32]).unwrap();
        let mut key = Bls::public_key(&secret).0;
        key[at % 48] ^= 1 << bit;
        agree_on_key(&key)?;
        let mut signature = Bls::sign(&secret, b"m").0;
        signature[at] ^= 1 << bit;
        agree_on_signature(&signature)?;
        let (public, mut proof) = (Bls::public_key(&secret), Bls::prove(&secret));
        proof.0[at] ^= 1 << bit;
        let proof = Proof(proof.0);
        prop_assert_eq!(
            Bls::admit(&public, &proof).err(),
            BlsNative::admit(&public, &proof).err()
        );
    }
}
