//! Network files, whole and as drafts, and the moments in them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_config::{Moment, NetworkFile};
use troupe_types::UnixMillis;

fuzz_target!(|text: &str| {
    if let Ok(moment) = text.parse::<Moment>() {
        assert_eq!(moment.to_string().parse(), Ok(moment));
    }
    let draft = NetworkFile::load_draft(text, UnixMillis(1_800_000_000_000));
    match NetworkFile::load(text) {
        Ok(file) => {
            assert_eq!(draft.as_ref(), Ok(&file), "a draft of what is whole");
            assert_eq!(NetworkFile::load(&file.write()).as_ref(), Ok(&file));
        }
        Err(errors) => {
            for line in errors.to_string().lines() {
                assert!(line.len() < 1024, "an endless error");
            }
        }
    }
});
