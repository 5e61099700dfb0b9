//! Beginning and ending calls and creations, whoever makes them.

mod begin;
mod deploy;

use crate::Failure;
use crate::error::Error;
use crate::frame::{Frame, Left, Surroundings, Wish, words_of};
use crate::journal::Journal;
use crate::message::{Ended, Message};
use crate::observe::{End, Observer};
use evm::interpreter::{Capture, ExitError, ExitException};
use evm::{Invoker, InvokerControl, InvokerExit};
use std::convert::Infallible;
use troupe_chain::state::StateView;
use troupe_types::Address;

/// Calls this deep run on the thread's stack, deeper ones on the heap.
const ON_STACK: usize = 8;
/// The same within a contract of the other machine, many of which may lie on the stack.
const ON_STACK_WITHIN: usize = 1;

/// How calls are made. One for the contracts between two of the other machine's.
pub(crate) struct Driver {
    surroundings: Surroundings,
    /// Contracts of the other machine around these.
    modules: u32,
}

/// A call or creation that began.
pub(crate) struct Entered {
    depth: usize,
    /// Whether it got as far as to have anything to take back.
    is_open: bool,
    /// What it makes, and whether its code was checked.
    creates: Option<(Address, Checked)>,
}

/// Whether code that is to be kept was checked before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Checked {
    Yes,
    No,
}

pub(crate) type Control = InvokerControl<Frame, Left>;

/// An end before anything runs.
pub(crate) fn exit(result: Result<(), ExitError>, gas: u64, output: Vec<u8>) -> Control {
    let result = result.map(|()| evm::interpreter::ExitSucceed::Returned);
    InvokerControl::DirectExit(InvokerExit { result, substate: Some(Left(gas)), retval: output })
}

pub(crate) fn fail(exception: ExitException, gas: u64) -> Control {
    exit(Err(exception.into()), gas, Vec::new())
}

/// Runs a call or creation to its end.
pub(crate) fn run<V: StateView + Send + 'static, O: Observer>(
    journal: &mut Journal<V, O>,
    message: Message,
    modules: u32,
) -> Result<Ended, Error> {
    let transaction = &journal.transaction;
    let surroundings = Surroundings::new(transaction.origin, transaction.gas_price);
    let driver = Driver { surroundings, modules };
    let on_stack = if modules == 0 { ON_STACK } else { ON_STACK_WITHIN };
    let ended = evm::transact(message, Some(on_stack), journal, &driver);
    journal.check()?;
    ended.map_err(|error| Error::Interpreter { reason: format!("{error:?}") })
}

/// How an exit is told to those outside.
pub(crate) fn failure(error: &ExitError, output: &[u8]) -> Failure {
    match error {
        ExitError::Reverted => Failure::Reverted(output.to_vec().into()),
        ExitError::Exception(ExitException::OutOfGas) => Failure::OutOfGas,
        ExitError::Exception(exception) => Failure::Exception(words_of(exception)),
        ExitError::Fatal(fatal) => Failure::Exception(format!("{fatal:?}")),
    }
}

impl Driver {
    fn leave<V: StateView + Send + 'static, O: Observer>(
        &self,
        entered: &Entered,
        exit: InvokerExit<Left>,
        journal: &mut Journal<V, O>,
    ) -> Result<Ended, ExitError> {
        let mut gas = exit.substate.map_or(0, |left| left.0);
        let mut result = exit.result.map(|_| ());
        let mut output = exit.retval;
        let mut created = None;
        if let (Ok(()), Some((address, checked))) = (&result, entered.creates) {
            let code = std::mem::take(&mut output);
            match deploy::keep(journal, address, code, &mut gas, checked) {
                Ok(()) => created = Some(address),
                Err(exception) => result = Err(exception.into()),
            }
        }
        if let Err(ExitError::Fatal(fatal)) = result {
            return Err(fatal.into());
        }
        if entered.is_open {
            let is_there = if result.is_ok() { journal.keep() } else { journal.take_back() };
            if !is_there {
                return Err(evm::interpreter::ExitFatal::UnevenSubstate.into());
            }
            match result {
                Ok(()) | Err(ExitError::Reverted | ExitError::Fatal(_)) => {}
                // Too many modules within each other: as for calls, the gas goes back.
                Err(ExitError::Exception(ExitException::CallTooDeep)) => {}
                Err(ExitError::Exception(_)) => (gas, output) = (0, Vec::new()),
            }
        }
        if O::EVENTS {
            let shown = match (&result, created) {
                (Ok(()), Some(address)) => Ok(journal.program(&address).code().to_vec()),
                (Ok(()), None) => Ok(output.clone()),
                (Err(error), _) => Err(failure(error, &output)),
            };
            let result = shown.as_deref().map_err(Clone::clone);
            let end = End { depth: entered.depth + 1, gas_left: gas, result };
            if let Some(observer) = journal.observer() {
                observer.leave(&end);
            }
        }
        Ok(Ended { result, output, gas_left: gas, created })
    }
}

impl<V: StateView + Send + 'static, O: Observer> Invoker<Journal<V, O>> for Driver {
    type State = Left;
    type Interpreter = Frame;
    type Interrupt = Infallible;
    type TransactArgs = Message;
    type TransactInvoke = Entered;
    type TransactValue = Ended;
    type SubstackInvoke = (Entered, crate::frame::Resume);

    fn new_transact(
        &self,
        message: Message,
        journal: &mut Journal<V, O>,
    ) -> Result<(Entered, Control), ExitError> {
        Ok(self.begin(message, journal))
    }

    fn finalize_transact(
        &self,
        entered: &Entered,
        exit: InvokerExit<Left>,
        journal: &mut Journal<V, O>,
    ) -> Result<Ended, ExitError> {
        self.leave(entered, exit, journal)
    }

    fn enter_substack(
        &self,
        wish: Wish,
        _: &mut Frame,
        journal: &mut Journal<V, O>,
        _: usize,
    ) -> Capture<Result<(Self::SubstackInvoke, Control), ExitError>, Infallible> {
        let (message, resume) = wish.split();
        let (entered, control) = self.begin(message, journal);
        Capture::Exit(Ok(((entered, resume), control)))
    }

    fn exit_substack(
        &self,
        (entered, resume): Self::SubstackInvoke,
        exit: InvokerExit<Left>,
        parent: &mut Frame,
        journal: &mut Journal<V, O>,
    ) -> Result<(), ExitError> {
        let ended = self.leave(&entered, exit, journal)?;
        parent.resume(resume, ended);
        Ok(())
    }
}
