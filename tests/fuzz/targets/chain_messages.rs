//! What processes say to each other about transactions and blocks; the first byte chooses the message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_chain::message::{Announce, Fetch, Follow, Inquire, Pull, Push};
use troupe_fuzz::message;

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    match choice % 6 {
        0 => message::<Announce>(body),
        1 => message::<Pull>(body),
        2 => message::<Inquire>(body),
        3 => message::<Push>(body),
        4 => message::<Follow>(body),
        _ => message::<Fetch>(body),
    }
});
