//! What a test works with: accounts, deployments, calls.

use super::frame::{Frame, Inner, World};
use super::{Answers, Block, Log, Program};
use crate::abi::Sequence;
use crate::storage::{Place, Stored};
use crate::{Address, Bytes, Contract, Error, Host, U256, keccak256};
use alloc::vec::Vec;
use core::marker::PhantomData;
use std::rc::Rc;

/// What accounts of a test own at first: 1000 LAT, in von.
const FUNDS: U256 = U256::of("1000_000000000000000000");

/// A chain in memory.
pub struct TestHost {
    world: Rc<World>,
}

/// A contract that was deployed there.
#[derive(Debug)]
pub struct Deployed<C> {
    /// Where it is.
    pub address: Address,
    is: PhantomData<C>,
}

/// Somebody who calls.
#[derive(Debug)]
pub struct Sender {
    from: Inner,
    value: U256,
}

impl Default for TestHost {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for TestHost {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let state = self.world.state.borrow();
        write!(f, "TestHost of {} accounts and {} logs", state.accounts.len(), state.logs.len())
    }
}

impl TestHost {
    /// An empty chain.
    pub fn new() -> Self {
        Self { world: Rc::default() }
    }

    /// An account with 1000 LAT; the same number is the same account.
    pub fn account(&self, number: u64) -> Address {
        let mut bytes = [0; 20];
        bytes[..12].copy_from_slice(b"test account");
        bytes[12..].copy_from_slice(&number.to_be_bytes());
        let address = Address(bytes);
        let mut state = self.world.state.borrow_mut();
        state
            .accounts
            .entry(address)
            .or_insert_with(|| super::state::Account { balance: FUNDS, ..Default::default() });
        address
    }

    /// What an account owns.
    pub fn balance(&self, of: Address) -> U256 {
        self.world.state.borrow().balance(of)
    }

    /// Gives an account so much.
    pub fn set_balance(&self, of: Address, balance: U256) {
        self.world.state.borrow_mut().account(of).balance = balance;
    }

    /// Reads a slot of a contract's storage.
    pub fn slot(&self, of: Address, slot: U256) -> [u8; 32] {
        let state = self.world.state.borrow();
        let account = state.accounts.get(&of);
        let word = account.and_then(|account| account.storage.get(&slot.to_be_bytes()));
        word.copied().unwrap_or_default()
    }

    /// Every log since the last time this was asked.
    pub fn take_logs(&self) -> Vec<Log> {
        core::mem::take(&mut self.world.state.borrow_mut().logs)
    }

    /// The block that calls are in, to be changed.
    pub fn block(&self) -> core::cell::RefMut<'_, Block> {
        self.world.block.borrow_mut()
    }

    /// What is said of signatures that are not checked, to be changed.
    pub fn answers(&self) -> core::cell::RefMut<'_, Answers> {
        self.world.answers.borrow_mut()
    }

    /// Puts a program at an address, standing for a contract in another language.
    pub fn put(
        &self,
        address: Address,
        program: impl Fn(Host, &[u8]) -> Result<Vec<u8>, Vec<u8>> + 'static,
    ) {
        self.world.state.borrow_mut().account(address).program = Some(Rc::new(program));
    }

    /// A storage struct of its own, at slot 0 of an account that nobody else has.
    pub fn storage<S: Stored>(&self) -> S::Handle {
        let host = self.host(Address([0x57; 20]));
        S::handle(host, Place::slot(U256::ZERO))
    }

    /// An account's own view, for reading and for calls through interfaces.
    pub fn host(&self, account: Address) -> Host {
        Host { inner: self.view(account) }
    }

    /// An account that deploys or calls.
    pub fn from(&self, account: Address) -> Sender {
        Sender { from: self.view(account), value: U256::ZERO }
    }

    fn view(&self, account: Address) -> Inner {
        let frame = Frame {
            address: account,
            caller: account,
            origin: account,
            value: U256::ZERO,
            is_static: false,
        };
        Inner { world: self.world.clone(), frame: Rc::new(frame) }
    }
}

