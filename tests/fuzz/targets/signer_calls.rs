//! What nodes ask a signer, and what it answers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_signer::{Asked, Failure, read_answer};

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, body)) = bytes.split_first() else { return };
    if choice % 2 == 0 {
        if let Ok(asked) = Asked::read_body(body) {
            assert!(asked.statement.is_canonical(), "two statements with one digest");
            assert_eq!(Asked::read_body(&asked.body()), Ok(asked));
        }
        return;
    }
    match read_answer(body) {
        // An error shows a person what was wrong; it does not repeat a kilobyte.
        Err(failure @ (Failure::Refused(_) | Failure::Unreachable(_))) => {
            assert!(failure.to_string().len() < 1_024, "an endless error");
        }
        Ok(signature) => assert!(body.windows(96).any(|part| part == signature.0)),
    }
});
