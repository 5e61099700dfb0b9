//! What participants say to each other around a session; the first byte chooses the message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_fuzz::message;
use troupe_mpc::message::{
    Abandon, Contribute, Declare, Describe, Inquire, Inventory, Prepare, Retract,
};
use troupe_wire::{Limit, codec};

/// An agreement that decodes either becomes a program or says what is wrong with it.
fn agrees(bytes: &[u8]) {
    if let Ok(Prepare(agreement)) = codec::decode::<Prepare>(bytes, Limit::KiB64) {
        let _ = agreement.hash();
        if let Ok(program) = agreement.program() {
            assert!(!program.cost().links.is_empty());
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    match choice % 9 {
        0 => message::<Prepare>(body),
        1 => message::<Contribute>(body),
        2 => message::<Inquire>(body),
        3 => message::<Abandon>(body),
        4 => message::<Describe>(body),
        5 => message::<Declare>(body),
        6 => message::<Retract>(body),
        7 => message::<Inventory>(body),
        _ => agrees(body),
    }
});
