//! Signatures of accounts: values that others published, every way to be refused, round trips.
//!
//! Sources: EIP-155's example; Project Wycheproof (`ecdsa_secp256k1_sha256_p1363_test`, there for
//! verification, here for recovery); the RFC 6979 values that Bitcoin's implementations share.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use proptest::prelude::*;
use troupe_crypto::Error;
use troupe_crypto::ecdsa::{Parity, PublicKey, SecretKey, Signature, V};
use troupe_crypto::hash::{keccak256, sha256};
use troupe_types::Hash;
use troupe_wire::{Limit, codec};

const ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
const HALF_ORDER: &str = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";
const ONE: &str = "0000000000000000000000000000000000000000000000000000000000000001";

fn bytes<const N: usize>(digits: &str) -> [u8; N] {
    hex::decode(digits).unwrap().try_into().unwrap()
}

fn numbers(r: &str, s: &str) -> [u8; 64] {
    bytes(&format!("{r}{s}"))
}

fn recover(r: &str, s: &str, parity: Parity, digest: &Hash) -> Result<String, Error> {
    Signature::new(numbers(r, s), parity)?.recover(digest).map(|key| key.to_string())
}

/// `number` less one or plus one, in its last byte.
fn beside(number: &str, step: i16) -> String {
    let (head, last) = number.split_at(62);
    format!("{head}{:02x}", i16::from_str_radix(last, 16).unwrap() + step)
}

#[test]
fn the_example_of_eip_155_is_signed_and_recovered() {
    let unsigned = "ec098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080018080";
    let digest = keccak256(hex::decode(unsigned).unwrap());
    let secret = SecretKey::from_bytes(&[0x46; 32]).unwrap();
    let signature = secret.sign(&digest);
    let r = "28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276";
    let s = "67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83";
    assert_eq!(hex::encode(signature.r()), r);
    assert_eq!(hex::encode(signature.s()), s);
    assert_eq!(V::read(37).unwrap().parity(), signature.parity());
    let signer = signature.recover(&digest).unwrap();
    assert_eq!(hex::encode(signer.address()), "9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f");
}

#[test]
fn nonces_are_those_of_rfc_6979() {
    let secret = SecretKey::from_bytes(&bytes(ONE)).unwrap();
    let signature = secret.sign(&sha256("Satoshi Nakamoto"));
    let expected = numbers(
        "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8",
        "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
    );
    assert_eq!(signature.to_bytes()[..64], expected);
}

#[test]
fn other_peoples_signatures_recover_their_keys_under_one_parity() {
    for (key, message, r, s) in [
        (
            "03b838ff44e5bc177bf21189d0766082fc9d843226887fc9760371100b7ee20a6f",
            "3235353835",
            "dd1b7d09a7bd8218961034a39a87fecf5314f00c4d25eb58a07ac85e85eab516",
            "35138c401ef8d3493d65c9002fe62b43aee568731b744548358996d9cc427e06",
        ),
        (
            "0344ad339afbc21e9abf7b602a5ca535ea378135b6d10d81310bdd8293d1df3252",
            "313233343030",
            "7ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc",
            "3e9a7582886089c62fb840cf3b83061cd1cff3ae4341808bb5bdee6191174177",
        ),
        (
            "031877045be25d34a1d0600f9d5c00d0645a2a54379b6ceefad2e6bf5c2a3352ce",
            "313233343030",
            ONE,
            ONE,
        ),
        (
            "03b7291d1404e0c0c07dab9372189f4bd58d2ceaa8d15ede544d9514545ba9ee06",
            "313233343030",
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd03640c1",
            "55555555555555555555555555555554e8e4f44ce51835693ff0ca2ef01215c0",
        ),
        (
            "023a3150798c8af69d1e6e981f3a45402ba1d732f4be8330c5164f49e10ec555b4",
            "313233343030",
            HALF_ORDER,
            HALF_ORDER,
        ),
        (
            "02315971a60089e7749a8fa1d8374ecbaab259d773b3737e932bbaa960cdbf27f1",
            "68656c6c6f2c20776f726c64",
            "2b698a0f0a4041b77e63488ad48c23e8e8838dd1fb7520408b121697b782ef22",
            "0000000000000000000000000000000100000000000000000000000000000000",
        ),
    ] {
        let digest = sha256(hex::decode(message).unwrap());
        let recovered = [Parity::Even, Parity::Odd].map(|parity| recover(r, s, parity, &digest));
        let matching = recovered.iter().filter(|got| got.as_deref() == Ok(key)).count();
        assert_eq!(matching, 1, "{key}: {recovered:?}");
    }
}

#[test]
fn what_has_no_parity_recovers_nobody() {
    // Wycheproof 247 with the lower s: the nonce's x is above the group order, which takes a third parity.
    let digest = sha256("hello, world");
    let (r, s) = (beside(ONE, 1), beside(ONE, 2));
    let key = "0349be80da98fb7ea4165f898c36c696c50bd9da6485038c6cbda36d82dad41cfd";
    for parity in [Parity::Even, Parity::Odd] {
        assert_ne!(recover(&r, &s, parity, &digest).as_deref(), Ok(key));
    }
    // No point of the curve has x = 5.
    let five = beside(ONE, 4);
    assert_eq!(recover(&five, ONE, Parity::Even, &digest), Err(Error::BadSignature));
    // Wycheproof 165: the key would be the point at infinity.
    let digest = sha256(hex::decode("313233343030").unwrap());
    let s = "55555555555555555555555555555554e8e4f44ce51835693ff0ca2ef01215c0";
    let key = "02d533b789a4af890fa7a82a1fae58c404f9a62a50b49adafab349c513b4150874";
    for parity in [Parity::Even, Parity::Odd] {
        assert_ne!(recover(HALF_ORDER, s, parity, &digest).as_deref(), Ok(key));
    }
}

