//! Two implementations of BLS give one verdict on keys and signatures with a few bits changed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_crypto::bls::{PublicKey, Signature};
use troupe_crypto::{Bls, BlsNative, Scheme};

fn changed<const N: usize>(mut bytes: [u8; N], change: &[u8]) -> [u8; N] {
    for (byte, change) in bytes.iter_mut().zip(change) {
        *byte ^= change;
    }
    bytes
}

fuzz_target!(|input: ([u8; 32], &[u8], &[u8])| {
    let (material, key_change, signature_change) = input;
    let Ok(secret) = Bls::derive(&material) else { return };
    let message = b"one message";

    let key = PublicKey(changed(Bls::public_key(&secret).0, key_change));
    let (pure, native) = (Bls::readmit(&key), BlsNative::readmit(&key));
    assert_eq!(pure.is_ok(), native.is_ok(), "{key}");
    let (Ok(pure), Ok(native)) = (pure, native) else { return };

    let signature = Signature(changed(Bls::sign(&secret, message).0, signature_change));
    let verdicts = (
        Bls::verify(&pure, message, &signature).is_ok(),
        BlsNative::verify(&native, message, &signature).is_ok(),
    );
    assert_eq!(verdicts.0, verdicts.1, "{signature}");
    assert_eq!(Bls::aggregate(&[signature]).ok(), BlsNative::aggregate(&[signature]).ok());
});
