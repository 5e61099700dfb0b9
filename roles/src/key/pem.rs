//! PEM (RFC 7468) for secrets: every copy on the way is wiped, and reading is strict.

use zeroize::Zeroizing;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const LINE: usize = 64;

/// The text form of a document, without a new line at its end.
pub(super) fn encode(label: &str, bytes: &[u8]) -> Zeroizing<String> {
    let digits = 4 * bytes.len().div_ceil(3);
    // The full capacity at once: growing would leave copies behind.
    let capacity = digits + digits / LINE + 2 * label.len() + 40;
    let mut text = Zeroizing::new(String::with_capacity(capacity));
    text.push_str(&format!("-----BEGIN {label}-----\n"));
    let mut column = 0;
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let index = usize::try_from(group >> (18 - 6 * place) & 63).expect("six bits");
            let padded = place > chunk.len();
            text.push(if padded { '=' } else { char::from(ALPHABET[index]) });
        }
        column += 4;
        if column == LINE {
            text.push('\n');
            column = 0;
        }
    }
    if column > 0 {
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----"));
    text
}

/// The document in a text that holds exactly one, of this label; `None` for anything else.
pub(super) fn decode(label: &str, text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let body = text.trim().strip_prefix(&format!("-----BEGIN {label}-----"))?;
    let body = body.strip_suffix(&format!("-----END {label}-----"))?;
    let mut digits = Zeroizing::new(Vec::with_capacity(body.len()));
    digits.extend(body.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    if !digits.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(digits.len()));
    let groups = digits.len() / 4;
    for (index, group) in digits.chunks(4).enumerate() {
        let padding = group.iter().rev().take_while(|digit| **digit == b'=').count();
        if padding > 2 || (padding > 0 && index + 1 < groups) {
            return None;
        }
        let mut value = 0u32;
        for digit in &group[..4 - padding] {
            let place = ALPHABET.iter().position(|known| known == digit)?;
            value = value << 6 | u32::try_from(place).ok()?;
        }
        value <<= 6 * u32::try_from(padding).ok()?;
        let [_, group @ ..] = value.to_be_bytes();
        let (kept, dropped) = group.split_at(3 - padding);
        // Bits that mean nothing must be zero, or one document had several texts.
        if dropped.iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend_from_slice(kept);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn documents_round_trip(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let text = encode("PRIVATE KEY", &bytes);
            prop_assert!(text.lines().all(|line| line.len() <= LINE));
            let decoded = decode("PRIVATE KEY", &text).unwrap();
            prop_assert_eq!(&*decoded, &bytes);
            prop_assert!(decode("CERTIFICATE", &text).is_none());
        }

        #[test]
        fn no_text_panics_and_a_document_has_one_text(digits in "[A-Fa-f0-9+/=\n]{0,24}") {
            let text = format!("-----BEGIN X-----\n{digits}\n-----END X-----");
            if let Some(bytes) = decode("X", &text) {
                let compact = |text: &str| text.split_whitespace().collect::<String>();
                prop_assert_eq!(compact(&encode("X", &bytes)), compact(&text));
            }
        }
    }

    #[test]
    fn a_key_of_the_standard_is_read() {
        // RFC 8410 10.3
        let text = "-----BEGIN PRIVATE KEY-----\n\
            MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
            -----END PRIVATE KEY-----\n";
        let bytes = decode("PRIVATE KEY", text).unwrap();
        assert_eq!(bytes[..4], [0x30, 0x2e, 0x02, 0x01]);
        assert_eq!(bytes.len(), 48);
        assert_eq!(*encode("PRIVATE KEY", &bytes), text.trim_end());
    }
}
