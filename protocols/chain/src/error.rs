//! Why something is refused.

use crate::transaction::Kind;
use alloy_primitives::U256;
use troupe_types::{Bytes, Gas, Hash, Height};

/// What is wrong with a block, a part of one, a state or a genesis.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Bytes that are no encoding of what they should be.
    #[error("malformed {what}: {reason}")]
    Malformed {
        /// What was read.
        what: &'static str,
        /// What was met, without any of the bytes.
        reason: &'static str,
    },
    /// More bytes than there may be.
    #[error("{what} of {got} bytes exceeds {limit}")]
    TooLong {
        /// What was read.
        what: &'static str,
        /// Bytes there are.
        got: usize,
        /// Bytes there may be.
        limit: usize,
    },
    /// More items than there may be.
    #[error("{got} {what} exceed {limit}")]
    TooMany {
        /// What they are.
        what: &'static str,
        /// How many there are.
        got: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A header that commits to something else than what came with it.
    #[error("{what} is {got} in the header and {want} by calculation")]
    Mismatch {
        /// Which field.
        what: &'static str,
        /// What the header has.
        got: Hash,
        /// What was calculated.
        want: Hash,
    },
    /// A number in a header that does not follow from its parent or its body.
    #[error("{what} is {got}, wanted {want}")]
    Field {
        /// Which field.
        what: &'static str,
        /// What the header has.
        got: u64,
        /// What it has to be.
        want: u64,
    },
    /// A number in a header outside its bounds.
    #[error("{what} is {got}, wanted {low} to {high}")]
    Bounds {
        /// Which field.
        what: &'static str,
        /// What the header has.
        got: u64,
        /// The least it may be.
        low: u64,
        /// The most it may be.
        high: u64,
    },
    /// A transaction of a block that is not valid by itself.
    #[error("transaction {index}: {reason}")]
    Transaction {
        /// Its place in the block, from 0.
        index: usize,
        /// What is wrong.
        reason: Invalid,
    },
    /// A genesis with something wrong in it.
    #[error("genesis: {0}")]
    Genesis(#[from] crate::genesis::Fault),
    /// The state could not be read: the world said no, which is never a zero.
    #[error("state could not be read: {0}")]
    Read(#[from] crate::state::ReadError),
    /// A layer of state for a block that is not known.
    #[error("no state is held for block {}", got.short())]
    UnknownBlock {
        /// The block.
        got: Hash,
    },
    /// A layer for a block whose layer is there already.
    #[error("the state of block {} is held already", got.short())]
    KnownBlock {
        /// The block.
        got: Hash,
    },
    /// A block that does not stand right above the last committed one.
    #[error("block {height} is not the child of the last committed one, {committed}")]
    NotNext {
        /// The block's height.
        height: Height,
        /// The height that is committed.
        committed: Height,
    },
}

/// Why a transaction is refused, in the words that Ethereum's clients look for.
// The texts before a colon are those of go-ethereum's core and txpool.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Not an encoding of a transaction.
    #[error("rlp: {0}")]
    Malformed(&'static str),
    /// A type of transaction that this chain does not have.
    #[error("transaction type not supported: {0}")]
    Unsupported(Unsupported),
    /// More bytes than a transaction may have.
    #[error("oversized data: transaction size {got}, limit {limit}")]
    Oversized {
        /// Bytes it has.
        got: Bytes,
        /// Bytes it may have.
        limit: Bytes,
    },
    /// Numbers that are no signature, or the signature with the larger `s` (EIP-2).
    #[error("invalid transaction v, r, s values")]
    Signature,
    /// A signature that nobody can have made, or that does not verify.
    #[error("invalid sender")]
    Sender,
    /// A transaction for another chain.
    #[error("invalid chain id for signer: have {got} want {want}")]
    ChainId {
        /// The transaction's chain.
        got: u64,
        /// This chain.
        want: u64,
    },
    /// A transaction that could be repeated on any chain.
    #[error("only replay-protected (EIP-155) transactions allowed")]
    Unprotected,
    /// The nonce that no transaction may have (EIP-2681).
    #[error("nonce has max value")]
    NonceMax,
    /// The account has sent a transaction with this nonce already.
    #[error("nonce too low: next nonce {want}, tx nonce {got}")]
    NonceTooLow {
        /// The transaction's nonce.
        got: u64,
        /// The account's next one.
        want: u64,
    },
    /// The account has to send others first.
    #[error("nonce too high: next nonce {want}, tx nonce {got}")]
    NonceTooHigh {
        /// The transaction's nonce.
        got: u64,
        /// The account's next one.
        want: u64,
    },
    /// The account cannot pay for it.
    #[error(
        "insufficient funds for gas * price + value: balance {balance}, tx cost {cost}, overshot {}",
        cost.saturating_sub(*balance)
    )]
    Funds {
        /// What the account has, in von.
        balance: U256,
        /// What the transaction may cost, in von; the largest number where it does not fit.
        cost: U256,
    },
    /// Less gas than is used before anything runs.
    #[error("intrinsic gas too low: gas {got}, minimum needed {want}")]
    IntrinsicGas {
        /// The transaction's gas limit.
        got: Gas,
        /// What it uses at least.
        want: Gas,
    },
    /// More gas than a block has.
    #[error("exceeds block gas limit: gas {got}, limit {limit}")]
    BlockGas {
        /// The transaction's gas limit.
        got: Gas,
        /// The block's.
        limit: Gas,
    },
    /// A tip that is larger than all it would pay.
    #[error(
        "max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: {tip}, maxFeePerGas: {cap}"
    )]
    TipAboveCap {
        /// The largest tip, in von per gas.
        tip: u128,
        /// The largest price, in von per gas.
        cap: u128,
    },
    /// It would not pay what a block asks.
    #[error("max fee per gas less than block base fee: maxFeePerGas: {cap}, baseFee: {base}")]
    CapBelowBase {
        /// The largest price, in von per gas.
        cap: u128,
        /// The block's base fee, in von per gas.
        base: u64,
    },
    /// The code that makes a contract is too long (EIP-3860).
    #[error("max initcode size exceeded: code size {got}, limit {limit}")]
    InitCode {
        /// Bytes it has.
        got: Bytes,
        /// Bytes it may have.
        limit: Bytes,
    },
    /// It pays less than this node, or the full pool, asks.
    #[error("transaction underpriced: gas tip cap {got}, minimum needed {want}")]
    Underpriced {
        /// What it would pay above the base fee, in von per gas.
        got: u128,
        /// What is asked.
        want: u128,
    },
    /// It would take the place of another and does not pay a tenth more, in both fees.
    #[error("replacement transaction underpriced")]
    ReplacementUnderpriced,
    /// The pool has it.
    #[error("already known")]
    AlreadyKnown,
    /// The pool has too many of this sender.
    #[error("account limit exceeded: {got} pooled, limit {limit}")]
    AccountLimit {
        /// How many there are.
        got: usize,
        /// How many there may be.
        limit: usize,
    },
    /// It waits for others, and would drive out one that does not.
    #[error("future transaction tries to replace pending")]
    FutureReplacesPending,
    /// The pool is full, and nothing in it is worth less.
    #[error("txpool is full")]
    PoolFull,
}

/// Types of transactions that are not taken, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
    /// Type 3.
    #[error("blob transactions (EIP-4844)")]
    Blob,
    /// Type 4.
    #[error("set-code transactions (EIP-7702)")]
    SetCode,
    /// Any other.
    #[error("type {0:#04x}")]
    Other(u8),
}

impl Kind {
    /// The kind with this type byte.
    pub(crate) fn of_byte(byte: u8) -> Result<Self, Unsupported> {
        match byte {
            0 => Ok(Self::Legacy),
            1 => Ok(Self::AccessList),
            2 => Ok(Self::DynamicFee),
            3 => Err(Unsupported::Blob),
            4 => Err(Unsupported::SetCode),
            Self::NATIVE => Ok(Self::Native),
            other => Err(Unsupported::Other(other)),
        }
    }
}

impl From<Error> for Invalid {
    fn from(error: Error) -> Self {
        match error {
            Error::Malformed { reason, .. } => Self::Malformed(reason),
            _ => Self::Malformed("not an encoding of its kind"),
        }
    }
}
