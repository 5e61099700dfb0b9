//! What shows the results of a task, from anybody.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_evidence::Opening;

fuzz_target!(|data: &[u8]| {
    let Ok(opening) = Opening::decode(data) else { return };
    assert_eq!(opening.encode().as_deref(), Some(data));
    let _ = opening.check();
});
