//! What a running contract asks, answered from the journal at the prices of Ethereum's instructions.

use crate::driver;
use crate::journal::Journal;
use crate::memory::Data;
use crate::message::{self, Ended, How, MAX_INIT_CODE, Message};
use crate::observe::{Kind, Observer};
use crate::price;
use alloy_primitives::{B256, Bytes, Log, LogData, U256};
use evm::interpreter::{ExitError, ExitException};
use troupe_chain::state::StateView;
use troupe_chain::transaction::makes_module;
use troupe_types::{Address, Hash};
use troupe_wasm::{
    Born, Call, CallKind, Called, Context, Created, Creation, Halt, Host, Offspring, Role, Status,
};

/// `BLOCKHASH`. Yellow Paper, appendix G
const BLOCK_HASH: u64 = 20;

/// The world of one running contract.
pub(super) struct Bridge<V, O> {
    journal: Journal<V, O>,
    context: Context,
    depth: usize,
    /// Contracts of this machine around this one.
    modules: u32,
}

impl<V, O> Bridge<V, O> {
    pub(super) const fn new(
        journal: Journal<V, O>,
        context: Context,
        depth: usize,
        modules: u32,
    ) -> Self {
        Self { journal, context, depth, modules }
    }

    pub(super) fn into_journal(self) -> Journal<V, O> {
        self.journal
    }

    /// An answer, unless the state could not be read.
    fn answer<T>(&self, answer: T) -> Result<T, Halt> {
        self.journal.check().map(|()| answer).map_err(|_| Halt::Fatal)
    }
}

fn charge(gas: &mut u64, price: u64) -> Result<(), Halt> {
    *gas = gas.checked_sub(price).ok_or(Halt::OutOfGas)?;
    Ok(())
}

const fn status(result: &Result<(), ExitError>) -> Status {
    match result {
        Ok(()) => Status::Succeeded,
        Err(ExitError::Reverted) => Status::Reverted,
        Err(ExitError::Exception(_) | ExitError::Fatal(_)) => Status::Failed,
    }
}

impl<V: StateView + Send + 'static, O: Observer> Bridge<V, O> {
    /// Asks the other contracts, and takes back what is left of the gas.
    fn ask(&mut self, gas: &mut u64, message: Message) -> Result<Ended, Halt> {
        match driver::run(&mut self.journal, message, self.modules + 1) {
            Ok(ended) => {
                *gas = gas.saturating_add(ended.gas_left);
                Ok(ended)
            }
            Err(error) => {
                self.journal.fail(error);
                Err(Halt::Fatal)
            }
        }
    }
}

