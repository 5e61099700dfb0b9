//! Records of the market, and what a process keeps of its tasks: what is read has one form. The first byte chooses.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_fuzz::decodes;
use troupe_market::data::Dataset;
use troupe_market::duty::Say;
use troupe_market::node::Node;
use troupe_market::statement::Held;
use troupe_market::task::{Callback, Task};
use troupe_market::{Counters, Rules};
use troupe_wire::Limit;

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    let limit = Limit::KiB16;
    match choice % 8 {
        0 => decodes::<Counters>(body, limit),
        1 => decodes::<Dataset>(body, limit),
        2 => decodes::<Node>(body, limit),
        3 => decodes::<Rules>(body, limit),
        4 => decodes::<Task>(body, limit),
        5 => decodes::<Say>(body, limit),
        6 => decodes::<Held>(body, limit),
        _ => decodes::<Callback>(body, limit),
    }
});
