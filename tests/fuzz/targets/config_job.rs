//! Job files.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_config::{Job, Order};

fuzz_target!(|text: &str| {
    for errors in [Job::load(text).err(), Order::load(text).err()].into_iter().flatten() {
        for line in errors.to_string().lines() {
            assert!(line.len() < 1024, "an endless error");
        }
    }
});