#[test]
fn numbers_out_of_range_and_high_s_are_refused() {
    let zero = "0".repeat(64);
    let beyond = "f".repeat(64);
    let make = |r: &str, s: &str| Signature::new(numbers(r, s), Parity::Even).err();
    for wrong in [&zero, ORDER, &beside(ORDER, 1), &beyond] {
        assert_eq!(make(wrong, ONE), Some(Error::OutOfRange { what: "r" }), "{wrong}");
        assert_eq!(make(ONE, wrong), Some(Error::OutOfRange { what: "s" }), "{wrong}");
    }
    assert_eq!(make(&beside(ORDER, -1), HALF_ORDER), None);
    assert_eq!(make(ONE, &beside(HALF_ORDER, 1)), Some(Error::HighS));
    assert_eq!(make(ONE, &beside(ORDER, -1)), Some(Error::HighS));
}

#[test]
fn a_secret_of_zero_or_the_group_order_is_refused() {
    let refused = Some(Error::OutOfRange { what: "secret key" });
    for wrong in ["0".repeat(64), ORDER.to_owned(), beside(ORDER, 1), "f".repeat(64)] {
        assert_eq!(SecretKey::from_bytes(&bytes(&wrong)).err(), refused);
    }
    assert!(SecretKey::from_bytes(&bytes(&beside(ORDER, -1))).is_ok());
}

#[test]
fn a_key_that_is_no_point_or_written_another_way_is_refused() {
    let refused = Err(Error::NotCanonical { what: "public key" });
    let modulus = "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f";
    // x = 5 is on no point; the modulus plus one is 1 written another way; 4, 6, 0 are other forms.
    for wrong in [
        format!("02{}", beside(ONE, 4)),
        format!("02{}", beside(modulus, 1)),
        format!("04{ONE}"),
        format!("06{ONE}"),
        format!("00{}", "0".repeat(64)),
    ] {
        assert_eq!(PublicKey::from_bytes(&bytes(&wrong)), refused, "{wrong}");
    }
    assert!(PublicKey::from_bytes(&bytes(&format!("02{ONE}"))).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_signer_is_recovered_and_the_bytes_round_trip(
        secret in any::<[u8; 32]>(),
        digest in any::<[u8; 32]>().prop_map(Hash),
    ) {
        let Ok(secret) = SecretKey::from_bytes(&secret) else { return Ok(()) };
        let signature = secret.sign(&digest);
        let key = secret.public_key();
        prop_assert_eq!(signature.recover(&digest), Ok(key));
        prop_assert_eq!(secret.sign(&digest), signature);
        prop_assert_eq!(Signature::from_bytes(&signature.to_bytes()), Ok(signature));
        prop_assert_eq!(PublicKey::from_bytes(&key.to_bytes()), Ok(key));

        let encoded = codec::encode(&(key, signature), Limit::KiB1).expect("98 bytes");
        prop_assert_eq!(encoded.len(), 98);
        prop_assert_eq!(codec::decode(&encoded, Limit::KiB1), Ok((key, signature)));
        for cut in 0..encoded.len() {
            prop_assert!(codec::decode::<(PublicKey, Signature)>(&encoded[..cut], Limit::KiB1).is_err());
        }
    }

    #[test]
    fn another_digest_parity_or_number_recovers_another_key(
        at in 0usize..65,
        bit in 0u8..8,
        digest in any::<[u8; 32]>().prop_map(Hash),
    ) {
        let secret = SecretKey::from_bytes(&[7; 32]).unwrap();
        let mut changed = secret.sign(&digest).to_bytes();
        changed[at] ^= 1 << bit;
        let recovered = Signature::from_bytes(&changed).and_then(|signature| signature.recover(&digest));
        prop_assert_ne!(recovered, Ok(secret.public_key()));
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..70)) {
        if let Ok(signature) = Signature::from_bytes(&bytes) {
            prop_assert_eq!(&signature.to_bytes()[..], &bytes[..]);
            let _ = signature.recover(&Hash([1; 32]));
        }
        if let Ok(Ok(key)) = bytes.try_into().map(|bytes: [u8; 33]| PublicKey::from_bytes(&bytes)) {
            let _ = key.address();
        }
    }
}

#[test]
fn a_wrong_length_or_parity_byte_is_refused() {
    let good = SecretKey::from_bytes(&[7; 32]).unwrap().sign(&Hash([9; 32])).to_bytes();
    for length in (0..65).chain([66, 130]) {
        let mut bytes = good.to_vec();
        bytes.resize(length, 0);
        let refused = Error::Length { what: "signature", want: 65, got: length };
        assert_eq!(Signature::from_bytes(&bytes), Err(refused));
    }
    for got in [2, 3, 27, 28, 255] {
        let mut bytes = good;
        bytes[64] = got;
        assert_eq!(Signature::from_bytes(&bytes), Err(Error::Parity { got }));
    }
}
