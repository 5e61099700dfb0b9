//! Identities, sizes and durations as a person writes them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_fuzz::parses;
use troupe_types::{Bytes, Hash, Millis, NodeId, SessionId};

fuzz_target!(|text: &str| {
    parses::<Bytes>(text);
    parses::<Millis>(text);
    parses::<Hash>(text);
    parses::<NodeId>(text);
    parses::<SessionId>(text);
});
