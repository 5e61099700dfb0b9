//! What clients are told when something is wrong, in the numbers and words that they look for.

mod refused;

pub use refused::Refused;

use crate::backend::Unavailable;
use crate::encode::data;
use crate::reason::reason_text;
use alloy_primitives::Bytes;
use jsonrpsee::types::ErrorObjectOwned;
use serde_json::Value;
use troupe_chain::Invalid;
use troupe_chain::state::ReadError;
use troupe_types::{Gas, Height, Millis};
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
    /// A transaction that is in no committed block.
    #[error("transaction not found")]
    NoTransaction,
    /// The same as [`Self::UnknownBlock`], where geth has other words for it.
    #[error("unknown block")]
    NoSuchBlock,
    /// A block that this node has left behind, or never had because it began with a later one.
    // geth: history.PrunedHistoryError
    #[error("pruned history unavailable: block {height} is not kept{}", from(*.first))]
    Pruned {
        /// The block.
        height: Height,
        /// The lowest one that is, where that is known.
        first: Option<Height>,
    },
    /// A state that is not kept, or no longer.
    #[error("missing trie node: the state of block {height} is not kept")]
    NoState {
        /// The block.
        height: Height,
    },
    /// A search that this node has no index for.
    #[error("this node does not keep {what}: ask one with history = \"{history}\"")]
    NoIndex {
        /// What is not kept.
        what: &'static str,
        /// What a node would have to keep.
        history: &'static str,
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
    /// Work that took longer than it may.
    #[error("execution aborted (timeout = {limit})")]
    Aborted {
        /// So long it may take.
        limit: Millis,
    },
    /// A simulation that cannot be what its client wants.
    #[error(transparent)]
    Refused(#[from] Refused),
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
    /// The file to listen on cannot be had.
    #[error(transparent)]
    Local(#[from] troupe_door::Error),
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
            Self::Refused(refused) => refused.code(),
            Self::Limit { .. } => -32005,
            Self::Pruned { .. } => 4444,
            Self::Unavailable(_)
            | Self::Read(_)
            | Self::Internal(_)
            | Self::Local(_)
            | Self::Listen { .. } => -32603,
            Self::UnknownBlock
            | Self::NoSuchBlock
            | Self::NoTransaction
            | Self::NoFilter
            | Self::NoState { .. }
            | Self::NoIndex { .. }
            | Self::Invalid(_)
            | Self::Unfit(_)
            | Self::Failed(_)
            | Self::Aborted { .. }
            | Self::Allowance { .. } => -32000,
        }
    }
}

fn from(first: Option<Height>) -> String {
    first.map_or_else(String::new, |first| format!(", the earliest one is {first}"))
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
