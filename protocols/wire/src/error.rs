//! Why bytes are not the message they claim to be.

/// A value that cannot be encoded or bytes that cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// More bytes than the message type allows.
    #[error("message of {got} bytes exceeds {limit}")]
    TooLong {
        /// Bytes given.
        got: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// More elements than the collection's type allows.
    #[error("collection of {got} elements exceeds {limit}")]
    TooMany {
        /// Elements given or announced.
        got: usize,
        /// Elements allowed.
        limit: usize,
    },
    /// The value ended and bytes were left.
    #[error("{extra} bytes after the end of the message")]
    Trailing {
        /// Bytes left over.
        extra: usize,
    },
    /// The bytes ended, or are no encoding of the type.
    #[error("malformed message: {reason}")]
    Malformed {
        /// What the decoder met, without any of the bytes.
        reason: &'static str,
    },
}
