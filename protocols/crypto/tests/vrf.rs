//! Verifiable randomness: one word an input, and no proof of any other.

use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::scalar::Scalar;
use proptest::prelude::*;
use troupe_crypto::sr25519::{Purpose, SecretKey};
use troupe_crypto::vrf::{Proof, prove, verify};
use troupe_crypto::{Error, Fixed};

const ELECTION: Purpose = Purpose::new("election");
const BEACON: Purpose = Purpose::new("beacon");

#[test]
fn words_differ_by_key_purpose_and_input_and_repeat_otherwise() {
    let (one, two) = (SecretKey::from_seed(&[1; 32]), SecretKey::from_seed(&[2; 32]));
    let words = [
        prove(&one, ELECTION, b"a").0,
        prove(&one, ELECTION, b"b").0,
        prove(&one, BEACON, b"a").0,
        prove(&two, ELECTION, b"a").0,
        prove(&one, ELECTION, b"").0,
    ];
    for (at, left) in words.iter().enumerate() {
        assert!(words[..at].iter().all(|right| left != right));
    }
    assert_eq!(prove(&one, ELECTION, b"a"), prove(&one, ELECTION, b"a"));
}

#[test]
fn a_proof_is_of_one_key_purpose_and_input_only() {
    let (one, two) = (SecretKey::from_seed(&[1; 32]), SecretKey::from_seed(&[2; 32]));
    let (word, proof) = prove(&one, ELECTION, b"a");
    let refused = Err(Error::BadRandomness);
    assert_eq!(verify(&one.public_key(), ELECTION, b"a", &proof), Ok(word));
    assert_eq!(verify(&two.public_key(), ELECTION, b"a", &proof), refused);
    assert_eq!(verify(&one.public_key(), BEACON, b"a", &proof), refused);
    assert_eq!(verify(&one.public_key(), ELECTION, b"b", &proof), refused);
}

#[test]
fn the_output_of_one_input_cannot_be_passed_off_as_that_of_another() {
    let secret = SecretKey::from_seed(&[1; 32]);
    let (_, first) = prove(&secret, ELECTION, b"a");
    let (_, second) = prove(&secret, ELECTION, b"b");
    let mut mixed = first;
    mixed.0[..32].copy_from_slice(&second.0[..32]);
    for input in [b"a", b"b"] {
        let verdict = verify(&secret.public_key(), ELECTION, input, &mixed);
        assert_eq!(verdict, Err(Error::BadRandomness));
    }
}

/// With two proofs that share a nonce the secret is a quotient: `s = r - c x` twice.
#[test]
fn two_proofs_do_not_share_a_nonce() {
    let secret = SecretKey::from_seed(&[1; 32]);
    let key = CompressedRistretto(secret.public_key().to_bytes()).decompress().unwrap();
    let nonce_point = |purpose, input: &[u8]| {
        let (_, proof) = prove(&secret, purpose, input);
        let number =
            |bytes: &[u8]| Scalar::from_canonical_bytes(bytes.try_into().unwrap()).unwrap();
        let (challenge, answer) = (number(&proof.0[32..64]), number(&proof.0[64..]));
        let point = curve25519_dalek::RistrettoPoint::mul_base(&answer) + key * challenge;
        point.compress().to_bytes()
    };
    let points = [
        nonce_point(ELECTION, b"a"),
        nonce_point(ELECTION, b"b"),
        nonce_point(BEACON, b"a"),
        secret.sign(ELECTION, b"a").0[..32].try_into().unwrap(),
    ];
    for (at, left) in points.iter().enumerate() {
        assert!(points[..at].iter().all(|right| left != right));
    }
}

#[test]
fn malformed_proofs_are_refused() {
    let secret = SecretKey::from_seed(&[1; 32]);
    let (_, good) = prove(&secret, ELECTION, b"a");
    let what = "randomness proof";
    let refusal = |change: &dyn Fn(&mut [u8; 96])| {
        let mut proof = good;
        change(&mut proof.0);
        verify(&secret.public_key(), ELECTION, b"a", &proof).unwrap_err()
    };
    assert_eq!(refusal(&|bytes| bytes[..32].fill(0)), Error::Identity { what });
    // RFC 9496 A.2: the modulus; a negative number; y is zero.
    for (first, middle, last) in [(0xed, 0xff, 0x7f), (0x01, 0x00, 0x00), (0xec, 0xff, 0x7f)] {
        let error = refusal(&|bytes| {
            bytes[..32].fill(middle);
            (bytes[0], bytes[31]) = (first, last);
        });
        assert_eq!(error, Error::NotCanonical { what });
    }
    let order = {
        let mut bytes = (-Scalar::ONE).to_bytes();
        bytes[0] += 1;
        bytes
    };
    for at in [32, 64] {
        let error = refusal(&|bytes| bytes[at..at + 32].copy_from_slice(&order));
        assert_eq!(error, Error::NotCanonical { what });
        let error = refusal(&|bytes| bytes[at..at + 32].fill(0xff));
        assert_eq!(error, Error::NotCanonical { what });
        let error = refusal(&|bytes| bytes[at..at + 32].fill(0));
        assert_eq!(error, Error::BadRandomness);
    }
    for length in [0, 95, 97] {
        let refused = Error::Length { what, want: 96, got: length };
        assert_eq!(Proof::read(&vec![0; length]), Err(refused));
    }
}

#[test]
fn words_look_even() {
    let secret = SecretKey::from_seed(&[1; 32]);
    let mut ones = 0;
    for input in 0..64u8 {
        ones +=
            prove(&secret, BEACON, &[input]).0.0.iter().map(|byte| byte.count_ones()).sum::<u32>();
    }
    // 16,384 bits; five standard deviations are 320.
    assert!((8_192 - 320..8_192 + 320).contains(&ones), "{ones} ones");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_proof_verifies_to_its_word_and_a_changed_one_does_not(
        seed in any::<[u8; 32]>(),
        input in proptest::collection::vec(any::<u8>(), 0..60),
        at in 0usize..96,
        bit in 0u8..8,
    ) {
        let secret = SecretKey::from_seed(&seed);
        let (word, proof) = prove(&secret, ELECTION, &input);
        prop_assert_eq!(verify(&secret.public_key(), ELECTION, &input, &proof), Ok(word));
        let mut changed = proof;
        changed.0[at] ^= 1 << bit;
        prop_assert!(verify(&secret.public_key(), ELECTION, &input, &changed).is_err());
    }

    #[test]
    fn no_bytes_are_a_proof_by_chance(bytes in proptest::collection::vec(any::<u8>(), 96)) {
        let key = SecretKey::from_seed(&[1; 32]).public_key();
        prop_assert!(verify(&key, ELECTION, b"", &Proof::read(&bytes).unwrap()).is_err());
    }
}
