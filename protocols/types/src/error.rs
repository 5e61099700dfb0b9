//! What can be wrong with a value that a person or a peer wrote.

/// A text that does not parse into one of this crate's types.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is not the hexadecimal form of so many bytes.
    #[error("{what} wants {want} hexadecimal digits, got {got}")]
    HexLength {
        /// Which type was parsed.
        what: &'static str,
        /// Digits wanted.
        want: usize,
        /// Digits found.
        got: usize,
    },
    /// The text holds something else than hexadecimal digits.
    #[error("{what} wants hexadecimal digits, got `{got}`")]
    HexDigit {
        /// Which type was parsed.
        what: &'static str,
        /// The text, shortened.
        got: String,
    },
    /// An address in mixed case whose case is not that of its checksum.
    #[error("address `{got}` is mistyped, or its case is: these digits are written `{want}`")]
    Case {
        /// The text.
        got: String,
        /// The same digits in the right case.
        want: String,
    },
    /// The text looks like an address in Bech32 and is none.
    #[error("address `{got}` is no Bech32 text of 20 bytes: {reason}")]
    Bech32 {
        /// The text, shortened.
        got: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An address of another network.
    #[error("address `{got}` begins with {prefix:?}, wanted \"{want}\"")]
    Prefix {
        /// The text, shortened.
        got: String,
        /// What stands before its separator.
        prefix: String,
        /// What stands there on this network.
        want: &'static str,
    },
    /// The text is no number with one of the known units.
    #[error("{what} wants a number and one of {units}, got `{got}`")]
    Unit {
        /// Which type was parsed.
        what: &'static str,
        /// The units understood.
        units: &'static str,
        /// The text, shortened.
        got: String,
    },
    /// The value is not zero and would be taken for zero, or has a fraction of the smallest unit.
    #[error("{what} `{got}` is finer than the smallest unit of {units}")]
    TooFine {
        /// Which type was parsed.
        what: &'static str,
        /// The units understood.
        units: &'static str,
        /// The text, shortened.
        got: String,
    },
    /// The value does not fit.
    #[error("{what} `{got}` is larger than 2^63 base units")]
    TooLarge {
        /// Which type was parsed.
        what: &'static str,
        /// The text, shortened.
        got: String,
    },
}

/// At most 48 characters of what was given, so that an error never repeats a megabyte; control
/// characters are escaped, so that it moves no cursor.
pub(crate) fn shorten(text: &str) -> String {
    let is_long = text.chars().count() > 48;
    let mut shown = String::new();
    for c in text.chars().take(if is_long { 45 } else { 48 }) {
        if c.is_control() {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    if is_long {
        shown.push_str("...");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_error_repeats_is_short_and_moves_no_cursor() {
        assert_eq!(shorten("8 weeks"), "8 weeks");
        assert_eq!(shorten("\u{1b}[2J\n"), "\\u{1b}[2J\\u{a}");
        assert_eq!(shorten(&"é".repeat(49)), format!("{}...", "é".repeat(45)));
    }
}
