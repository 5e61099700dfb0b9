//! A contract of Ethereum's machine while it runs.
//!
//! The stack, and instructions that are rare, are the `evm` package's. What is frequent, what touches memory
//! and what has a price that depends on anything is done here.

mod calls;
mod copies;
mod fault;
mod rare;
mod steps;
mod words;

pub(crate) use fault::words as words_of;

use crate::journal::Journal;
use crate::memory::{Data, Memory};
use crate::message::{Ended, Message};
use crate::observe::Observer;
use crate::program::Program;
use alloy_primitives::U256;
pub(crate) use calls::Resume;
use evm::interpreter::runtime::{
    Context, GasState, RuntimeConfig, RuntimeState, TransactionContext,
};
use evm::interpreter::{Capture, ExitResult, ExitSucceed, Interpreter, Machine};
use fault::Fault;
use primitive_types::H160;
use std::rc::Rc;
use std::sync::Arc;
use troupe_chain::state::StateView;
use troupe_types::Address;

/// Most words on a stack. Yellow Paper, 9.1
const STACK: usize = 1_024;

static CONFIG: RuntimeConfig = evm::standard::Config::cancun().runtime;

/// What is left to a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Left(pub(crate) u64);

/// What the package's instructions see of a frame.
pub(crate) struct Scope(RuntimeState);

impl AsRef<RuntimeState> for Scope {
    fn as_ref(&self) -> &RuntimeState {
        &self.0
    }
}

impl AsMut<RuntimeState> for Scope {
    fn as_mut(&mut self) -> &mut RuntimeState {
        &mut self.0
    }
}

impl AsRef<RuntimeConfig> for Scope {
    fn as_ref(&self) -> &RuntimeConfig {
        &CONFIG
    }
}

impl GasState for Scope {
    fn gas(&self) -> U256 {
        U256::ZERO
    }
}

/// What all frames of a transaction share, as far as they belong to one machine.
#[derive(Clone)]
pub(crate) struct Surroundings {
    transaction: Rc<TransactionContext>,
    /// Code in which every instruction stands at its own number: so the package finds the one it is to do.
    instructions: Rc<Vec<u8>>,
    nothing: Rc<Vec<u8>>,
}

impl Surroundings {
    pub(crate) fn new(origin: Address, gas_price: U256) -> Self {
        let transaction = TransactionContext { gas_price, origin: H160(origin.0) };
        Self {
            transaction: Rc::new(transaction),
            instructions: Rc::new((0..=u8::MAX).collect()),
            nothing: Rc::default(),
        }
    }
}

/// Where a frame stands.
pub(crate) struct Place {
    /// On whose storage it works.
    pub(crate) address: Address,
    pub(crate) caller: Address,
    pub(crate) value: U256,
    pub(crate) is_static: bool,
    pub(crate) depth: usize,
}

/// A contract that runs.
pub(crate) struct Frame {
    machine: Machine<Scope>,
    place: Place,
    program: Arc<Program>,
    input: Data,
    memory: Memory,
    /// What the last call returned.
    returned: Vec<u8>,
    output: Vec<u8>,
    left: Left,
    at: usize,
}

/// Why a frame stops.
pub(crate) enum Stop {
    Done(ExitSucceed),
    Reverted,
    Fault(Fault),
    Wish(Box<Wish>),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// A call or creation that a frame waits for.
pub(crate) struct Wish {
    pub(crate) message: Message,
    resume: Resume,
}

impl Wish {
    pub(crate) fn split(self) -> (Message, Resume) {
        (self.message, self.resume)
    }
}

impl Frame {
    pub(crate) fn new(
        surroundings: &Surroundings,
        place: Place,
        program: Arc<Program>,
        input: Data,
        gas: u64,
    ) -> Self {
        let context = Context {
            address: H160(place.address.0),
            caller: H160(place.caller.0),
            apparent_value: place.value,
        };
        let transaction_context = Rc::clone(&surroundings.transaction);
        let scope = Scope(RuntimeState { context, transaction_context, retbuf: Vec::new() });
        let code = Rc::clone(&surroundings.instructions);
        let machine = Machine::new(code, Rc::clone(&surroundings.nothing), STACK, 0, scope);
        Self {
            machine,
            place,
            program,
            input,
            memory: Memory::default(),
            returned: Vec::new(),
            output: Vec::new(),
            left: Left(gas),
            at: 0,
        }
    }

    #[inline]
    fn charge(&mut self, gas: u64) -> Result<(), Fault> {
        self.left.0 = self.left.0.checked_sub(gas).ok_or(Fault::OutOfGas)?;
        Ok(())
    }

    /// What a call or creation that it waited for has come to.
    pub(crate) fn resume(&mut self, resume: Resume, ended: Ended) {
        self.left.0 = self.left.0.saturating_add(ended.gas_left);
        self.answer(resume, ended);
    }
}

impl<V: StateView + Send + 'static, O: Observer> Interpreter<Journal<V, O>> for Frame {
    type State = Left;
    type Trap = Wish;

    fn deconstruct(self) -> (Left, Vec<u8>) {
        (self.left, self.output)
    }

    fn state(&self) -> &Left {
        &self.left
    }

    fn state_mut(&mut self) -> &mut Left {
        &mut self.left
    }

    fn run(&mut self, journal: &mut Journal<V, O>) -> Capture<ExitResult, Wish> {
        match self.steps(journal) {
            Stop::Done(how) => Capture::Exit(Ok(how)),
            Stop::Reverted => Capture::Exit(Err(evm::interpreter::ExitError::Reverted)),
            Stop::Fault(fault) => Capture::Exit(Err(fault.into())),
            Stop::Wish(wish) => Capture::Trap(wish),
        }
    }
}
