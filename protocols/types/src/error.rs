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
    /// The value does not fit.
    #[error("{what} `{got}` is larger than 2^63 base units")]
    TooLarge {
        /// Which type was parsed.
        what: &'static str,
        /// The text, shortened.
        got: String,
    },
}

/// At most forty characters of what was given, so that an error never repeats a megabyte.
pub(crate) fn shorten(text: &str) -> String {
    if text.chars().count() <= 40 {
        return text.to_owned();
    }
    let head: String = text.chars().take(37).collect();
    format!("{head}...")
}
