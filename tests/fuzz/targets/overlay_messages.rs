//! What processes say to a directory; the first byte chooses the message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_fuzz::message;
use troupe_overlay::message::{Announce, Find, Locate, Withdraw};

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    match choice % 4 {
        0 => message::<Announce>(body),
        1 => message::<Find>(body),
        2 => message::<Locate>(body),
        _ => message::<Withdraw>(body),
    }
});