impl<V: StateView + Send + 'static, O: Observer> Host for Bridge<V, O> {
    fn context(&self) -> &Context {
        &self.context
    }

    fn storage_load(&mut self, gas: &mut u64, key: Hash) -> Result<U256, Halt> {
        let (value, is_cold) = self.journal.load(self.context.address, key);
        charge(gas, price::slot(is_cold))?;
        self.answer(value)
    }

    // EIP-2200
    fn storage_store(&mut self, gas: &mut u64, key: Hash, value: U256) -> Result<(), Halt> {
        if *gas <= price::STIPEND {
            return Err(Halt::OutOfGas);
        }
        let writing = self.journal.about_to_store(self.context.address, key);
        charge(gas, writing.price(value))?;
        self.journal.transaction.refund += writing.refund(value);
        self.journal.store(self.context.address, key, value);
        self.answer(())
    }

    fn transient_load(&mut self, gas: &mut u64, key: Hash) -> Result<U256, Halt> {
        charge(gas, price::WARM)?;
        Ok(self.journal.load_transient(self.context.address, key))
    }

    fn transient_store(&mut self, gas: &mut u64, key: Hash, value: U256) -> Result<(), Halt> {
        charge(gas, price::WARM)?;
        self.journal.store_transient(self.context.address, key, value);
        Ok(())
    }

    fn balance(&mut self, gas: &mut u64, address: Address) -> Result<U256, Halt> {
        charge(gas, price::account(self.journal.touch(address)))?;
        self.answer(self.journal.account(&address).balance)
    }

    fn code(&mut self, gas: &mut u64, address: Address) -> Result<Bytes, Halt> {
        charge(gas, price::account(self.journal.touch(address)))?;
        self.answer(self.journal.program(&address).code().clone())
    }

    fn code_hash(&mut self, gas: &mut u64, address: Address) -> Result<Hash, Halt> {
        charge(gas, price::account(self.journal.touch(address)))?;
        self.answer(self.journal.code_hash_of(&address))
    }

    fn block_hash(&mut self, gas: &mut u64, height: u64) -> Result<Hash, Halt> {
        charge(gas, BLOCK_HASH)?;
        Ok(self.journal.ancestor(height))
    }

    fn call(&mut self, gas: &mut u64, call: Call) -> Result<Called, Halt> {
        let code = call.address;
        let (here, caller) = (self.context.address, self.context.caller);
        let is_cold = self.journal.touch(code);
        let pays = call.kind == CallKind::Call && !call.value.is_zero();
        let makes_account = pays && self.journal.account(&code).is_empty();
        charge(gas, price::call(is_cold, pays, makes_account))?;
        let given = price::all_but_one_64th(*gas).min(call.gas);
        charge(gas, given)?;
        let stipend = if pays { price::STIPEND } else { 0 };
        let (kind, from, to, value) = match call.kind {
            CallKind::Call => (Kind::Call, here, code, call.value),
            CallKind::Delegate => (Kind::Delegate, caller, here, self.context.value),
            CallKind::Static => (Kind::Static, here, code, U256::ZERO),
        };
        let ended = self.ask(
            gas,
            Message::Call(message::Call {
                kind,
                from,
                to,
                code,
                value,
                input: Data::from(Vec::from(call.input)),
                gas: given.saturating_add(stipend),
                is_static: self.context.is_static || call.kind == CallKind::Static,
                depth: self.depth + 1,
            }),
        )?;
        Ok(Called { status: status(&ended.result), output: ended.output.into() })
    }

    fn create(&mut self, gas: &mut u64, creation: Creation) -> Result<Created, Halt> {
        let Creation { value, salt, code } = creation;
        charge(gas, price::create(code.len(), salt.is_some()))?;
        // EIP-3860
        if code.len() > MAX_INIT_CODE && !makes_module(&code) {
            return Ok(Created { address: Err(Status::Failed), output: Bytes::new() });
        }
        let given = price::all_but_one_64th(*gas);
        charge(gas, given)?;
        let ended = self.ask(
            gas,
            Message::Create(message::Creation {
                from: self.context.address,
                caller: self.context.address,
                is_successor: false,
                value,
                code: Data::from(Vec::from(code)),
                how: salt.map_or(How::Number, How::Salt),
                gas: given,
                depth: self.depth + 1,
            }),
        )?;
        let address = match (ended.created, status(&ended.result)) {
            (Some(address), Status::Succeeded) => Ok(address),
            (None, Status::Succeeded) => Err(Status::Failed),
            (_, status @ (Status::Reverted | Status::Failed)) => Err(status),
        };
        let output = if address.is_ok() { Bytes::new() } else { ended.output.into() };
        Ok(Created { address, output })
    }

    fn nonce(&mut self, gas: &mut u64, address: Address) -> Result<u64, Halt> {
        charge(gas, price::account(self.journal.touch(address)))?;
        self.answer(self.journal.account(&address).nonce)
    }

    fn bear(&mut self, gas: &mut u64, offspring: Offspring) -> Result<Born, Halt> {
        let Offspring { role, value, code, gas: most } = offspring;
        let price = match role {
            Role::Child => price::create(code.len(), false),
            Role::Successor => price::succeed(code.len()),
        };
        charge(gas, price)?;
        // EIP-3860
        if code.len() > MAX_INIT_CODE && !makes_module(&code) {
            return Ok(Born::Failed);
        }
        let given = price::all_but_one_64th(*gas).min(most);
        charge(gas, given)?;
        let ended = self.ask(
            gas,
            Message::Create(message::Creation {
                from: self.context.address,
                caller: self.context.caller,
                is_successor: role == Role::Successor,
                value,
                code: Data::from(Vec::from(code)),
                how: How::Number,
                gas: given,
                depth: self.depth + 1,
            }),
        )?;
        Ok(match (ended.created, ended.result) {
            (Some(address), Ok(())) => Born::At(address),
            (_, Err(ExitError::Reverted)) => Born::Reverted(ended.output.into()),
            (
                _,
                Err(ExitError::Exception(
                    ExitException::CallTooDeep | ExitException::OutOfFund | ExitException::MaxNonce,
                )),
            ) => Born::NotBegun,
            (None, Ok(())) | (_, Err(ExitError::Exception(_) | ExitError::Fatal(_))) => {
                Born::Failed
            }
        })
    }

    fn log(&mut self, gas: &mut u64, topics: Vec<Hash>, data: Bytes) -> Result<(), Halt> {
        charge(gas, price::log(topics.len() as u64, data.len()))?;
        let topics = topics.into_iter().map(|topic| B256::from(topic.0)).collect();
        let data = LogData::new_unchecked(topics, data);
        self.journal.log(Log { address: self.context.address.0.into(), data });
        Ok(())
    }

    // EIP-6780
    fn destroy(&mut self, gas: &mut u64, heir: Address) -> Result<(), Halt> {
        let here = self.context.address;
        let is_cold = self.journal.touch(heir);
        let pays = !self.journal.account(&here).balance.is_zero();
        let makes_account = pays && self.journal.account(&heir).is_empty();
        charge(gas, price::destroy(is_cold, makes_account))?;
        self.journal.destroy(here, heir);
        self.answer(())
    }

    fn debug(&mut self, text: &str) {
        if O::EVENTS
            && let Some(observer) = self.journal.observer()
        {
            observer.debug(self.context.address, text);
        }
    }
}
