//! Watching an execution: for traces, access lists and whoever wants to know why.

use crate::error::Failure;
use alloy_primitives::{Log, U256};
use troupe_chain::state::Slot;
use troupe_types::Address;

/// Told what happens while transactions execute, in order. What it does changes nothing of them.
///
/// Everything has an empty default. What nobody observes costs nothing: [`Silent`] is compiled away.
pub trait Observer: Send + 'static {
    /// Whether [`Observer::step`] is called.
    const STEPS: bool = false;
    /// Whether anything else is.
    const EVENTS: bool = true;
    /// Whether [`Observer::is_over`] is asked.
    const STOPS: bool = false;

    /// Whether the execution shall end where it is, without a result. Asked before each instruction of Ethereum's
    /// machine; a module of WebAssembly is bounded by its gas alone until it asks for something.
    fn is_over(&mut self) -> bool {
        false
    }

    /// An instruction of Ethereum's machine is about to be executed.
    fn step(&mut self, step: &Step<'_>) {
        let _ = step;
    }

    /// A call or a creation begins; also one that fails before anything runs.
    fn enter(&mut self, entry: &Entry<'_>) {
        let _ = entry;
    }

    /// The innermost call or creation that began has ended; what it did stays if it is no failure.
    fn leave(&mut self, end: &End<'_>) {
        let _ = end;
    }

    /// An account, or a slot of its storage, is touched for the first time in a transaction, or again after
    /// a frame that touched it first was taken back.
    fn touch(&mut self, account: Address, slot: Option<Slot>) {
        let _ = (account, slot);
    }

    /// A word of storage is about to change.
    fn store(&mut self, account: Address, slot: Slot, before: U256, after: U256) {
        let _ = (account, slot, before, after);
    }

    /// A contract ends itself; what it has goes to somebody.
    fn destroy(&mut self, account: Address, heir: Address, balance: U256) {
        let _ = (account, heir, balance);
    }

    /// A contract in WebAssembly wrote a line for whoever looks for a fault in it.
    fn debug(&mut self, account: Address, text: &str) {
        let _ = (account, text);
    }

    /// Something was logged.
    fn log(&mut self, log: &Log) {
        let _ = log;
    }
}

/// Nobody looks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    const EVENTS: bool = false;
}

/// How another contract is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `CALL`, and a transaction's own.
    Call,
    /// `CALLCODE`.
    CallCode,
    /// `DELEGATECALL`.
    Delegate,
    /// `STATICCALL`.
    Static,
    /// `CREATE`, and a transaction's own.
    Create,
    /// `CREATE2`.
    Create2,
}

/// An instruction of Ethereum's machine.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Calls around this one, the transaction's own included: 1 is the outermost.
    pub depth: usize,
    /// Whose storage it works on.
    pub account: Address,
    /// Its place in the code.
    pub place: usize,
    /// The instruction.
    pub instruction: u8,
    /// What is left before it.
    pub gas: u64,
    /// What the transaction would be given back for cleared words, if it ended here.
    pub refund: u64,
    /// The stack, its top last.
    pub stack: &'a [U256],
    /// The memory.
    pub memory: &'a [u8],
    /// What the last call returned.
    pub returned: &'a [u8],
}

/// A call or a creation that begins.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Calls around it, it included: 1 is the outermost.
    pub depth: usize,
    /// How.
    pub kind: Kind,
    /// Who calls or creates.
    pub from: Address,
    /// Whose code runs, or what is created.
    pub to: Address,
    /// What is paid, or seems to be.
    pub value: U256,
    /// The gas that it gets.
    pub gas: u64,
    /// Call data or init code.
    pub input: &'a [u8],
}

/// How a call or a creation ended.
#[derive(Debug)]
pub struct End<'a> {
    /// As in its [`Entry`].
    pub depth: usize,
    /// What goes back to the caller.
    pub gas_left: u64,
    /// What it returned or made; or why it failed.
    pub result: Result<&'a [u8], Failure>,
}
