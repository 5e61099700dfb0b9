//! How a call fails: every change is undone and the caller gets some bytes.
//!
//! `#[error]` makes Solidity's custom errors. A function may also fail with a text, which becomes
//! Solidity's `Error(string)`, or with what another contract reverted with, [`Error`](crate::Error).
//! A panic fails as Solidity's own checks do: with [`panic_code`] for numbers, indices and memory, else
//! with its text.

use crate::Bytes;
use crate::abi::Sequence;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// Something that a function may fail with.
pub trait Revert {
    /// What the caller gets.
    fn revert_data(&self) -> Vec<u8>;
}

/// An error that can be read back from what a call reverted with.
pub trait FromRevert: Revert + Sized {
    /// `None` when the bytes are something else.
    fn from_revert(data: &[u8]) -> Option<Self>;
}

/// `Error(string)`.
pub(crate) const ERROR: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
/// `Panic(uint256)`.
pub(crate) const PANIC: [u8; 4] = [0x4e, 0x48, 0x7b, 0x71];

impl Revert for &str {
    fn revert_data(&self) -> Vec<u8> {
        ((*self).to_owned(),).to_call(ERROR)
    }
}

impl Revert for String {
    fn revert_data(&self) -> Vec<u8> {
        self.as_str().revert_data()
    }
}

impl Revert for Bytes {
    fn revert_data(&self) -> Vec<u8> {
        self.0.clone()
    }
}

/// The text of `Error(string)`, if that is what the bytes are.
pub fn reason(data: &[u8]) -> Option<String> {
    let rest = data.strip_prefix(&ERROR)?;
    let (reason,) = <(String,)>::from_bytes(rest).ok()?;
    Some(reason)
}

/// The code of `Panic(uint256)`, if that is what the bytes are.
pub fn panic_code(data: &[u8]) -> Option<u64> {
    let rest = data.strip_prefix(&PANIC)?;
    let (code,) = <(u64,)>::from_bytes(rest).ok()?;
    Some(code)
}
