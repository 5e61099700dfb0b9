//! Calls and creations, whoever makes them: a transaction, a contract of either machine.

use crate::memory::Data;
use crate::observe::Kind;
use alloy_primitives::U256;
use evm::interpreter::ExitError;
use troupe_types::{Address, Hash};

/// A contract is to be run or made. The gas was taken from whoever asks.
pub(crate) enum Message {
    Call(Call),
    Create(Creation),
}

/// A contract is to be run.
pub(crate) struct Call {
    /// Never one of the creations.
    pub(crate) kind: Kind,
    /// Whom the code sees as its caller.
    pub(crate) from: Address,
    /// On whose storage and balance it works.
    pub(crate) to: Address,
    /// Whose code it is.
    pub(crate) code: Address,
    pub(crate) value: U256,
    pub(crate) input: Data,
    pub(crate) gas: u64,
    pub(crate) is_static: bool,
    pub(crate) depth: usize,
}

/// A contract is to be made.
pub(crate) struct Creation {
    /// Whose number counts, and who pays.
    pub(crate) from: Address,
    /// Whom its constructor sees as its caller.
    pub(crate) caller: Address,
    /// Whether it takes over the storage and all the balance of whoever makes it, of which the value is a part.
    pub(crate) is_successor: bool,
    pub(crate) value: U256,
    pub(crate) code: Data,
    pub(crate) how: How,
    pub(crate) gas: u64,
    pub(crate) depth: usize,
}

/// How the address of a contract is found.
#[derive(Debug, Clone, Copy)]
pub(crate) enum How {
    /// By the number of this transaction, which counts already.
    Transaction { nonce: u64 },
    /// By the number of this creation.
    Number,
    /// By a word and the init code. EIP-1014
    Salt(Hash),
}

/// How a call or creation ended.
pub(crate) struct Ended {
    pub(crate) result: Result<(), ExitError>,
    /// What it returned, or reverted with.
    pub(crate) output: Vec<u8>,
    /// What goes back to whoever asked.
    pub(crate) gas_left: u64,
    /// What it made.
    pub(crate) created: Option<Address>,
}

/// Most that calls may be nested, all machines together. Yellow Paper, 9.3
pub(crate) const MAX_DEPTH: usize = 1_024;
/// The longest init code. EIP-3860
pub(crate) const MAX_INIT_CODE: usize = 48 << 10;
/// The longest code. EIP-170
pub(crate) const MAX_CODE: usize = 24 << 10;
