//! Records of the market: what is read has one form. The first byte chooses.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_fuzz::decodes;
use troupe_market::data::Dataset;
use troupe_market::node::Node;
use troupe_market::task::Task;
use troupe_market::{Counters, Rules};
use troupe_wire::Limit;

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    let limit = Limit::KiB16;
    match choice % 5 {
        0 => decodes::<Counters>(body, limit),
        1 => decodes::<Dataset>(body, limit),
        2 => decodes::<Node>(body, limit),
        3 => decodes::<Rules>(body, limit),
        _ => decodes::<Task>(body, limit),
    }
});
