//! Programs of joint computations, as the receiver of the results sends them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_mpc::Program;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(program) = Program::decode(bytes) {
        assert_eq!(program.encode(), bytes, "another form of the same program");
        // What it costs is known before anything runs.
        let cost = program.cost();
        assert!(cost.links.iter().all(|link| link.from != link.to));
        let _ = program.hash();
    }
});
