//! Names and addresses as a manifest holds them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_config::{Address, PeerAddress};
use troupe_fuzz::parses;

fuzz_target!(|text: &str| {
    parses::<Address>(text);
    parses::<PeerAddress>(text);
});
