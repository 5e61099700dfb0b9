//! What can go wrong while executing.

use alloy_primitives::Bytes;
use troupe_chain::Invalid;
use troupe_chain::state::ReadError;
use troupe_types::{Address, Gas, Hash};

/// Why a block was not executed to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The state could not be read: nothing can be said about the block.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A transaction that no block may hold at this place.
    #[error("transaction {index} cannot be executed: {reason}")]
    Transaction {
        /// Its place in the block, from 0.
        index: usize,
        /// Why.
        reason: Unfit,
    },
    /// A contract in WebAssembly could not be run, by this node at least: nothing can be said about the block.
    #[error(transparent)]
    Wasm(troupe_wasm::Error),
    /// Whoever looked on wanted no more: nothing is known of what would have come of it.
    #[error("the execution was stopped")]
    Stopped,
    /// The interpreter ended in a way that it must not: our bug.
    #[error("the interpreter ended without an outcome: {reason}")]
    Interpreter {
        /// In its words.
        reason: String,
    },
    /// The records of a contract that is a part of the node contradict each other, which no history leads to: our bug, or
    /// a state that is none.
    #[error("the state contradicts itself: {what}")]
    Records {
        /// In its words.
        what: &'static str,
    },
    /// The block says something else than its execution gives.
    #[error("{what} of the block is {got}, its execution gives {want}")]
    Mismatch {
        /// Which field of the header.
        what: &'static str,
        /// What the header says.
        got: Hash,
        /// What came out.
        want: Hash,
    },
    /// The block says that it used other gas than its execution did.
    #[error("the block says it used {got} gas, its execution used {want}")]
    GasUsed {
        /// What the header says.
        got: Gas,
        /// What came out.
        want: Gas,
    },
}

/// Why a transaction cannot be executed where it stands. Nothing happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is wrong in itself or at this state of its sender.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The block has less gas left than it may use.
    #[error("gas limit reached: gas {got}, left in the block {left}")]
    BlockFull {
        /// The transaction's gas limit.
        got: Gas,
        /// What the block has left.
        left: Gas,
    },
    /// Its sender is a contract (EIP-3607).
    #[error("sender not an eoa: address 0x{address}")]
    SenderIsContract {
        /// The sender.
        address: Address,
    },
}

/// How a transaction failed that was executed all the same: it paid for its gas and changed nothing else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The contract said no, with data that says why in its own way.
    #[error("execution reverted")]
    Reverted(Bytes),
    /// It had less gas than it needed.
    #[error("out of gas")]
    OutOfGas,
    /// A rule of the machine was broken.
    #[error("{0}")]
    Exception(String),
}
