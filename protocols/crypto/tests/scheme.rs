//! What every scheme promises, and what keeps the simulator's apart from the real one.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use bincode::{Decode, Encode};
use bls12_381::{G1Affine, G1Projective};
use group::Curve;
use proptest::prelude::*;
use troupe_crypto::bls::{self, Bls};
use troupe_crypto::scheme::Strength;
use troupe_crypto::{Error, Fixed, Keyed, Scheme};
use troupe_wire::{Limit, Seed, codec};

struct Signer<S: Scheme> {
    secret: S::SecretKey,
    key: S::Key,
}

fn signer<S: Scheme>(number: u64) -> Signer<S> {
    let secret = S::generate(&mut Seed::from_number(number).stream("key"));
    let key = S::admit(&S::public_key(&secret), &S::prove(&secret)).unwrap();
    Signer { secret, key }
}

fn laws<S: Scheme>(numbers: [u64; 3], messages: [&[u8]; 2]) -> Result<(), TestCaseError> {
    let [a, b, c] = numbers.map(signer::<S>);
    let [message, other] = messages;
    let sign = |signer: &Signer<S>| S::sign(&signer.secret, message);
    let (one, two, three) = (sign(&a), sign(&b), sign(&c));
    prop_assert_eq!(sign(&a), one);
    prop_assert_eq!(S::verify(&a.key, message, &one), Ok(()));
    prop_assert_eq!(S::verify(&a.key, other, &one), Err(Error::BadSignature));
    prop_assert_eq!(S::verify(&b.key, message, &one), Err(Error::BadSignature));

    // In any order and any grouping the sum is one.
    let sum = S::aggregate(&[one, two, three]).unwrap();
    let grouped = S::aggregate(&[three, S::aggregate(&[two, one]).unwrap()]).unwrap();
    prop_assert_eq!(sum, grouped);
    prop_assert_eq!(S::aggregate(&[one]), Ok(one));
    let all = [&c.key, &a.key, &b.key];
    prop_assert_eq!(S::verify_same(&all, message, &sum), Ok(()));
    prop_assert_eq!(S::verify_same(&all, other, &sum), Err(Error::BadSignature));
    prop_assert_eq!(S::verify_same(&all[1..], message, &sum), Err(Error::BadSignature));
    let signed = all.map(|key| (key, message));
    prop_assert_eq!(S::verify_each(&signed, &sum), Ok(()));

    // Who signs twice counts twice, here and there.
    let twice = S::aggregate(&[one, one]).unwrap();
    prop_assert_eq!(S::verify_same(&[&a.key, &a.key], message, &twice), Ok(()));
    prop_assert_eq!(S::verify(&a.key, message, &twice), Err(Error::BadSignature));

    let mixed = S::aggregate(&[one, S::sign(&b.secret, other)]).unwrap();
    let signed = [(&a.key, message), (&b.key, other)];
    prop_assert_eq!(S::verify_each(&signed, &mixed), Ok(()));
    let crossed = [(&b.key, message), (&a.key, other)];
    prop_assert_eq!(S::verify_each(&crossed, &mixed), Err(Error::BadSignature));

    // A proof is of one key, and no signature of anything.
    let proof = S::prove(&a.secret);
    prop_assert!(S::admit(b.key.as_ref(), &proof).is_err());
    let as_signature = S::Signature::read(proof.as_ref()).unwrap();
    prop_assert!(S::verify(&a.key, a.key.as_ref().as_ref(), &as_signature).is_err());
    let as_proof = S::sign(&a.secret, a.key.as_ref().as_ref());
    let as_proof = S::Proof::read(as_proof.as_ref()).unwrap();
    prop_assert_eq!(S::admit(a.key.as_ref(), &as_proof).err(), Some(Error::BadProof));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn real_signatures_keep_the_laws(
        first in any::<u32>(),
        message in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let numbers = [0, 1, 2].map(|step| u64::from(first) + step);
        let other = [&message[..], b"."].concat();
        laws::<Bls>(numbers, [&message, &other])?;
        #[cfg(feature = "blst")]
        laws::<troupe_crypto::BlsNative>(numbers, [&message, &other])?;
    }
}

proptest! {
    #[test]
    fn simulated_signatures_keep_the_laws(
        first in any::<u32>(),
        message in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let numbers = [0, 1, 2].map(|step| u64::from(first) + step);
        laws::<Keyed>(numbers, [&message, &[&message[..], b"."].concat()])?;
    }
}

