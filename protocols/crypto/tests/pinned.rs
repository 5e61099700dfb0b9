//! What travels and what is signed, pinned: a changed byte stops a test, not a network.

use bincode::{Decode, Encode};
use troupe_crypto::scheme::Scheme;
use troupe_crypto::sr25519::{self, Purpose};
use troupe_crypto::{Bls, Fixed, Keyed, bls, ecdsa, hash, vrf};
use troupe_types::Hash;
use troupe_wire::{Limit, Stream, vectors};

const PURPOSE: Purpose = Purpose::new("pinned");

fn pin<T: Encode + Decode<()>>(sample: impl FnMut(&mut Stream) -> T) -> String {
    vectors::hash(Limit::KiB1, sample)
}

/// What travels unchecked is pinned over any bytes.
fn pin_fixed<T: Fixed>() -> String {
    pin(|stream| T::read(&stream.array::<96>()[..T::LEN]).expect("as many as it wants"))
}

#[test]
fn encodings_do_not_change() {
    for (name, got, expected) in [
        ("bls public key", pin_fixed::<bls::PublicKey>(), "2bac6db5dbe6c74b"),
        ("bls signature", pin_fixed::<bls::Signature>(), "99e2716da9dabfeb"),
        ("bls proof", pin_fixed::<bls::Proof>(), "99e2716da9dabfeb"),
        ("keyed public key", pin_fixed::<<Keyed as Scheme>::PublicKey>(), "2bac6db5dbe6c74b"),
        ("keyed signature", pin_fixed::<<Keyed as Scheme>::Signature>(), "99e2716da9dabfeb"),
        ("keyed proof", pin_fixed::<<Keyed as Scheme>::Proof>(), "99e2716da9dabfeb"),
        ("sr25519 signature", pin_fixed::<sr25519::Signature>(), "907fccafbca2d508"),
        ("vrf proof", pin_fixed::<vrf::Proof>(), "99e2716da9dabfeb"),
    ] {
        assert_eq!(got, expected, "{name}");
    }
}

#[test]
fn keys_and_signatures_made_of_the_same_seed_do_not_change() {
    let account = |stream: &mut Stream| ecdsa::SecretKey::generate(stream);
    let ristretto = |stream: &mut Stream| sr25519::SecretKey::generate(stream);
    for (name, got, expected) in [
        ("made account key", pin(|stream| account(stream).public_key()), "f96f1ef13b1f46cb"),
        (
            "made account signature",
            pin(|stream| account(stream).sign(&Hash(stream.array()))),
            "9d86930b4b69f82c",
        ),
        ("made sr25519 key", pin(|stream| ristretto(stream).public_key()), "c8cf6c791670d8ae"),
        (
            "made sr25519 signature",
            pin(|stream| ristretto(stream).sign(PURPOSE, &stream.array::<40>())),
            "d7d30de5f82c2aa1",
        ),
        (
            "vrf word and proof",
            pin(|stream| vrf::prove(&ristretto(stream), PURPOSE, &stream.array::<40>())),
            "60680d4caa201b45",
        ),
        ("made bls key", pin(|stream| Bls::public_key(&Bls::generate(stream))), "bdf67a48ffde61ce"),
        (
            "made bls signature",
            pin(|stream| Bls::sign(&Bls::generate(stream), &stream.array::<40>())),
            "d63d9d830e073cde",
        ),
        ("made bls proof", pin(|stream| Bls::prove(&Bls::generate(stream))), "43e357cb3a9bf901"),
        (
            "made keyed signature",
            pin(|stream| Keyed::sign(&Keyed::generate(stream), &stream.array::<40>())),
            "0ca3e6a9ab148801",
        ),
        (
            "tagged hash",
            pin(|stream| hash::tagged("pinned", &[&stream.array::<9>(), b"x"])),
            "525c31e340a64a2b",
        ),
    ] {
        assert_eq!(got, expected, "{name}");
    }
}
