//! What is secret does not print, is not copied by accident, and does not stay in memory.

use core::fmt::{Debug, Display};
use core::marker::PhantomData;
use subtle::ConstantTimeEq;
use troupe_crypto::keystore::{Entry, Secret};
use troupe_crypto::{bls, ecdsa, keyed, sr25519};
use zeroize::ZeroizeOnDrop;

/// Asks whether a type has a trait: the inherent constant is found first where it exists.
struct Ask<T>(PhantomData<T>);

trait No {
    const DEBUG: bool = false;
    const DISPLAY: bool = false;
    const CLONE: bool = false;
    const PLAIN_EQ: bool = false;
}
impl<T> No for Ask<T> {}

impl<T: Debug> Ask<T> {
    const DEBUG: bool = true;
}
impl<T: Display> Ask<T> {
    const DISPLAY: bool = true;
}
impl<T: Clone> Ask<T> {
    const CLONE: bool = true;
}
impl<T: PartialEq> Ask<T> {
    const PLAIN_EQ: bool = true;
}

macro_rules! answers {
    ($type:ty) => {
        [Ask::<$type>::DEBUG, Ask::<$type>::DISPLAY, Ask::<$type>::CLONE, Ask::<$type>::PLAIN_EQ]
    };
}

#[test]
fn no_secret_prints_is_copied_or_compared_in_a_time_that_tells() {
    assert_eq!(answers!(ecdsa::SecretKey), [false; 4]);
    assert_eq!(answers!(bls::SecretKey), [false; 4]);
    assert_eq!(answers!(keyed::SecretKey), [false; 4]);
    assert_eq!(answers!(sr25519::SecretKey), [false; 4]);
    assert_eq!(answers!(Secret), [false; 4]);
    assert_eq!(answers!(Entry), [false; 4]);
    // The question finds what is there.
    assert_eq!(answers!(bls::PublicKey), [true; 4]);
}

fn overwritten_and_compared_in_constant_time<T: ZeroizeOnDrop + ConstantTimeEq>(one: &T, two: &T) {
    assert!(bool::from(one.ct_eq(one)));
    assert!(!bool::from(one.ct_eq(two)));
}

#[test]
fn every_secret_is_overwritten_and_compared_in_constant_time() {
    let [one, two] = [[1u8; 32], [2; 32]];
    let account = |bytes| ecdsa::SecretKey::from_bytes(bytes).unwrap();
    overwritten_and_compared_in_constant_time(&account(&one), &account(&two));
    let vote = |bytes| bls::SecretKey::from_bytes(bytes).unwrap();
    overwritten_and_compared_in_constant_time(&vote(&one), &vote(&two));
    let seed = sr25519::SecretKey::from_seed;
    overwritten_and_compared_in_constant_time(&seed(&one), &seed(&two));
    let stored = |bytes: &[u8; 32]| Secret::new(bytes.to_vec()).unwrap();
    overwritten_and_compared_in_constant_time(&stored(&one), &stored(&two));
}
