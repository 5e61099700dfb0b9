//! The interpreter, set up for this chain.

use crate::error::{Error, Failure};
use crate::journal::Journal;
use alloy_primitives::{Bytes, U256};
use evm::interpreter::Opcode;
use evm::interpreter::etable::{Chained, Single};
use evm::interpreter::{Capture, ExitError, ExitException, ExitResult};
use evm::standard::{
    Config, DispatchEtable, EtableResolver, Invoker, InvokerState, PrecompileSet, TransactArgs,
    TransactValue, TransactValueCallCreate, eval_gasometer,
};
use evm::{Invoker as Invoke, InvokerControl, InvokerExit, interpreter::Interpreter};
use primitive_types::H160;
use std::cell::RefCell;
use troupe_chain::state::StateView;
use troupe_types::{Address, Gas};

/// The rules of the machine.
pub(crate) static CONFIG: Config = Config::prague();

/// Calls this deep run on the thread's stack, deeper ones on the heap.
const ON_STACK: usize = 8;

/// How a message call ended.
pub(crate) struct Ran {
    pub(crate) result: Result<Success, Failure>,
    pub(crate) gas_used: Gas,
}

/// What came of it.
pub(crate) struct Success {
    pub(crate) output: Bytes,
    pub(crate) contract: Option<Address>,
}

/// Runs a transaction whose nonce, funds and gas were checked.
pub(crate) fn run<V: StateView>(
    journal: &mut Journal<V>,
    args: TransactArgs<'static>,
) -> Result<Ran, Error> {
    let gas_limit = args.gas_limit;
    let etable = Chained(Single::new(eval_gasometer), DispatchEtable::runtime());
    let resolver = EtableResolver::new(&NotYet, &etable);
    let recorder = Recorder { inner: Invoker::new(&resolver), last: RefCell::new(None) };
    let outcome = evm::transact(args, Some(ON_STACK), journal, &recorder);
    journal.check()?;
    let Some(last) = recorder.last.into_inner() else {
        let reason = format!("{outcome:?}");
        return Err(Error::Interpreter { reason });
    };
    let (result, used) = match outcome {
        Ok(TransactValue { call_create, used_gas }) => (Ok(success(call_create)), used_gas),
        // Gas that is left after a revert goes back to the sender, any other failure uses all.
        Err(ExitError::Reverted) => {
            let used = gas_limit.saturating_sub(last.gas_left);
            (Err(Failure::Reverted(last.output.into())), used)
        }
        Err(ExitError::Exception(ExitException::OutOfGas)) => (Err(Failure::OutOfGas), gas_limit),
        Err(ExitError::Exception(exception)) => {
            (Err(Failure::Exception(words(&exception))), gas_limit)
        }
        Err(ExitError::Fatal(fatal)) => {
            return Err(Error::Interpreter { reason: format!("{fatal:?}") });
        }
    };
    Ok(Ran { result, gas_used: Gas(u64::try_from(used).unwrap_or(u64::MAX)) })
}

/// What geth calls it.
fn words(exception: &ExitException) -> String {
    let text = match exception {
        ExitException::StackUnderflow => "stack underflow",
        ExitException::StackOverflow => "stack limit reached 1024 (1023)",
        ExitException::InvalidJump => "invalid jump destination",
        ExitException::InvalidOpcode(Opcode(0xfe)) | ExitException::DesignatedInvalid => {
            "invalid opcode: INVALID"
        }
        ExitException::InvalidOpcode(Opcode(byte)) => {
            return format!("invalid opcode: opcode {byte:#x} not defined");
        }
        ExitException::CallTooDeep => "max call depth exceeded",
        ExitException::CreateCollision => "contract address collision",
        ExitException::CreateContractLimit => "max code size exceeded",
        ExitException::OutOfFund => "insufficient balance for transfer",
        ExitException::OutOfOffset => "return data out of bounds",
        ExitException::MaxNonce => "nonce uint64 overflow",
        other => return format!("{other:?}"),
    };
    text.to_owned()
}

fn success(value: TransactValueCallCreate) -> Success {
    match value {
        TransactValueCallCreate::Call { retval, .. } => {
            Success { output: retval.into(), contract: None }
        }
        TransactValueCallCreate::Create { address, .. } => {
            Success { output: Bytes::new(), contract: Some(Address(address.0)) }
        }
    }
}

/// The precompiled contracts of Ethereum, which are not there yet: calling one is an error.
struct NotYet;

impl<S, H> PrecompileSet<S, H> for NotYet {
    fn execute(
        &self,
        code_address: H160,
        _: &[u8],
        _: &mut S,
        _: &mut H,
    ) -> Option<(ExitResult, Vec<u8>)> {
        let (zeros, last) = code_address.0.split_at(19);
        let is_one = zeros.iter().all(|byte| *byte == 0) && (1..=0x0a).contains(&last[0]);
        is_one.then(|| {
            let text = "precompiled contracts are not available";
            (Err(ExitException::Other(text.into()).into()), Vec::new())
        })
    }
}

/// What the standard invoker throws away when a transaction fails.
struct Last {
    output: Vec<u8>,
    gas_left: U256,
}

/// The standard invoker, and what it saw last.
struct Recorder<I> {
    inner: I,
    last: RefCell<Option<Last>>,
}

impl<H, I> Invoke<H> for Recorder<I>
where
    I: Invoke<H, State: InvokerState>,
{
    type State = I::State;
    type Interpreter = I::Interpreter;
    type Interrupt = I::Interrupt;
    type TransactArgs = I::TransactArgs;
    type TransactInvoke = I::TransactInvoke;
    type TransactValue = I::TransactValue;
    type SubstackInvoke = I::SubstackInvoke;

    fn new_transact(
        &self,
        args: Self::TransactArgs,
        handler: &mut H,
    ) -> Result<(Self::TransactInvoke, InvokerControl<Self::Interpreter, Self::State>), ExitError>
    {
        self.inner.new_transact(args, handler)
    }

    fn finalize_transact(
        &self,
        invoke: &Self::TransactInvoke,
        exit: InvokerExit<Self::State>,
        handler: &mut H,
    ) -> Result<Self::TransactValue, ExitError> {
        let gas_left = exit.substate.as_ref().map(|state| state.effective_gas(false));
        let output = if exit.result.is_err() { exit.retval.clone() } else { Vec::new() };
        *self.last.borrow_mut() = Some(Last { output, gas_left: gas_left.unwrap_or_default() });
        self.inner.finalize_transact(invoke, exit, handler)
    }

    fn enter_substack(
        &self,
        trap: <Self::Interpreter as Interpreter<H>>::Trap,
        machine: &mut Self::Interpreter,
        handler: &mut H,
        depth: usize,
    ) -> Capture<
        Result<(Self::SubstackInvoke, InvokerControl<Self::Interpreter, Self::State>), ExitError>,
        Self::Interrupt,
    > {
        self.inner.enter_substack(trap, machine, handler, depth)
    }

    fn exit_substack(
        &self,
        trap_data: Self::SubstackInvoke,
        exit: InvokerExit<Self::State>,
        parent: &mut Self::Interpreter,
        handler: &mut H,
    ) -> Result<(), ExitError> {
        self.inner.exit_substack(trap_data, exit, parent, handler)
    }
}
