//! How calls and creations begin.

use super::{Checked, Control, Driver, Entered, deploy, exit, fail};
use crate::bridge;
use crate::driver;
use crate::frame::{Frame, Place};
use crate::journal::Journal;
use crate::message::{Call, Creation, How, MAX_DEPTH, Message};
use crate::native::{self, Follow, NativeCall, Refusal};
use crate::observe::{Entry, Kind, Observer};
use crate::program::Program;
use alloy_primitives::{Bytes, U256, keccak256};
use evm::InvokerControl;
use evm::interpreter::{ExitError, ExitException};
use std::sync::Arc;
use troupe_chain::state::StateView;
use troupe_chain::transaction::makes_module;
use troupe_types::{Address, Gas, Hash};
use troupe_wasm::MAX_RUNS;

impl Driver {
    pub(super) fn begin<V: StateView + Send + 'static, O: Observer>(
        &self,
        message: Message,
        journal: &mut Journal<V, O>,
    ) -> (Entered, Control) {
        match message {
            Message::Call(call) => self.call(call, journal),
            Message::Create(creation) => self.create(creation, journal),
        }
    }

    fn call<V: StateView + Send + 'static, O: Observer>(
        &self,
        call: Call,
        journal: &mut Journal<V, O>,
    ) -> (Entered, Control) {
        if O::EVENTS
            && let Some(observer) = journal.observer()
        {
            observer.enter(&Entry {
                depth: call.depth + 1,
                kind: call.kind,
                from: call.from,
                to: call.code,
                value: call.value,
                gas: call.gas,
                input: call.input.as_slice(),
            });
        }
        let mut entered = Entered { depth: call.depth, is_open: false, creates: None };
        if call.depth > MAX_DEPTH {
            return (entered, fail(ExitException::CallTooDeep, call.gas));
        }
        let pays = matches!(call.kind, Kind::Call | Kind::CallCode) && !call.value.is_zero();
        if pays && journal.account(&call.from).balance < call.value {
            return (entered, fail(ExitException::OutOfFund, call.gas));
        }
        journal.checkpoint();
        entered.is_open = true;
        if pays && call.kind == Kind::Call {
            journal.pay(call.from, call.to, call.value);
        }
        let control = self.find(call, journal);
        (entered, control)
    }

    /// What runs under the address of a call.
    fn find<V: StateView + Send + 'static, O: Observer>(
        &self,
        call: Call,
        journal: &mut Journal<V, O>,
    ) -> Control {
        if let Some(native) = journal.env.vm.natives.at(&call.code) {
            return self.natively(&*native, &call, journal);
        }
        if let Some(known) = journal.env.precompiled_at(&call.code)
            && let Some(answer) =
                journal.env.precompiles().run(&known, call.input.as_slice(), Gas(call.gas))
        {
            return match answer {
                Ok(output) => {
                    exit(Ok(()), call.gas.saturating_sub(output.gas_used.0), output.bytes)
                }
                Err(troupe_precompiles::Error::OutOfGas { .. }) => fail(ExitException::OutOfGas, 0),
                Err(error) => fail(ExitException::Other(error.to_string().into()), 0),
            };
        }
        let program = journal.program(&call.code);
        if program.is_empty() {
            return exit(Ok(()), call.gas, Vec::new());
        }
        let place = Place {
            address: call.to,
            caller: call.from,
            value: call.value,
            is_static: call.is_static,
            depth: call.depth,
        };
        if program.is_module() {
            return bridge::call(journal, &program, place, &call.input, call.gas, self.modules);
        }
        InvokerControl::Enter(Frame::new(&self.surroundings, place, program, call.input, call.gas))
    }

    fn create<V: StateView + Send + 'static, O: Observer>(
        &self,
        creation: Creation,
        journal: &mut Journal<V, O>,
    ) -> (Entered, Control) {
        let Creation { from, caller, is_successor, value, code, how, mut gas, depth } = creation;
        let balance = journal.account(&from).balance;
        let value = if is_successor { value.max(balance) } else { value };
        let (kind, address) = match how {
            How::Transaction { nonce } => (Kind::Create, numbered(from, nonce)),
            How::Number => (Kind::Create, numbered(from, journal.account(&from).nonce)),
            How::Salt(salt) => (Kind::Create2, salted(from, salt, code.as_slice())),
        };
        if O::EVENTS
            && let Some(observer) = journal.observer()
        {
            let (depth, to, input) = (depth + 1, address, code.as_slice());
            observer.enter(&Entry { depth, kind, from, to, value, gas, input });
        }
        let mut entered = Entered { depth, is_open: false, creates: None };
        if depth > MAX_DEPTH {
            return (entered, fail(ExitException::CallTooDeep, gas));
        }
        if balance < value {
            return (entered, fail(ExitException::OutOfFund, gas));
        }
        match how {
            How::Transaction { .. } => {}
            How::Number | How::Salt(_) if journal.count(from) => {}
            How::Number | How::Salt(_) => return (entered, fail(ExitException::MaxNonce, gas)),
        }
        // EIP-2929: it stays warm when the creation fails.
        journal.touch(address);
        journal.checkpoint();
        entered.is_open = true;
        if !journal.is_free(&address) {
            return (entered, fail(ExitException::CreateCollision, 0));
        }
        journal.create(address);
        journal.pay(from, address, value);
        if is_successor && let Err(exception) = succeed(journal, from, address, &mut gas) {
            return (entered, fail(exception, 0));
        }
        let place = Place { address, caller, value, is_static: false, depth };
        if makes_module(code.as_slice()) {
            entered.creates = Some((address, Checked::Yes));
            return (entered, deploy::begin(journal, place, code.as_slice(), gas, self.modules));
        }
        entered.creates = Some((address, Checked::No));
        let code = Bytes::copy_from_slice(code.as_slice());
        let program = Arc::new(Program::new(Hash::default(), &code));
        let input = crate::memory::Data::default();
        let frame = Frame::new(&self.surroundings, place, program, input, gas);
        (entered, InvokerControl::Enter(frame))
    }
}

