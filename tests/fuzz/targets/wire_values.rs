//! Plain values as peers encode them; the first byte chooses the type.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_fuzz::decodes;
use troupe_types::{Bytes, Hash, Incarnation, Millis, NetworkId, NodeId, SessionId, UnixMillis};
use troupe_wire::{CallError, Limit, VersionRange};

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    let limit = Limit::KiB1;
    match choice % 6 {
        0 => decodes::<(Hash, NodeId, SessionId)>(body, limit),
        1 => decodes::<(NetworkId, Incarnation)>(body, limit),
        2 => decodes::<(Millis, UnixMillis, Bytes)>(body, limit),
        3 => decodes::<VersionRange>(body, limit),
        4 => decodes::<Result<u64, CallError>>(body, limit),
        _ => decodes::<Option<(bool, char, i64)>>(body, limit),
    }
});
