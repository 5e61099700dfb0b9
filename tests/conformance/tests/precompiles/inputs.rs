//! Inputs that get past the first check often enough.

use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, Field, PrimeField};
use ark_serialize::CanonicalSerialize;
use proptest::prelude::*;

/// A number of a field, padded.
pub(crate) fn field<F: PrimeField>(number: F, length: usize) -> Vec<u8> {
    let digits = number.into_bigint().to_bytes_be();
    [vec![0; length - digits.len()], digits].concat()
}

/// The numbers of a number of an extension, in the order of EIP-2537; EIP-197 wants the other.
fn parts<F: Field>(number: F, is_reversed: bool) -> Vec<F::BasePrimeField> {
    let mut parts: Vec<_> = number.to_base_prime_field_elements().collect();
    if is_reversed {
        parts.reverse();
    }
    parts
}

/// The bytes of a point; zeros for the one at infinity.
pub(crate) fn point<P: SWCurveConfig>(
    point: &Affine<P>,
    length: usize,
    is_reversed: bool,
) -> Vec<u8>
where
    <P::BaseField as Field>::BasePrimeField: PrimeField,
{
    let (x, y) = point.xy().unwrap_or_default();
    let numbers = [parts(x, is_reversed), parts(y, is_reversed)].concat();
    numbers.into_iter().flat_map(|number| field(number, length)).collect()
}

/// Points of the group, the one at infinity, and points of the curve outside the group.
pub(crate) fn points<P: SWCurveConfig>() -> impl Strategy<Value = Affine<P>> {
    let multiple = |n: u64| (Affine::<P>::generator() * P::ScalarField::from(n)).into_affine();
    let negative = move |n: u64| (-multiple(n).into_group()).into_affine();
    let stray = |n: u64| {
        let mut x = P::BaseField::from(n);
        loop {
            if let Some(point) = Affine::<P>::get_point_from_x_unchecked(x, n.is_multiple_of(2)) {
                return point;
            }
            x += P::BaseField::ONE;
        }
    };
    prop_oneof![
        4 => (1u64..20).prop_map(multiple),
        2 => any::<u64>().prop_map(multiple),
        2 => (1u64..20).prop_map(negative),
        1 => Just(Affine::<P>::identity()),
        1 => (0u64..100).prop_map(stray),
    ]
}

/// Numbers of a word: small, any, and around the order of a group.
pub(crate) fn scalars<F: PrimeField>() -> impl Strategy<Value = Vec<u8>> {
    let around = |less: bool, n: u64| {
        let mut number = F::MODULUS;
        let mut distance = F::BigInt::from(n);
        match less {
            true => number.sub_with_borrow(&distance),
            false => {
                std::mem::swap(&mut number, &mut distance);
                number.add_with_carry(&distance)
            }
        };
        number.to_bytes_be()
    };
    prop_oneof![
        (0u64..5).prop_map(|n| field(F::from(n), 32)),
        any::<[u8; 32]>().prop_map(|bytes| bytes.to_vec()),
        (any::<bool>(), 0u64..3).prop_map(move |(less, n)| around(less, n)),
    ]
}

/// What is done to an input before it is handed in; mostly nothing.
#[derive(Debug, Clone)]
pub(crate) enum Damage {
    None,
    Cut(prop::sample::Index),
    Longer(Vec<u8>),
    Byte(prop::sample::Index, u8),
    Filled(prop::sample::Index, u8),
}

pub(crate) fn damages() -> impl Strategy<Value = Damage> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        6 => Just(Damage::None),
        1 => index().prop_map(Damage::Cut),
        1 => prop::collection::vec(any::<u8>(), 1..40).prop_map(Damage::Longer),
        2 => (index(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        1 => (index(), any::<u8>()).prop_map(|(at, byte)| Damage::Filled(at, byte)),
    ]
}

impl Damage {
    pub(crate) fn apply(&self, mut input: Vec<u8>) -> Vec<u8> {
        let length = input.len();
        match self {
            Self::None => {}
            Self::Cut(at) => input.truncate(at.index(length + 1)),
            Self::Longer(tail) => input.extend(tail),
            Self::Byte(at, byte) if length > 0 => input[at.index(length)] = *byte,
            Self::Filled(at, byte) if length > 0 => {
                let from = at.index(length) / 32 * 32;
                let to = (from + 32).min(length);
                input[from..to].fill(*byte);
            }
            Self::Byte(..) | Self::Filled(..) => {}
        }
        input
    }
}

/// A commitment to a polynomial of two numbers is opened under a secret that the test knows; only the
/// real secret is checked, so that only proofs of constants are right.
pub(crate) fn opening(value: u64, at: u64, told: u64, is_other_proof: bool) -> Vec<u8> {
    type Point = ark_bls12_381::G1Affine;
    let compressed = |point: Point| {
        let mut bytes = Vec::new();
        point.serialize_compressed(&mut bytes).expect("memory does not fail");
        bytes
    };
    let multiple = |n: u64| (Point::generator() * ark_bls12_381::Fr::from(n)).into_affine();
    let commitment = compressed(multiple(value));
    let mut versioned = troupe_crypto::hash::sha256(&commitment).0;
    versioned[0] = 1;
    let proof = compressed(multiple(u64::from(is_other_proof)));
    let number = |n: u64| field(ark_bls12_381::Fr::from(n), 32);
    [versioned.to_vec(), number(at), number(told), commitment, proof].concat()
}
