//! What participants say to each other around a session; the first byte chooses the message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_fuzz::message;
use troupe_learning::message::{
    Abandon, Common, Consent, Contribute, Describe, Inquire, Join, Meet, Prepare, Reserve,
};
use troupe_learning::workers::message::{Assign, Begin, Countersign, Dismiss, Enlist, Note};

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    match choice % 16 {
        0 => message::<Prepare>(body),
        1 => message::<Contribute>(body),
        2 => message::<Inquire>(body),
        3 => message::<Abandon>(body),
        4 => message::<Describe>(body),
        5 => message::<Join>(body),
        6 => message::<Meet>(body),
        7 => message::<Common>(body),
        8 => message::<Reserve>(body),
        9 => message::<Assign>(body),
        10 => message::<Begin>(body),
        11 => message::<Countersign>(body),
        12 => message::<Dismiss>(body),
        13 => message::<Enlist>(body),
        14 => message::<Note>(body),
        _ => message::<Consent>(body),
    }
});
