//! Answers as PlatON's clients read them.

use alloy_primitives::hex;
use std::fmt::Write;

/// A value of JSON, written out.
#[derive(Debug)]
pub(super) struct Json(String);

/// An object that is being written.
#[derive(Debug)]
pub(super) struct Object(String);

impl Json {
    /// What a question is answered with.
    pub(super) fn answer(code: u32, ret: Self) -> Vec<u8> {
        let all = Self::object().number("Code", code).value("Ret", ret);
        all.end().0.into_bytes()
    }

    pub(super) const fn object() -> Object {
        Object(String::new())
    }

    pub(super) fn number(number: impl Into<u64>) -> Self {
        Self(number.into().to_string())
    }

    /// A text, in which nothing can end it.
    pub(super) fn text(text: &str) -> Self {
        let mut out = String::with_capacity(text.len().saturating_add(2));
        out.push('"');
        for letter in text.chars() {
            match letter {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                letter if u32::from(letter) < 0x20 => {
                    // Nothing is written that memory does not hold.
                    let _ = write!(out, "\\u{:04x}", u32::from(letter));
                }
                letter => out.push(letter),
            }
        }
        out.push('"');
        Self(out)
    }

    /// Hexadecimal digits.
    pub(super) fn digits(bytes: &[u8]) -> Self {
        Self(format!("\"{}\"", hex::encode(bytes)))
    }

    /// The same behind `0x`.
    pub(super) fn bytes(bytes: &[u8]) -> Self {
        Self(format!("\"0x{}\"", hex::encode(bytes)))
    }

    /// An amount in hexadecimal digits.
    pub(super) fn amount(amount: u128) -> Self {
        Self(format!("\"{amount:#x}\""))
    }

    pub(super) fn list(items: impl Iterator<Item = Self>) -> Self {
        let mut out = String::from("[");
        for item in items {
            if out.len() > 1 {
                out.push(',');
            }
            out.push_str(&item.0);
        }
        out.push(']');
        Self(out)
    }
}

impl Object {
    pub(super) fn value(mut self, key: &str, value: Json) -> Self {
        let comma = if self.0.is_empty() { "" } else { "," };
        // Nothing is written that memory does not hold.
        let _ = write!(self.0, "{comma}\"{key}\":{}", value.0);
        self
    }

    pub(super) fn number(self, key: &str, number: impl Into<u64>) -> Self {
        self.value(key, Json::number(number))
    }

    pub(super) fn amount(self, key: &str, amount: u128) -> Self {
        self.value(key, Json::amount(amount))
    }

    pub(super) fn text(self, key: &str, text: &str) -> Self {
        self.value(key, Json::text(text))
    }

    pub(super) fn end(self) -> Json {
        Json(format!("{{{}}}", self.0))
    }
}
