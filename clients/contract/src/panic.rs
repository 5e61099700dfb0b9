//! What the caller of a contract gets that panicked: what solc's code would say in its place.
//!
//! A panic is told from others by its text, which is the language's own and the same for all
//! integers. Nothing is allocated here: there may be no memory left.

use crate::revert::{ERROR, PANIC};
use core::fmt;

/// Bytes of a text that are told; what is longer is cut.
const MOST: usize = 256;
/// Bytes of a word of the ABI.
const WORD: usize = 32;

// Solidity's codes of `Panic(uint256)`.
const OVERFLOW: u8 = 0x11;
const DIVISION: u8 = 0x12;
const INDEX: u8 = 0x32;
const NO_MEMORY: u8 = 0x41;

/// The beginning of a text.
pub(crate) struct Said {
    bytes: [u8; MOST],
    length: usize,
}

/// Data to revert with.
pub(crate) struct Answer {
    bytes: [u8; 4 + 2 * WORD + MOST],
    length: usize,
}

impl Said {
    /// As much of a text as there is room for. Formatting ends where the room does.
    pub(crate) fn new(text: impl fmt::Display) -> Self {
        let mut said = Self { bytes: [0; MOST], length: 0 };
        let _ = fmt::Write::write_fmt(&mut said, format_args!("{text}"));
        said
    }

    /// The bytes, which are whole characters.
    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl fmt::Write for Said {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MOST - self.length;
        let mut fits = text.len().min(room);
        while !text.is_char_boundary(fits) {
            fits -= 1;
        }
        self.bytes[self.length..self.length + fits].copy_from_slice(&text.as_bytes()[..fits]);
        self.length += fits;
        if fits < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

impl Answer {
    /// What a panic with this text becomes.
    pub(crate) fn to(said: &Said) -> Self {
        match code(said.as_bytes()) {
            Some(code) => Self::code(code),
            None => Self::text(said.as_bytes()),
        }
    }

    /// `Panic(uint256)`.
    fn code(code: u8) -> Self {
        let mut answer = Self::begin(PANIC, 4 + WORD);
        answer.bytes[4 + WORD - 1] = code;
        answer
    }

    /// `Error(string)`.
    fn text(text: &[u8]) -> Self {
        let start = 4 + 2 * WORD;
        let mut answer = Self::begin(ERROR, start + text.len().next_multiple_of(WORD));
        answer.bytes[4 + WORD - 1] = WORD as u8;
        let [high, low] = (text.len() as u16).to_be_bytes();
        answer.bytes[start - 2] = high;
        answer.bytes[start - 1] = low;
        answer.bytes[start..start + text.len()].copy_from_slice(text);
        answer
    }

    fn begin(selector: [u8; 4], length: usize) -> Self {
        let mut bytes = [0; 4 + 2 * WORD + MOST];
        bytes[..4].copy_from_slice(&selector);
        Self { bytes, length }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Solidity's code for what the language says when arithmetic, an index or an allocation fails.
fn code(said: &[u8]) -> Option<u8> {
    let begins = |text: &str| said.starts_with(text.as_bytes());
    if begins("attempt to divide by zero") || begins("attempt to calculate the remainder with a") {
        Some(DIVISION)
    } else if begins("attempt to ") {
        Some(OVERFLOW)
    } else if begins("index out of bounds") || begins("range ") || begins("slice index ") {
        Some(INDEX)
    } else if begins("memory allocation of ") || begins("capacity overflow") {
        Some(NO_MEMORY)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::revert::{Revert, panic_code, reason};
    use proptest::prelude::*;
    use std::panic::catch_unwind;
    use std::string::String;
    use std::vec::Vec;

    fn answer(text: &str) -> Vec<u8> {
        Answer::to(&Said::new(text)).as_bytes().to_vec()
    }

    /// What the caller gets for code that panics.
    fn caught<T>(code: impl FnOnce() -> T + std::panic::UnwindSafe) -> Vec<u8> {
        let panic = catch_unwind(code).err().expect("it panics");
        let text = panic.downcast_ref::<String>().map(String::as_str);
        answer(text.or(panic.downcast_ref::<&str>().copied()).expect("it has a text"))
    }

    #[test]
    fn what_solidity_has_a_code_for_gets_it() {
        use crate::U256;
        use std::hint::black_box;
        let (zero, one, least) = (black_box(0u32), black_box(1u32), black_box(i64::MIN));
        let nothing: &[u8] = black_box(&[]);
        for (want, data) in [
            (OVERFLOW, caught(|| zero - one)),
            (OVERFLOW, caught(|| U256::MAX + U256::ONE)),
            (OVERFLOW, caught(|| U256::ZERO - U256::ONE)),
            (OVERFLOW, caught(|| -least)),
            (OVERFLOW, caught(|| least / (i64::from(zero) - 1))),
            (OVERFLOW, caught(|| one << (one + 31))),
            (DIVISION, caught(|| one / zero)),
            (DIVISION, caught(|| one % zero)),
            (DIVISION, caught(|| U256::ONE / U256::ZERO)),
            (DIVISION, caught(|| U256::ONE % U256::ZERO)),
            (INDEX, caught(|| nothing[one as usize])),
            (INDEX, caught(|| nothing[one as usize..].len())),
            (INDEX, caught(|| nothing[..one as usize].len())),
            (INDEX, caught(|| nothing[one as usize..zero as usize].len())),
            (NO_MEMORY, caught(|| Vec::<u8>::with_capacity(usize::MAX))),
        ] {
            assert_eq!(panic_code(&data), Some(want.into()), "{data:?}");
        }
    }

    #[test]
    fn every_other_panic_is_told_by_its_text() {
        let data = caught(|| assert_eq!(1, 1 + std::hint::black_box(1), "one is {}", 1));
        assert!(reason(&data).is_some_and(|text| text.ends_with("right: 2")), "{data:?}");
        let data = caught(|| "x".parse::<u8>().expect("a digit"));
        assert_eq!(reason(&data).as_deref(), Some("a digit: ParseIntError { kind: InvalidDigit }"));
        assert_eq!(reason(&answer("")).as_deref(), Some(""));
    }

    proptest! {
        #[test]
        fn a_text_comes_back_or_its_beginning_does(text in ".{0,200}") {
            prop_assume!(code(text.as_bytes()).is_none());
            let data = answer(&text);
            let told = reason(&data).expect("it is a text");
            prop_assert!(text.starts_with(&told));
            prop_assert!(told.len() == text.len() || told.len() > MOST - 4);
            prop_assert_eq!(data, told.as_str().revert_data());
        }
    }
}
