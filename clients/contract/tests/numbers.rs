//! Our numbers against another implementation.

use proptest::prelude::*;
use troupe_contract::U256;

type Other = ruint::Uint<256, 4>;

/// Numbers of every length, and those around powers of two.
fn numbers() -> impl Strategy<Value = U256> {
    let any = any::<[u8; 32]>();
    (any, 0u32..256, 0u8..4).prop_map(|(bytes, bits, kind)| {
        let whole = U256::from_be_bytes(bytes);
        match kind {
            0 => whole,
            1 => whole >> bits,
            2 => U256::ONE << bits,
            _ => (U256::ONE << bits) - U256::ONE,
        }
    })
}

fn other(number: U256) -> Other {
    Other::from_be_bytes(number.to_be_bytes())
}

fn ours(number: Other) -> U256 {
    U256::from_be_bytes(number.to_be_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn arithmetic_agrees(a in numbers(), b in numbers(), c in numbers()) {
        let (x, y, z) = (other(a), other(b), other(c));
        prop_assert_eq!(a.checked_add(b), x.checked_add(y).map(ours));
        prop_assert_eq!(a.checked_sub(b), x.checked_sub(y).map(ours));
        prop_assert_eq!(a.checked_mul(b), x.checked_mul(y).map(ours));
        let divided = x.checked_div(y).zip(x.checked_rem(y));
        prop_assert_eq!(a.checked_div_rem(b), divided.map(|(q, r)| (ours(q), ours(r))));
        prop_assert_eq!(a.cmp(&b), x.cmp(&y));
        if !c.is_zero() {
            let wide: ruint::Uint<512, 8> = x.widening_mul(y);
            let quotient = wide / ruint::Uint::<512, 8>::from(z);
            let fits = Other::checked_from_limbs_slice(&quotient.as_limbs()[..4])
                .filter(|_| quotient.as_limbs()[4..].iter().all(|limb| *limb == 0));
            prop_assert_eq!(a.checked_mul_div(b, c), fits.map(ours));
        }
    }

    #[test]
    fn bits_and_text_agree(a in numbers(), b in numbers(), bits in 0u32..300) {
        let (x, y) = (other(a), other(b));
        prop_assert_eq!(a & b, ours(x & y));
        prop_assert_eq!(a | b, ours(x | y));
        prop_assert_eq!(a ^ b, ours(x ^ y));
        prop_assert_eq!(!a, ours(!x));
        prop_assert_eq!(a << bits, ours(x << bits as usize));
        prop_assert_eq!(a >> bits, ours(x >> bits as usize));
        prop_assert_eq!(a.to_string(), x.to_string());
        prop_assert_eq!(U256::of(&a.to_string()), a);
        prop_assert_eq!(u64::try_from(a).ok(), u64::try_from(x).ok());
        prop_assert_eq!(u128::try_from(a).ok(), u128::try_from(x).ok());
    }
}

#[test]
fn constants_are_read_in_both_bases() {
    assert_eq!(U256::of("0xff_00"), U256::new(0xff00));
    assert_eq!(U256::of("1_000"), U256::new(1000));
    assert_eq!(U256::MAX.checked_mul_div(U256::MAX, U256::ZERO), None);
}

#[test]
#[should_panic(expected = "more than 256 bits")]
fn a_constant_above_256_bits_is_refused() {
    let _ =
        U256::of("115792089237316195423570985008687907853269984665640564039457584007913129639936");
}
