//! What the key of a node may be, and what it signed.

use curve25519_dalek::constants::EIGHT_TORSION;
use ed25519_dalek::{Signer, SigningKey};
use proptest::prelude::*;
use troupe_crypto::Error;
use troupe_crypto::ed25519::{PublicKey, Signature};

fn signed(seed: [u8; 32], message: &[u8]) -> (PublicKey, Signature) {
    let secret = SigningKey::from_bytes(&seed);
    (PublicKey(secret.verifying_key().to_bytes()), Signature(secret.sign(message).to_bytes()))
}

/// The order of the group, little-endian. RFC 8032 5.1
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

#[test]
fn the_signatures_of_the_standard_verify() {
    // RFC 8032 7.1: tests 2 and 3, and SHA(abc).
    let cases = [
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ];
    for (key, message, signature) in cases {
        let key: PublicKey = key.parse().unwrap();
        let message = hex::decode(message).unwrap();
        assert_eq!(key.verify(&message, &signature.parse().unwrap()), Ok(()));
    }
}

#[test]
fn keys_of_small_order_are_refused() {
    for point in EIGHT_TORSION {
        let key = PublicKey(point.compress().to_bytes());
        let refused = Err(Error::WrongSubgroup { what: "node key" });
        assert_eq!(key.check(), refused);
        assert_eq!(key.verify(b"", &Signature([0; 64])), refused);
    }
}

#[test]
fn a_point_has_one_form() {
    // The nineteen numbers of 255 bits that are not below p = 2^255 - 19, and both signs of x.
    let refused = Err(Error::NotCanonical { what: "node key" });
    for low in 0xed..=0xff {
        for sign in [0x7f, 0xff] {
            let mut key = [0xff; 32];
            (key[0], key[31]) = (low, sign);
            assert_eq!(PublicKey(key).check(), refused, "{low:x} {sign:x}");
        }
    }
}

#[test]
fn a_number_above_the_order_is_refused() {
    let (key, mut signature) = signed([3; 32], b"m");
    assert_eq!(key.verify(b"m", &signature), Ok(()));
    let mut carry = 0;
    for (byte, order) in signature.0[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    assert_eq!(key.verify(b"m", &signature), Err(Error::BadSignature));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_was_signed_verifies_and_nothing_else_does(
        seed in any::<[u8; 32]>(),
        message in proptest::collection::vec(any::<u8>(), 1..100),
        at in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let (key, signature) = signed(seed, &message);
        prop_assert_eq!(key.verify(&message, &signature), Ok(()));
        let mut other = message.clone();
        other[at.index(message.len())] ^= 1 << bit;
        prop_assert_eq!(key.verify(&other, &signature), Err(Error::BadSignature));
        let mut forged = signature;
        forged.0[at.index(64)] ^= 1 << bit;
        prop_assert!(key.verify(&message, &forged).is_err());
        let mut stranger = key;
        stranger.0[at.index(32)] ^= 1 << bit;
        prop_assert!(stranger.verify(&message, &signature).is_err());
    }

    #[test]
    fn no_bytes_panic(key in any::<[u8; 32]>(), sign in any::<[u8; 32]>(), message in any::<[u8; 8]>()) {
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&sign);
        prop_assert!(PublicKey(key).verify(&message, &Signature(signature)).is_err());
    }
}
