//! Why a key, a signature or a proof is refused.

/// A value that is no key, signature or proof, or one that does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Too few or too many bytes, or hexadecimal digits for them.
    #[error("{what} wants {want} bytes, got {got}")]
    Length {
        /// What was read.
        what: &'static str,
        /// Bytes wanted.
        want: usize,
        /// Bytes found.
        got: usize,
    },
    /// The text holds something else than hexadecimal digits.
    #[error("{what} wants hexadecimal digits")]
    NotHex {
        /// What was read.
        what: &'static str,
    },
    /// The bytes are not the one encoding of a value: no point, or a point written another way.
    #[error("{what} is not a canonical encoding")]
    NotCanonical {
        /// What was read.
        what: &'static str,
    },
    /// A point of the curve that lies outside the subgroup of prime order.
    #[error("{what} is outside the prime-order subgroup")]
    WrongSubgroup {
        /// What was read.
        what: &'static str,
    },
    /// The neutral element, which stands for nobody and signs everything.
    #[error("{what} is the identity")]
    Identity {
        /// What was read or added up.
        what: &'static str,
    },
    /// A number that is zero or not below the order of the group.
    #[error("{what} is zero or not below the group order")]
    OutOfRange {
        /// What was read.
        what: &'static str,
    },
    /// An ECDSA signature with the larger of the two possible `s` (EIP-2).
    #[error("s is above half the group order")]
    HighS,
    /// A parity of `y` that is neither 0 nor 1.
    #[error("the y parity is {got}, not 0 or 1")]
    Parity {
        /// What was read.
        got: u8,
    },
    /// A `v` that names neither a parity nor a parity and a chain.
    #[error("v is {got}, neither 27, 28 nor at least 37")]
    V {
        /// What was read.
        got: u64,
    },
    /// A chain id that has no `v`.
    #[error("chain id {got} is not between 1 and {limit}")]
    ChainId {
        /// What was given.
        got: u64,
        /// The largest one.
        limit: u64,
    },
    /// Too little entropy to make a key of.
    #[error("key material of {got} bytes is shorter than {limit}")]
    ShortMaterial {
        /// Bytes given.
        got: usize,
        /// Bytes needed.
        limit: usize,
    },
    /// No signer, or nothing to add up.
    #[error("{what} are empty")]
    Empty {
        /// What was empty.
        what: &'static str,
    },
    /// The signature is well formed and not of this key over this message.
    #[error("the signature does not verify")]
    BadSignature,
    /// The proof is well formed and does not show possession of this key.
    #[error("the proof of possession does not verify")]
    BadProof,
    /// The proof is well formed and does not belong to this key and input.
    #[error("the randomness proof does not verify")]
    BadRandomness,
}