impl Sender {
    /// Sends so much with what follows.
    pub fn value(mut self, value: U256) -> Self {
        self.value = value;
        self
    }

    /// Deploys a contract with the constructor's arguments.
    ///
    /// # Errors
    ///
    /// The constructor reverted or failed; nothing was changed.
    pub fn deploy<C: Contract + 'static>(
        self,
        arguments: impl Sequence,
    ) -> Result<Deployed<C>, Error> {
        let mut seed = self.from.frame.address.0.to_vec();
        seed.extend_from_slice(&self.from.next_creation().to_be_bytes());
        let hash = keccak256(&seed);
        let address = Address(*hash.0.last_chunk().expect("a hash is longer than an address"));
        let construct: Program =
            Rc::new(|host, input| C::construct(host, input).map(|()| Vec::new()));
        let input = arguments.to_bytes();
        let (status, output) =
            self.from.run(self.frame(address), self.value, Some(construct), &input);
        judge(status, output)?;
        self.from.world.state.borrow_mut().account(address).program = Some(Rc::new(C::dispatch));
        Ok(Deployed { address, is: PhantomData })
    }

    /// Calls a contract as the chain would: by its ABI.
    ///
    /// # Errors
    ///
    /// It reverted or failed; nothing was changed.
    pub fn call(self, to: Address, input: &[u8]) -> Result<Vec<u8>, Error> {
        let program = self.from.world.state.borrow().program(to);
        let (status, output) = self.from.run(self.frame(to), self.value, program, input);
        judge(status, output)
    }

    /// Runs a method of a contract and gives back what it gave. A panic fails the test; an error
    /// undoes what was changed.
    pub fn on<C: Contract, R: Verdict>(
        self,
        contract: &Deployed<C>,
        method: impl FnOnce(&mut C) -> R,
    ) -> R {
        let world = self.from.world.clone();
        let before = world.state.borrow().clone();
        let has_moved = world.state.borrow_mut().transfer(
            self.from.frame.address,
            contract.address,
            self.value,
        );
        assert!(has_moved, "{} does not own {}", self.from.frame.address, self.value);
        let frame = Rc::new(self.frame(contract.address));
        let mut open = C::open(Host { inner: Inner { world: world.clone(), frame } });
        let result = method(&mut open);
        if result.is_failure() {
            *world.state.borrow_mut() = before;
        }
        result
    }

    fn frame(&self, address: Address) -> Frame {
        let caller = self.from.frame.address;
        Frame { address, caller, origin: caller, value: self.value, is_static: false }
    }
}

/// Whether a method's result says that the call failed.
pub trait Verdict {
    /// True for an error.
    fn is_failure(&self) -> bool {
        false
    }
}

impl<T, E> Verdict for Result<T, E> {
    fn is_failure(&self) -> bool {
        self.is_err()
    }
}

macro_rules! always_good {
    ($($type:ty)*) => { $(impl Verdict for $type {})* };
}

always_good!(() bool u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 U256 Address Bytes alloc::string::String);

impl<const N: usize> Verdict for crate::FixedBytes<N> {}
impl<T> Verdict for Vec<T> {}
impl<T> Verdict for Option<T> {}
impl<A, B> Verdict for (A, B) {}
impl<A, B, C> Verdict for (A, B, C) {}
impl<A, B, C, D> Verdict for (A, B, C, D) {}

fn judge(status: u32, output: Vec<u8>) -> Result<Vec<u8>, Error> {
    match status {
        0 => Ok(output),
        1 => Err(Error::Reverted(Bytes(output))),
        _ => Err(Error::Failed),
    }
}

impl<C> Deployed<C> {
    /// A contract that is known to be at an address.
    pub fn at(address: Address) -> Self {
        Self { address, is: PhantomData }
    }
}
