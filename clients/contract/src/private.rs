//! What the code that the macros write calls. No promise is made about it.

pub use crate::storage::{load_plain, store_plain};
pub use alloc::vec;
pub use alloc::vec::Vec;

use crate::Host;

/// Fails a call that sent value to a function which takes none. Solidity gives no reason either.
///
/// # Errors
///
/// A value above zero.
pub fn refuse_value(host: &Host) -> Result<(), Vec<u8>> {
    if host.value().is_zero() { Ok(()) } else { Err(Vec::new()) }
}

/// The first four bytes of call data, and the rest.
pub fn split(input: &[u8]) -> Option<([u8; 4], &[u8])> {
    let (selector, rest) = input.split_first_chunk()?;
    Some((*selector, rest))
}

/// Stops the build where two functions have the same selector.
pub const fn assert_distinct(selectors: &[[u8; 4]]) {
    let mut at = 0;
    while at < selectors.len() {
        let mut other = at + 1;
        while other < selectors.len() {
            let same = u32::from_be_bytes(selectors[at]) == u32::from_be_bytes(selectors[other]);
            assert!(!same, "two public functions have the same selector");
            other += 1;
        }
        at += 1;
    }
}