/// Lets a new contract take the place of another.
fn succeed<V: StateView, O: Observer>(
    journal: &mut Journal<V, O>,
    from: Address,
    to: Address,
    gas: &mut u64,
) -> Result<(), ExitException> {
    if journal.program(&from).is_empty() {
        return Err(ExitException::Other("what has no code has no successor".into()));
    }
    *gas = journal.move_words(from, to, *gas).ok_or(ExitException::OutOfGas)?;
    journal.retire(from);
    Ok(())
}

fn answered(answer: Result<Bytes, Refusal>, left: u64) -> Control {
    match answer {
        Ok(output) => exit(Ok(()), left, output.to_vec()),
        Err(Refusal::Reverted(data)) => exit(Err(ExitError::Reverted), left, data.to_vec()),
        Err(Refusal::OutOfGas) => fail(ExitException::OutOfGas, 0),
        Err(Refusal::WriteProtection) => fail(ExitException::Other("write protection".into()), 0),
        Err(error @ Refusal::TooLong { .. }) => {
            fail(ExitException::Other(error.to_string().into()), 0)
        }
    }
}

impl Driver {
    fn natively<V: StateView + Send + 'static, O: Observer>(
        &self,
        contract: &dyn native::Native,
        call: &Call,
        journal: &mut Journal<V, O>,
    ) -> Control {
        // In somebody else's place its rules would work on somebody else's storage.
        if call.to != call.code {
            let text = "a native contract is not for CALLCODE or DELEGATECALL";
            return fail(ExitException::Other(text.into()), 0);
        }
        let question = NativeCall {
            caller: call.from,
            origin: journal.transaction.origin,
            value: call.value,
            input: call.input.as_slice(),
        };
        let surroundings = (call.to, call.gas, call.is_static);
        match native::call(contract, journal, &question, surroundings) {
            (Ok(_), left, Some(follow)) => {
                self.follow((contract, &question), call, (follow, left), journal)
            }
            (answer, left, follow) => {
                answered(answer, left.saturating_add(follow.map_or(0, |follow| follow.gas)))
            }
        }
    }

    /// Makes the call that a native contract wants, and has the contract answer then.
    fn follow<V: StateView + Send + 'static, O: Observer>(
        &self,
        (contract, question): (&dyn native::Native, &NativeCall<'_>),
        call: &Call,
        (follow, left): (Follow, u64),
        journal: &mut Journal<V, O>,
    ) -> Control {
        let Follow { to, input, gas } = follow;
        // As for contracts of the other machine: each lies on the stack of the one before.
        let modules = self.modules.saturating_add(1);
        // Whoever comes from so deep that the callee may run out of depth would decide what comes of it.
        if modules > MAX_RUNS / 2 || call.depth > MAX_DEPTH / 2 {
            return fail(ExitException::CallTooDeep, left.saturating_add(gas));
        }
        let message = Message::Call(Call {
            kind: Kind::Call,
            from: call.to,
            to,
            code: to,
            value: U256::ZERO,
            input: input.to_vec().into(),
            gas,
            is_static: false,
            depth: call.depth.saturating_add(1),
        });
        let ended = match driver::run(journal, message, modules) {
            Ok(ended) => ended,
            Err(error) => {
                journal.fail(error);
                return fail(ExitException::OutOfGas, 0);
            }
        };
        let place = (call.to, left.saturating_add(ended.gas_left));
        let has_succeeded = ended.result.is_ok();
        let (answer, left) = native::followed(contract, journal, question, place, has_succeeded);
        answered(answer, left)
    }
}

fn numbered(from: Address, nonce: u64) -> Address {
    Address(alloy_primitives::Address::from(from.0).create(nonce).into_array())
}

// EIP-1014
fn salted(from: Address, salt: Hash, code: &[u8]) -> Address {
    let hash = keccak256(code);
    Address(alloy_primitives::Address::from(from.0).create2(salt.0, hash).into_array())
}
