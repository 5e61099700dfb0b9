//! Job files.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_config::Job;

fuzz_target!(|text: &str| {
    if let Err(errors) = Job::load(text) {
        for line in errors.to_string().lines() {
            assert!(line.len() < 1024, "an endless error");
        }
    }
});
