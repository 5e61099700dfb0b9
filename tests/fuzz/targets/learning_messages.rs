//! What participants say to each other around a session; the first byte chooses the message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_fuzz::message;
use troupe_learning::message::{
    Abandon, Common, Consent, Contribute, Declare, Describe, Inquire, Inventory, Join, Meet, Prepare,
    Retract,
};

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    match choice % 12 {
        0 => message::<Prepare>(body),
        1 => message::<Contribute>(body),
        2 => message::<Inquire>(body),
        3 => message::<Abandon>(body),
        4 => message::<Describe>(body),
        5 => message::<Declare>(body),
        6 => message::<Retract>(body),
        7 => message::<Inventory>(body),
        8 => message::<Join>(body),
        9 => message::<Meet>(body),
        10 => message::<Common>(body),
        _ => message::<Consent>(body),
    }
});
