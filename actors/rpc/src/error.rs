//! What clients are told when something is wrong, in the numbers and words that they look for.

use crate::backend::Unavailable;
use crate::encode::data;
use alloy_primitives::Bytes;
use jsonrpsee::types::ErrorObjectOwned;
use serde_json::Value;
use troupe_chain::Invalid;
use troupe_chain::state::ReadError;
use troupe_types::{Gas, Height};
use troupe_vm::Unfit;

/// Why a request has no result, or the server no socket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A parameter that is not there, or not what it should be.
    #[error("invalid params: `{name}` {reason}")]
    Argument {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Parameters that are no list, or too long a one.
    #[error("invalid params: {0}")]
    Arguments(String),
    /// A block that is not known.
    #[error("header not found")]
    UnknownBlock,
    /// A state that is not kept, or no longer.
    #[error("missing trie node: the state of block {height} is not kept")]
    NoState {
        /// The block.
        height: Height,
    },
    /// A transaction that was refused.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A call that could not be begun.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// A contract that said no, with what it said.
    #[error("execution reverted{}", reason_text(.0))]
    Reverted(Bytes),
    /// A call that failed otherwise.
    #[error("{0}")]
    Failed(String),
    /// More gas needed than may be used.
    #[error("gas required exceeds allowance ({})", limit)]
    Allowance {
        /// What may be used.
        limit: Gas,
    },
    /// More asked for than an answer holds.
    #[error("query exceeds the limit of {limit} {what}")]
    Limit {
        /// What was asked for.
        what: &'static str,
        /// How many there may be.
        limit: u64,
    },
    /// A filter that was never there, or has expired.
    #[error("filter not found")]
    NoFilter,
    /// No answer could be had.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The state could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Our bug, in its words.
    #[error("internal error: {0}")]
    Internal(String),
    /// The address to listen on cannot be had.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// In the system's words.
        reason: String,
    },
}

impl Error {
    /// The number that clients tell errors apart by.
    // JSON-RPC 2.0, 5.1; EIP-1474; 3 is geth's for reverted calls.
    #[must_use]
    pub const fn code(&self) -> i32 {
        match self {
            Self::Argument { .. } | Self::Arguments(_) => -32602,
            Self::Reverted(_) => 3,
            Self::Limit { .. } => -32005,
            Self::Unavailable(_) | Self::Read(_) | Self::Internal(_) | Self::Listen { .. } => {
                -32603
            }
            Self::UnknownBlock
            | Self::NoFilter
            | Self::NoState { .. }
            | Self::Invalid(_)
            | Self::Unfit(_)
            | Self::Failed(_)
            | Self::Allowance { .. } => -32000,
        }
    }
}

impl From<troupe_vm::Error> for Error {
    fn from(error: troupe_vm::Error) -> Self {
        match error {
            troupe_vm::Error::Read(read) => Self::Read(read),
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<Error> for ErrorObjectOwned {
    fn from(error: Error) -> Self {
        let details = match &error {
            Error::Reverted(bytes) => Some(Value::String(data(bytes))),
            _ => None,
        };
        Self::owned(error.code(), error.to_string(), details)
    }
}

/// The function that Solidity's `revert("...")` seems to call: `Error(string)`.
const ERROR_SELECTOR: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
/// The longest reason that is put into words; the data has all of it.
const MAX_REASON: usize = 1 << 10;

/// `: reason`, where the data is the ABI encoding of a text.
fn reason_text(data: &[u8]) -> String {
    solidity_reason(data).map_or_else(String::new, |reason| format!(": {reason}"))
}

fn solidity_reason(data: &[u8]) -> Option<String> {
    let body = data.strip_prefix(&ERROR_SELECTOR)?;
    let (offset, length) = (word(body, 0)?, word(body, 32)?);
    if offset != 32 {
        return None;
    }
    let text = body.get(64..64usize.checked_add(length)?)?;
    let text = std::str::from_utf8(text).ok()?;
    Some(text.chars().take(MAX_REASON).collect())
}

/// A number of 32 bytes, if it is a small one.
fn word(body: &[u8], at: usize) -> Option<usize> {
    let word: &[u8; 32] = body.get(at..at.checked_add(32)?)?.try_into().ok()?;
    let (high, low) = word.split_at(28);
    let low = u32::from_be_bytes(low.try_into().ok()?);
    high.iter().all(|byte| *byte == 0).then(|| usize::try_from(low).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_revert_data_panics(mut data in proptest::collection::vec(any::<u8>(), 0..200), is_error: bool) {
            if is_error && data.len() > 4 {
                data[..4].copy_from_slice(&ERROR_SELECTOR);
            }
            let _ = Error::Reverted(data.into()).to_string();
        }
    }

    #[test]
    fn a_reverted_call_says_why() {
        let mut data = ERROR_SELECTOR.to_vec();
        data.extend([&[0; 31][..], &[32], &[0; 31], &[3], b"no!", &[0; 29]].concat());
        let error: ErrorObjectOwned = Error::Reverted(data.clone().into()).into();
        assert_eq!(error.message(), "execution reverted: no!");
        assert_eq!(error.code(), 3);
        let told: String = serde_json::from_str(error.data().unwrap().get()).unwrap();
        assert_eq!(told, format!("0x{}", hex::encode(data)));
        assert_eq!(Error::Reverted(Bytes::new()).to_string(), "execution reverted");
    }
}
