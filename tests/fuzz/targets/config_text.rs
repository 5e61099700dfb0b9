//! Names, addresses and amounts as a manifest or a network file holds them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_config::{Address, Amount, PeerAddress};
use troupe_fuzz::parses;

fuzz_target!(|text: &str| {
    parses::<Address>(text);
    parses::<Amount>(text);
    parses::<PeerAddress>(text);
});
