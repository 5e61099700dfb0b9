//! What a candidate registers, as a transaction carries it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_crypto::ed25519::{PublicKey, Signature};
use troupe_fuzz::{decodes, parses};
use troupe_staking::registration::Registration;
use troupe_types::Address;
use troupe_wire::Limit;

fuzz_target!(|data: &[u8]| {
    if let Ok(registration) = Registration::from_bytes(data) {
        assert_eq!(registration.to_bytes(), data);
        assert!(registration.check(1, Address([1; 20])).is_err(), "nobody signed this");
    }
    decodes::<(PublicKey, Signature)>(data, Limit::KiB1);
    if let Ok(text) = core::str::from_utf8(data) {
        parses::<PublicKey>(text);
    }
});
