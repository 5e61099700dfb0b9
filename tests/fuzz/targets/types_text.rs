//! Identities, sizes and durations as a person writes them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_fuzz::parses;
use troupe_types::{Address, Bytes, Hash, Millis, NodeId, SessionId};

fuzz_target!(|text: &str| {
    parses::<Address>(text);
    parses::<Bytes>(text);
    parses::<Millis>(text);
    parses::<Hash>(text);
    parses::<NodeId>(text);
    parses::<SessionId>(text);
});
