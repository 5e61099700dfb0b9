//! How a run ended.

use crate::Error;
use alloy_primitives::Bytes;

/// What is left of a run beside the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub outcome: Outcome,
    /// The gas that is left: none after [`Outcome::OutOfGas`] and [`Outcome::Trapped`].
    pub gas_left: u64,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It returned this.
    Success(Bytes),
    /// It takes everything back, and says this.
    Reverted(Bytes),
    /// It needed more gas than it had.
    OutOfGas,
    /// It did what it must not.
    Trapped(Trap),
    /// It has destroyed itself, which is a success without output.
    Destroyed,
    /// This node could not run it; the result means nothing and other nodes may have another.
    Fault(Error),
}

/// What a contract did that it must not. Every node sees the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trap {
    /// It ran into an `unreachable` instruction, as panics of Rust do.
    #[error("unreachable")]
    Unreachable,
    /// It touched memory that it does not have, or gave the host such a pointer.
    #[error("memory out of bounds")]
    Memory,
    /// It touched an element that its table does not have.
    #[error("table out of bounds")]
    Table,
    /// It called an element that is empty.
    #[error("call of an empty element")]
    EmptyElement,
    /// It called a function of another type than it said.
    #[error("call of a function of another type")]
    CallType,
    /// It divided the smallest number by -1.
    #[error("integer overflow")]
    Overflow,
    /// It divided by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// Its functions are too deep within each other.
    #[error("stack too high")]
    StackOverflow,
    /// It returned another status than 0 and 1.
    #[error("status is neither 0 nor 1")]
    Status,
    /// It asked for a part of its input, or of what a call returned, that is not there.
    #[error("beyond the end of the input or of what was returned")]
    Range,
    /// It recorded an event with more than four topics.
    #[error("more than four topics")]
    Topics,
    /// It changed something in a static call.
    #[error("a change in a static call")]
    Static,
    /// It has no constructor but was given arguments for one.
    #[error("arguments for a constructor that is not there")]
    NoDeploy,
    /// It is of PlatON's convention, and its input calls none of its functions, or the constructor.
    #[error(
        "the input is not a list that begins with a function's number, or it is the constructor's"
    )]
    NotInvocation,
    /// It panicked in PlatON's way.
    #[error("panic")]
    Panic,
    /// It gave the host a number of more than 256 bits, or no room for a hash.
    #[error("a number or a room of the wrong size")]
    Size,
    /// It recorded an event whose topics are no list of strings of at most 32 bytes.
    #[error("topics are not a list of strings of at most 32 bytes")]
    TopicForm,
    /// Its storage holds what it has not written: borrowed code has.
    #[error("storage holds no value where one is expected")]
    Storage,
    /// The constructor of a contract that it made failed.
    #[error("the constructor of a new contract failed")]
    Creation,
    /// What is stored as its code breaks a rule of deployment.
    #[error("the code is no contract")]
    NotContract,
    /// The compiler cannot compile it.
    #[error("the code does not compile")]
    NotCompiled,
}
