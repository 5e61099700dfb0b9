//! What participants say to each other around a session; the first byte chooses the message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_fuzz::message;
use troupe_learning::message::{
    Abandon, Common, Consent, Contribute, Describe, Inquire, Join, Meet, Prepare,
};

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    match choice % 9 {
        0 => message::<Prepare>(body),
        1 => message::<Contribute>(body),
        2 => message::<Inquire>(body),
        3 => message::<Abandon>(body),
        4 => message::<Describe>(body),
        5 => message::<Join>(body),
        6 => message::<Meet>(body),
        7 => message::<Common>(body),
        _ => message::<Consent>(body),
    }
});