#[test]
fn nothing_of_the_simulator_passes_for_real_nor_the_other_way_round() {
    let (real, simulated) = (signer::<Bls>(1), signer::<Keyed>(1));
    let marked = bls::PublicKey::read(simulated.key.as_ref().as_ref()).unwrap();
    let refused = Error::NotCanonical { what: "public key" };
    assert_eq!(Bls::readmit(&marked).err(), Some(refused));
    let unmarked = <Keyed as Scheme>::PublicKey::read(real.key.as_ref().as_ref()).unwrap();
    assert!(Keyed::readmit(&unmarked).is_err());

    let theirs = Keyed::sign(&simulated.secret, b"m");
    let ours = Bls::sign(&real.secret, b"m");
    let theirs_as_ours = bls::Signature::read(theirs.as_ref()).unwrap();
    let ours_as_theirs = <Keyed as Scheme>::Signature::read(ours.as_ref()).unwrap();
    assert!(Bls::verify(&real.key, b"m", &theirs_as_ours).is_err());
    assert!(Bls::aggregate(&[theirs_as_ours]).is_err());
    assert!(Keyed::verify(&simulated.key, b"m", &ours_as_theirs).is_err());
    assert!(Keyed::aggregate(&[ours_as_theirs]).is_err());
    assert_eq!((Bls::STRENGTH, Keyed::STRENGTH), (Strength::Production, Strength::Simulation));
    assert_ne!(Bls::NAME, Keyed::NAME);
}

#[test]
fn simulated_messages_are_as_large_as_real_ones() {
    assert_eq!(<Keyed as Scheme>::PublicKey::LEN, bls::PublicKey::LEN);
    assert_eq!(<Keyed as Scheme>::Signature::LEN, bls::Signature::LEN);
    assert_eq!(<Keyed as Scheme>::Proof::LEN, bls::Proof::LEN);
}

#[test]
fn a_key_made_from_the_others_keys_is_not_let_in() {
    // Mallory claims the key "mine less Alice's": the sum of both is one she can sign for.
    let (alice, mallory) = (signer::<Bls>(1), signer::<Bls>(2));
    let read = |key: &bls::PublicKey| G1Affine::from_compressed(&key.0).unwrap();
    let rogue = G1Projective::from(read(mallory.key.as_ref())) - read(alice.key.as_ref());
    let rogue = bls::PublicKey(rogue.to_affine().to_compressed());
    let forged = Bls::sign(&mallory.secret, b"alice pays");
    let unproven = Bls::readmit(&rogue).unwrap();
    let both = [&alice.key, &unproven];
    assert_eq!(Bls::verify_same(&both, b"alice pays", &forged), Ok(()), "the attack as such works");
    for proof in [Bls::prove(&mallory.secret), Bls::prove(&alice.secret)] {
        assert_eq!(Bls::admit(&rogue, &proof).err(), Some(Error::BadProof));
    }
}

#[test]
fn keys_and_signatures_that_cancel_are_refused() {
    let alice = signer::<Bls>(1);
    let minus = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes[0] ^= 0x20;
        bytes
    };
    let opposite = bls::PublicKey::read(&minus(alice.key.as_ref().as_ref())).unwrap();
    let opposite = Bls::readmit(&opposite).unwrap();
    let signature = Bls::sign(&alice.secret, b"m");
    let minus_signature = bls::Signature::read(&minus(signature.as_ref())).unwrap();
    assert_eq!(Bls::verify(&opposite, b"m", &minus_signature), Ok(()));
    assert_eq!(
        Bls::aggregate(&[signature, minus_signature]),
        Err(Error::Identity { what: "sum of signatures" })
    );
    assert_eq!(
        Bls::verify_same(&[&alice.key, &opposite], b"m", &signature),
        Err(Error::Identity { what: "sum of keys" })
    );
    assert_eq!(Bls::aggregate(&[]), Err(Error::Empty { what: "signatures" }));
}

/// As a protocol declares a message over any scheme.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[bincode(
    encode_bounds = "S::Signature: Encode",
    decode_bounds = "S::Signature: Decode<__Context>",
    borrow_decode_bounds = "S::Signature: bincode::BorrowDecode<'__de, __Context>"
)]
struct Prepare<S: Scheme> {
    view: u64,
    signature: S::Signature,
}

fn crosses<S: Scheme>()
where
    Prepare<S>: Encode + Decode<()> + PartialEq + core::fmt::Debug,
{
    let signature = S::sign(&signer::<S>(4).secret, b"view 7");
    let message = Prepare::<S> { view: 7, signature };
    let bytes = codec::encode(&message, Limit::KiB1).unwrap();
    assert_eq!(bytes.len(), 97);
    assert_eq!(codec::decode(&bytes, Limit::KiB1), Ok(message));
    for cut in 0..bytes.len() {
        assert!(codec::decode::<Prepare<S>>(&bytes[..cut], Limit::KiB1).is_err());
    }
}

#[test]
fn a_message_over_any_scheme_crosses_the_wire() {
    crosses::<Bls>();
    crosses::<Keyed>();
}
