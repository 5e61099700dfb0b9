//! Bytes and words as hexadecimal digits.

use crate::error::Problem;
use crate::setting::{Unit, wrong_type};
use crate::value::Value;
use core::fmt;

/// Bytes, two digits each, after `0x` or without it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Octets(pub(crate) Vec<u8>);

/// A number of 256 bits, the most significant byte first; 1 to 64 digits after `0x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Word(pub(super) [u8; 32]);

/// An address: see [`troupe_types::Address`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Whose(pub(super) troupe_types::Address);

/// The value of a digit.
fn digit(byte: u8) -> Option<u8> {
    let value = char::from(byte).to_digit(16)?;
    u8::try_from(value).ok()
}

/// Two digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex(&self.0))
    }
}

impl Unit for Octets {
    const WANT: &'static str = "bytes as hexadecimal digits such as \"0x6001\"";

    fn read(value: &Value) -> Result<Self, Problem> {
        let wrong = || wrong_type(Self::WANT, value);
        let Value::Text(text) = value else { return Err(wrong()) };
        let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
        if !digits.len().is_multiple_of(2) {
            return Err(wrong());
        }
        let byte = |pair: &[u8]| Some(digit(pair[0])? << 4 | digit(pair[1])?);
        let bytes: Option<Vec<u8>> = digits.chunks_exact(2).map(byte).collect();
        bytes.map(Self).ok_or_else(wrong)
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }
}

impl fmt::Display for Word {
    /// Without leading zeros.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = hex(&self.0);
        match digits.trim_start_matches('0') {
            "" => f.write_str("0x0"),
            digits => write!(f, "0x{digits}"),
        }
    }
}

impl Unit for Word {
    const WANT: &'static str = "0x and 1 to 64 hexadecimal digits such as \"0x2a\"";

    fn read(value: &Value) -> Result<Self, Problem> {
        let wrong = || wrong_type(Self::WANT, value);
        let Value::Text(text) = value else { return Err(wrong()) };
        let digits = text.strip_prefix("0x").ok_or_else(wrong)?.as_bytes();
        if digits.is_empty() || digits.len() > 64 {
            return Err(wrong());
        }
        let mut word = [0; 32];
        for (place, byte) in digits.iter().rev().enumerate() {
            let value = digit(*byte).ok_or_else(wrong)?;
            word[31 - place / 2] |= if place % 2 == 0 { value } else { value << 4 };
        }
        Ok(Self(word))
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_checksum())
    }
}

impl Unit for Whose {
    const WANT: &'static str = "an address, 0x... or lat1...";

    fn read(value: &Value) -> Result<Self, Problem> {
        let Value::Text(text) = value else { return Err(wrong_type(Self::WANT, value)) };
        Ok(Self(text.parse()?))
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }
}
