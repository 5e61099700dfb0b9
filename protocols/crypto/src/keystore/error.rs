//! Why a keystore cannot be written or opened.

/// A file that does not open, or an entry that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The password is not the one it was sealed with.
    ///
    /// In a file of another program's this may also mean that the ciphertext was damaged.
    #[error("wrong password")]
    WrongPassword,
    /// The file is whole in form but not what was written.
    #[error("the keystore is damaged: {what}")]
    Damaged {
        /// Which check failed.
        what: &'static str,
    },
    /// The text is not JSON, or not of this format.
    #[error("not a keystore: line {line}, column {column}")]
    NotKeystore {
        /// From 1; 0 where no place can be named.
        line: usize,
        /// From 1; 0 where no place can be named.
        column: usize,
    },
    /// A field holds what it must not.
    #[error("keystore field `{field}` {reason}")]
    Field {
        /// Its name.
        field: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The text, the secret or the label is too long.
    #[error("{what} of {got} bytes exceeds {limit}")]
    TooLong {
        /// What was too long.
        what: &'static str,
        /// Bytes given.
        got: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A version of the format other than 3.
    #[error("keystore version {got}, only 3 is understood")]
    Version {
        /// What the file says.
        got: u64,
    },
    /// A cipher, key derivation or hash that is not understood.
    #[error("keystore {what} `{got}` is not understood, only {known}")]
    Unsupported {
        /// Which choice.
        what: &'static str,
        /// What the file says, shortened.
        got: String,
        /// What is understood.
        known: &'static str,
    },
    /// Opening would take more memory or time than a keystore may.
    #[error("keystore cost {what} is {got}, allowed are {min} to {limit}")]
    Cost {
        /// Which parameter.
        what: &'static str,
        /// What the file says.
        got: u64,
        /// The least.
        min: u64,
        /// The most.
        limit: u64,
    },
    /// The secret is not one of its kind.
    #[error("the secret is no {kind} key")]
    NotOfKind {
        /// The kind.
        kind: &'static str,
    },
}
