use super::*;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use proptest::prelude::*;
use troupe_wire::Seed;

fn secret(number: u64) -> Secret {
    Secret::new(&mut Seed::from_number(number).stream("test"))
}

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).expect("digits").try_into().expect("so many")
}

#[test]
fn items_become_points_as_rfc_9380_says() {
    // RFC 9497 A.1.1.1 and A.1.1.2: an input, its blind, and the point both make.
    let domain = Domain::with_tag(b"HashToGroup-OPRFV1-\x00-ristretto255-SHA512");
    let blind = "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706";
    let blind = Scalar::from_canonical_bytes(bytes(blind)).expect("canonical");
    let cases = [
        ("00", "609a0ae68c15a3cf6903766461307e5c8bb2f95e7e6550e1ffa2dc99e412803c"),
        (
            "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a",
            "da27ef466870f5f15296299850aa088629945a17d1f5b7f5ff043f76b3c06418",
        ),
    ];
    for (input, want) in cases {
        let uniform = domain.expand(&hex::decode(input).expect("digits"));
        let half = blind * Scalar::from(2u8).invert();
        assert_eq!(portable::blind(&half, &[uniform]), [bytes::<32>(want)]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_order_of_the_two_secrets_does_not_matter(
        entries in proptest::collection::vec(any::<[u8; 36]>(), 0..20),
        numbers in any::<(u64, u64)>(),
    ) {
        let domain = Domain::new(SessionId([1; 16]));
        let (left, right) = (secret(numbers.0), secret(numbers.1));
        let once = blind(&domain, &left, &entries);
        let one_way = raise(&right, &once).expect("points");
        let other_way = raise(&left, &blind(&domain, &right, &entries)).expect("points");
        prop_assert_eq!(&one_way, &other_way);
        // What it should be: four times the item's point, raised to both.
        for (entry, got) in entries.iter().zip(&one_way) {
            let item = RistrettoPoint::from_uniform_bytes(&domain.expand(&entry[..32]));
            let want = item * left.0 * right.0 * Scalar::from(4u8);
            prop_assert_eq!(want.compress().0, *got);
        }
    }

    #[test]
    fn only_canonical_encodings_of_points_are_taken(bytes in any::<[u8; 32]>(), place in 0usize..20) {
        let good = RistrettoPoint::mul_base(&Scalar::from(7u8)).compress().0;
        let mut points = vec![good; 20];
        points[place] = bytes;
        let is_point = CompressedRistretto(bytes).decompress().is_some();
        match raise(&secret(1), &points) {
            Ok(raised) => prop_assert!(is_point && raised.len() == 20),
            Err(error) => prop_assert_eq!(error, (place, Unfit::Encoding)),
        }
    }
}

/// What RFC 9496 A.3 lists as invalid encodings.
const INVALID: &[&str] = &[
    // Field elements that are not reduced.
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    // Negative field elements.
    "0100000000000000000000000000000000000000000000000000000000000000",
    "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    // Not a square.
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
    // s = -1, which makes y = 0.
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

#[test]
fn invalid_encodings_and_the_identity_are_told_apart() {
    for text in INVALID {
        assert_eq!(raise(&secret(1), &[bytes(text)]), Err((0, Unfit::Encoding)), "{text}");
    }
    assert_eq!(raise(&secret(1), &[[0; 32]]), Err((0, Unfit::Identity)));
}

#[test]
fn sessions_map_an_item_to_unrelated_points() {
    let points = [1, 2]
        .map(|session| blind(&Domain::new(SessionId([session; 16])), &secret(1), &[[7u8; 36]]));
    assert_ne!(points[0], points[1]);
}
