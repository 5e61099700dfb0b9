//! Bytes as people hand them in.

use crate::exit::{ExitCode, Failure, Outcome};
use alloy_primitives::Bytes;
use std::path::Path;
use std::str::FromStr;
use troupe_storage::files;

/// A file of digits of the longest code that any transaction carries, with room for its line ends.
const LARGEST: u64 = 1 << 20;

/// Bytes in hexadecimal digits, with or without `0x`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Data(pub(crate) Bytes);

impl FromStr for Data {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let bytes = hex::decode(digits).map_err(|_| {
            let count = digits.chars().count();
            format!("wants an even number of hexadecimal digits, got {count} characters")
        })?;
        Ok(Self(bytes.into()))
    }
}

/// The code that `text` is, or that the file of this name holds.
pub(super) fn code(text: &str) -> Outcome<Bytes> {
    digits("CODE", "code", text)
}

/// The bytes that `text` is, or that the file of this name holds; `what` they are, of the argument `named`.
pub(crate) fn digits(named: &str, what: &str, text: &str) -> Outcome<Bytes> {
    let parse = |digits: &str| match digits.parse::<Data>() {
        Ok(Data(bytes)) if bytes.is_empty() => Err(format!("holds no {what}")),
        Ok(Data(bytes)) => Ok(bytes),
        Err(error) => Err(error),
    };
    if text.starts_with("0x") {
        return parse(text).map_err(|error| Failure::about(ExitCode::Usage, named, error));
    }
    let wrong = |error: String| Failure::about(ExitCode::BadFile, text, error);
    let bytes = files::read(Path::new(text), LARGEST)
        .map_err(|error| wrong(format!("cannot be read: {error}")))?;
    parse(String::from_utf8_lossy(&bytes).trim()).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_digits_or_a_file_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("code.hex");
        for text in ["0x6001\n", "6001"] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(code(path.to_str().unwrap()).unwrap()[..], [0x60, 0x01]);
        }
        assert_eq!(code("0x6001").unwrap()[..], [0x60, 0x01]);
    }

    #[test]
    fn what_is_no_code_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("code.hex");
        std::fs::write(&path, [0xff; 3]).unwrap();
        let name = path.to_str().unwrap();
        for (text, want) in [
            ("0x", "CODE: holds no code"),
            ("0x600", "CODE: wants an even number of hexadecimal digits, got 3 characters"),
            (name, "wants an even number of hexadecimal digits, got 3 characters"),
            ("none.hex", "none.hex: cannot be read: No such file or directory"),
        ] {
            let failure = code(text).unwrap_err().to_string();
            assert!(failure.contains(want), "{failure}");
        }
    }
}
