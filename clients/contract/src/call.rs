//! Calls to other contracts. `#[interface]` writes them from a trait.

use crate::abi::{Malformed, Sequence};
use crate::revert::Revert;
use crate::{Address, Bytes, Host, U256};
use alloc::vec::Vec;

/// Why a call to another contract, or a creation, did not succeed. A function that returns it
/// reverts with what the other one reverted with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The other contract reverted, with these bytes.
    Reverted(Bytes),
    /// It could not run, or did not end: no gas, no funds, too many calls within each other, a trap.
    Failed,
    /// It answered with something else than its interface says, or there is no contract.
    Malformed,
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Reverted(data) => write!(f, "the other contract reverted with {data:?}"),
            Self::Failed => f.write_str("the call failed"),
            Self::Malformed => {
                f.write_str("the other contract's answer does not fit its interface")
            }
        }
    }
}

impl core::error::Error for Error {}

impl From<Malformed> for Error {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl Revert for Error {
    fn revert_data(&self) -> Vec<u8> {
        match self {
            Self::Reverted(data) => data.0.clone(),
            Self::Failed | Self::Malformed => Vec::new(),
        }
    }
}

/// How a call runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// On the other contract's storage, with this value.
    Plain(U256),
    /// The other contract's code on this contract's storage.
    Delegate,
    /// Without changing anything.
    Static,
}

/// Calls a function by its selector. `Out` is what it returns.
///
/// # Errors
///
/// See [`Error`].
pub fn function<Out: Sequence>(
    host: &Host,
    kind: Kind,
    to: Address,
    selector: [u8; 4],
    arguments: &impl Sequence,
) -> Result<Out, Error> {
    let output = host.call_raw(kind, to, u64::MAX, &arguments.to_call(selector))?;
    // Where nothing is to be returned, an account without code would look like a success.
    if Out::HEAD == 0 && output.is_empty() && host.code_size(to) == 0 {
        return Err(Error::Malformed);
    }
    Ok(Out::from_bytes(&output)?)
}
