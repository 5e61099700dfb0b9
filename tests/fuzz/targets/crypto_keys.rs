//! Keys and signatures as peers send them and people write them; the first byte chooses.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_crypto::ecdsa::SecretKey as AccountKey;
use troupe_crypto::hash::keccak256;
use troupe_crypto::{Fixed, bls, ecdsa, sr25519, vrf};
use troupe_fuzz::{decodes, parses};
use troupe_wire::Limit;

/// Whoever signed, a signature that parses gives a key, or an error; never a panic.
fn recovers(bytes: &[u8]) {
    if let Ok(signature) = ecdsa::Signature::from_bytes(bytes) {
        assert_eq!(signature.to_bytes(), bytes);
        let _ = signature.recover(&keccak256(bytes));
    }
}

fn secrets(bytes: &[u8]) {
    let Ok(bytes) = <&[u8; 32]>::try_from(bytes) else { return };
    if let Ok(secret) = AccountKey::from_bytes(bytes) {
        assert_eq!(*secret.to_bytes(), *bytes);
    }
    if let Ok(secret) = bls::SecretKey::from_bytes(bytes) {
        assert_eq!(*secret.to_bytes(), *bytes);
    }
}

fn public_keys(bytes: &[u8]) {
    if let Ok(key) = sr25519::PublicKey::from_bytes(bytes) {
        assert_eq!(key.to_bytes(), bytes);
    }
    if let Ok(bytes) = <&[u8; 33]>::try_from(bytes)
        && let Ok(key) = ecdsa::PublicKey::from_bytes(bytes)
    {
        assert_eq!(key.to_bytes(), *bytes);
    }
    if let Ok(key) = bls::PublicKey::read(bytes) {
        assert_eq!(key.as_ref(), bytes);
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    let limit = Limit::KiB1;
    match choice % 8 {
        0 => recovers(body),
        1 => secrets(body),
        2 => public_keys(body),
        3 => decodes::<(ecdsa::PublicKey, ecdsa::Signature)>(body, limit),
        4 => decodes::<(sr25519::PublicKey, sr25519::Signature, vrf::Proof)>(body, limit),
        5 => decodes::<(bls::PublicKey, bls::Signature, bls::Proof)>(body, limit),
        6 => {
            if let Ok(text) = core::str::from_utf8(body) {
                parses::<sr25519::PublicKey>(text);
            }
        }
        _ => {
            if let Ok(text) = core::str::from_utf8(body) {
                parses::<bls::PublicKey>(text);
                parses::<bls::Signature>(text);
            }
        }
    }
});
