//! A vector with a wrong result, to see that it matters.

/// The fields that name results.
const RESULTS: &[&str] =
    &["\"hash\": \"0x", "\"root\": \"0x", "\"out\": \"0x", "\"Expected\": \"", "\"sender\": \"0x"];

/// The text with another digit at the end of every result.
pub(crate) fn changed(text: &str) -> Option<String> {
    let mut changed = text.as_bytes().to_vec();
    let mut count = 0;
    for result in RESULTS {
        for (at, _) in text.match_indices(result) {
            let begin = at + result.len();
            let length = text[begin..].find('"')?;
            // An empty result has no digit to change.
            let Some(last) = length.checked_sub(1).map(|last| begin + last) else { continue };
            if let Some(last) = changed.get_mut(last) {
                *last = if *last == b'1' { b'2' } else { b'1' };
                count += 1;
            }
        }
    }
    if count == 0 { None } else { String::from_utf8(changed).ok() }
}
