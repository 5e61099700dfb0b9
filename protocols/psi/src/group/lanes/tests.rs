//! Byte for byte what the portable code makes, and vectors of RFC 9496 through both.

use super::super::portable;
use super::*;
use curve25519_dalek::ristretto::RistrettoPoint;
use proptest::prelude::*;

fn scalar(wide: (u128, u128)) -> Scalar {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&wide.0.to_le_bytes());
    bytes[16..].copy_from_slice(&wide.1.to_le_bytes());
    Scalar::from_bytes_mod_order(bytes)
}

/// Bytes that are often special: all zeroes, all ones, next to the modulus.
fn uniform() -> impl Strategy<Value = [u8; 64]> {
    let half = prop_oneof![
        4 => any::<[u8; 32]>(),
        1 => (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(low, middle, high)| {
            let mut bytes = [if middle & 1 == 0 { 0 } else { 0xff }; 32];
            (bytes[0], bytes[31]) = (low, high);
            bytes
        }),
        1 => Just([0; 32]),
    ];
    (half.clone(), half).prop_map(|(first, second)| {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&first);
        bytes[32..].copy_from_slice(&second);
        bytes
    })
}

fn secrets() -> impl Strategy<Value = Scalar> {
    let ends = [0u8, 1, 2, 7, 8, 9, 16].map(Scalar::from);
    prop_oneof![
        3 => any::<(u128, u128)>().prop_map(scalar),
        1 => proptest::sample::select(ends.to_vec()),
        1 => proptest::sample::select(ends.to_vec()).prop_map(|end| -end),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn points_of_bytes_are_the_portable_ones(
        uniform in proptest::collection::vec(uniform(), 0..20),
        secret in secrets(),
    ) {
        let Some(got) = blind(&secret, &uniform) else { return Ok(()) };
        prop_assert_eq!(got, portable::blind(&secret, &uniform));
    }

    #[test]
    fn raised_points_are_the_portable_ones(
        numbers in proptest::collection::vec(any::<(u128, u128)>(), 0..20),
        other in proptest::option::of((0usize..20, any::<[u8; 32]>())),
        secret in secrets(),
    ) {
        let mut points: Vec<Point> =
            numbers.into_iter().map(|n| RistrettoPoint::mul_base(&scalar(n)).compress().0).collect();
        if let Some((place, bytes)) = other && let Some(point) = points.get_mut(place) {
            *point = bytes;
            point[0] &= 0xfe;
            point[31] &= 0x7f;
        }
        let Some(got) = raise(&secret, &points) else { return Ok(()) };
        prop_assert_eq!(got, portable::raise(&secret, &points));
    }
}

#[test]
fn encodings_next_to_the_modulus_are_refused_as_the_portable_code_does() {
    let secret = Scalar::from(3u8);
    for high in [0x7e, 0x7f, 0x80, 0xff] {
        for low in 0..=255u8 {
            for middle in [0, 0xff] {
                let mut bytes = [middle; 32];
                (bytes[0], bytes[31]) = (low, high);
                let Some(got) = raise(&secret, &[bytes]) else { return };
                assert_eq!(got, portable::raise(&secret, &[bytes]), "{low} {middle} {high}");
            }
        }
    }
}

#[test]
fn multiples_of_the_generator_are_those_of_rfc_9496() {
    // RFC 9496 A.1: the generator and its double.
    let generator: Point =
        hex::decode("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")
            .expect("digits")
            .try_into()
            .expect("a point");
    let double = "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919";
    let Some(got) = raise(&Scalar::ONE, &[generator; 9]) else { return };
    for point in got.expect("points") {
        assert_eq!(hex::encode(point), double);
    }
}
