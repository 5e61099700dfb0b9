//! How often a node has started, kept durably: the incarnation in its routes.
//!
//! The number must never be seen twice, or messages for the process before a restart would be taken
//! for messages for the one after. So it is on the disk before the node says it to anyone, and a
//! file that cannot be trusted is an error, not a reason to begin again at 1.

use crate::exit::{ExitCode, Failure, Outcome};
use std::io;
use std::path::Path;
use troupe_storage::files::{self, Existing};
use troupe_types::Incarnation;

/// The file in a data directory that counts.
const NAME: &str = "starts";

/// `start 12 of 12`: the number twice, so that a damaged digit is noticed.
const LONGEST: u64 = 64;

/// Counts this start and returns its number, from 1 on. Call it with the directory locked.
pub(crate) fn count(directory: &Path) -> Outcome<Incarnation> {
    let path = directory.join(NAME);
    let last = read(&path)?;
    let next =
        last.checked_add(1).ok_or_else(|| damaged(&path, "the largest number is reached"))?;
    let text = format!("start {next} of {next}\n");
    files::write(&path, text.as_bytes(), Existing::Replace).map_err(|error| {
        Failure::about(ExitCode::Storage, path.display(), format!("cannot be kept: {error}"))
    })?;
    Ok(Incarnation(next))
}

fn read(path: &Path) -> Outcome<u64> {
    let bytes = match files::read(path, LONGEST) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => {
            let text = format!("cannot be read: {error}");
            return Err(Failure::about(ExitCode::Storage, path.display(), text));
        }
    };
    let text = String::from_utf8_lossy(&bytes);
    parse(&text).ok_or_else(|| damaged(path, &format!("holds {:?}", text.trim_end())))
}

fn parse(text: &str) -> Option<u64> {
    let line = text.strip_prefix("start ")?.strip_suffix('\n')?;
    let (number, again) = line.split_once(" of ")?;
    let count: u64 = number.parse().ok()?;
    // The one way to write it, so that no sign, zero or space is waved through.
    (number == again && number == count.to_string() && count > 0).then_some(count)
}

fn damaged(path: &Path, how: &str) -> Failure {
    let text = format!(
        "the start counter is damaged, {how}; restore it, or write a number above every earlier \
         start as \"start N of N\""
    );
    Failure::about(ExitCode::Storage, path.display(), text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_start_has_a_number_of_its_own() {
        let directory = tempfile::tempdir().unwrap();
        for want in 1..4 {
            assert_eq!(count(directory.path()).unwrap(), Incarnation(want));
        }
    }

    #[test]
    fn a_damaged_counter_is_an_error_and_stays_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(NAME);
        let cases: [&[u8]; 8] = [
            b"",
            b"start 3 of 2\n",
            b"start 3 of 3",
            b"start 03 of 03\n",
            b"start 0 of 0\n",
            b"start 18446744073709551615 of 18446744073709551615\n",
            b"\xff\xfe",
            &[b'9'; 65],
        ];
        for bytes in cases {
            std::fs::write(&path, bytes).unwrap();
            let failure = count(directory.path()).unwrap_err();
            assert_eq!(failure.code, ExitCode::Storage, "{failure}");
            assert_eq!(std::fs::read(&path).unwrap(), bytes);
        }
    }

    proptest! {
        #[test]
        fn only_its_own_text_is_read(text in "(start )?[0-9 +-]{0,4}( of )?[0-9]{0,3}\n?") {
            if let Some(count) = parse(&text) {
                prop_assert_eq!(text, format!("start {count} of {count}\n"));
            }
        }
    }
}
