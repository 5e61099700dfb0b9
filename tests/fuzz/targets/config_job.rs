//! Job files, and declarations of data sets.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_config::{Dataset, Order};

fuzz_target!(|text: &str| {
    let errors = [Order::load(text).err(), Dataset::load(text).err()];
    for errors in errors.into_iter().flatten() {
        for line in errors.to_string().lines() {
            assert!(line.len() < 1024, "an endless error");
        }
    }
});
