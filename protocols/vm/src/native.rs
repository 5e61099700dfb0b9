//! Contracts that are a part of the node.

mod free;
mod randomness;
mod records;

use crate::env::Env;
use crate::error::Error;
use crate::journal::Journal;
use crate::observe::Observer;
use crate::price;
use alloy_primitives::{B256, Bytes, Log, LogData, U256};
pub use free::Free;
pub(crate) use randomness::Randomness;
pub use randomness::{RANDOMNESS, REMEMBERED, remembered, word_of_view};
pub use records::{MAX_RECORD, RecordKey, Records, record_in, record_words};
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::state::{Slot, StateView};
use troupe_types::{Address, Hash};

/// A contract whose rules are compiled into the node. All that it remembers lies in its storage.
///
/// It is called as any contract is; its account holds its storage and its balance. It has no code there, so
/// a caller that looks for code first finds none. What it did is taken back when it fails, and so is what
/// its caller did unless the caller minds the failure; the block goes on.
pub trait Native: Send + Sync {
    /// Answers a call. Whatever it does, it takes its price first: [`NativeHost::charge`].
    fn call(&self, host: &mut NativeHost<'_>, call: &NativeCall<'_>) -> Result<Bytes, Refusal>;

    /// The call that it [wanted](NativeHost::follow) was made, and whether it succeeded. What this gives is what the contract
    /// gives.
    fn followed(
        &self,
        host: &mut NativeHost<'_>,
        call: &NativeCall<'_>,
        has_succeeded: bool,
    ) -> Result<Bytes, Refusal> {
        let _ = (host, call, has_succeeded);
        Ok(Bytes::new())
    }
}

/// A call of a contract that a native one wants made when it is done itself. Whatever comes of it, what the native contract did
/// stays done.
///
/// It has all of its gas, and at least half of the depth that calls may have: a caller that leaves less fails before anything
/// is called. So what comes of it is the callee's doing, and not that of whoever brings it about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follow {
    /// Who is called.
    pub to: Address,
    /// Call data.
    pub input: Bytes,
    /// What it may use, of the gas of whoever called the native contract.
    pub gas: u64,
}

/// A call of a native contract.
#[derive(Debug, Clone, Copy)]
pub struct NativeCall<'a> {
    /// Who calls.
    pub caller: Address,
    /// Who sent the transaction.
    pub origin: Address,
    /// What was paid, in von: the contract has it already.
    pub value: U256,
    /// Call data.
    pub input: &'a [u8],
}

/// Why a native contract does not do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It says no, with data as a contract reverts with.
    #[error("execution reverted")]
    Reverted(Bytes),
    /// The call had less gas than it costs.
    #[error("out of gas")]
    OutOfGas,
    /// It would have changed something in a call that may not (EIP-214).
    #[error("write protection")]
    WriteProtection,
    /// It would have written a longer record than there may be.
    #[error("a record of {got} bytes exceeds {limit}")]
    TooLong {
        /// Its length.
        got: usize,
        /// The longest there may be.
        limit: usize,
    },
}

/// What a native contract works with.
pub struct NativeHost<'a> {
    state: &'a mut dyn State,
    address: Address,
    gas: u64,
    is_static: bool,
    /// Whether nothing has a price: it was taken before, or is nobody's to pay.
    is_free: bool,
    follow: Option<Follow>,
}

impl std::fmt::Debug for NativeHost<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NativeHost({}, {} gas)", self.address, self.gas)
    }
}

impl NativeHost<'_> {
    /// The contract's own address.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.address
    }

    /// The block around the call.
    #[must_use]
    pub fn env(&self) -> &Env {
        self.state.env()
    }

    /// The hash of the transaction that the call is a part of; nothing of a call that no transaction makes.
    #[must_use]
    pub fn transaction(&self) -> Hash {
        self.state.transaction()
    }

    /// Whether the call may change nothing.
    #[must_use]
    pub const fn is_static(&self) -> bool {
        self.is_static
    }

    /// What is left.
    #[must_use]
    pub const fn gas(&self) -> u64 {
        self.gas
    }

    /// Takes a price.
    pub fn charge(&mut self, price: u64) -> Result<(), Refusal> {
        if !self.is_free {
            self.gas = self.gas.checked_sub(price).ok_or(Refusal::OutOfGas)?;
        }
        Ok(())
    }

    const fn may_change(&self) -> Result<(), Refusal> {
        if self.is_static { Err(Refusal::WriteProtection) } else { Ok(()) }
    }

    /// Reads a word of the contract's storage, at the price of `SLOAD`.
    pub fn load(&mut self, slot: Slot) -> Result<U256, Refusal> {
        let (value, is_cold) = self.state.load(self.address, slot);
        self.charge(price::slot(is_cold))?;
        Ok(value)
    }

    /// The word of the contract's storage that comes after a slot in the order of bytes, or the first one, at
    /// the price of a cold `SLOAD`; `None` after the last.
    pub fn next(&mut self, after: Option<Slot>) -> Result<Option<(Slot, U256)>, Refusal> {
        self.charge(price::slot(true))?;
        Ok(self.state.next_word(self.address, after))
    }

    /// Writes a word of the contract's storage, at the price of `SSTORE`.
    pub fn store(&mut self, slot: Slot, value: U256) -> Result<(), Refusal> {
        self.may_change()?;
        let writing = self.state.about_to_store(self.address, slot);
        self.charge(writing.price(value))?;
        let refund = if self.is_free { 0 } else { writing.refund(value) };
        self.state.store(self.address, slot, value, refund);
        Ok(())
    }

    /// What an account has, in von, at the price of `BALANCE`.
    pub fn balance(&mut self, of: Address) -> Result<U256, Refusal> {
        let (balance, is_cold) = self.state.balance(of);
        self.charge(price::account(is_cold))?;
        Ok(balance)
    }

    /// Pays from the contract's balance, at the price of a call that pays. Runs no code of the payee.
    /// `Ok(false)` says that the contract has less.
    pub fn pay(&mut self, to: Address, value: U256) -> Result<bool, Refusal> {
        self.may_change()?;
        let (is_cold, is_new) = self.state.meet(to);
        let pays = !value.is_zero();
        self.charge(price::call(is_cold, pays, pays && is_new))?;
        let (balance, _) = self.state.balance(self.address);
        if balance < value {
            return Ok(false);
        }
        self.state.pay(self.address, to, value);
        Ok(true)
    }

    /// Has a contract called when this call has been answered well, before whoever made it goes on. The last wish counts. What
    /// it may use is taken now, beside the price of a call; what is left goes back.
    pub fn follow(&mut self, follow: Follow) -> Result<(), Refusal> {
        self.may_change()?;
        let (is_cold, _) = self.state.meet(follow.to);
        self.charge(price::call(is_cold, false, false))?;
        self.charge(follow.gas)?;
        self.follow = Some(follow);
        Ok(())
    }

    /// Logs under at most four topics, at the price of `LOG`.
    pub fn log(&mut self, topics: &[B256], data: Bytes) -> Result<(), Refusal> {
        self.may_change()?;
        let topics: Vec<B256> = topics.iter().take(4).copied().collect();
        self.charge(price::log(topics.len() as u64, data.len()))?;
        let data = LogData::new_unchecked(topics, data);
        self.state.log(Log { address: self.address.0.into(), data });
        Ok(())
    }
}

/// The journal, whatever lies below it.
trait State {
    fn env(&self) -> &Env;
    fn transaction(&self) -> Hash;
    fn load(&mut self, address: Address, slot: Slot) -> (U256, bool);
    fn next_word(&mut self, address: Address, after: Option<Slot>) -> Option<(Slot, U256)>;
    fn about_to_store(&mut self, address: Address, slot: Slot) -> price::Writing;
    fn store(&mut self, address: Address, slot: Slot, value: U256, refund: i64);
    fn balance(&mut self, of: Address) -> (U256, bool);
    fn meet(&mut self, other: Address) -> (bool, bool);
    fn pay(&mut self, from: Address, to: Address, value: U256);
    fn mint(&mut self, to: Address, value: U256);
    fn log(&mut self, log: Log);
    fn fail(&mut self, error: Error);
}

impl<V: StateView, O: Observer> State for Journal<V, O> {
    fn env(&self) -> &Env {
        &self.env
    }

    fn transaction(&self) -> Hash {
        self.transaction.hash
    }

    fn load(&mut self, address: Address, slot: Slot) -> (U256, bool) {
        Self::load(self, address, slot)
    }

    fn next_word(&mut self, address: Address, after: Option<Slot>) -> Option<(Slot, U256)> {
        Self::next_word(self, address, after)
    }

    fn about_to_store(&mut self, address: Address, slot: Slot) -> price::Writing {
        Self::about_to_store(self, address, slot)
    }

    fn store(&mut self, address: Address, slot: Slot, value: U256, refund: i64) {
        self.transaction.refund += refund;
        self.put(address, slot, value);
    }

    fn balance(&mut self, of: Address) -> (U256, bool) {
        let is_cold = self.touch(of);
        (self.account(&of).balance, is_cold)
    }

    fn meet(&mut self, other: Address) -> (bool, bool) {
        (self.touch(other), self.account(&other).is_empty())
    }

    fn pay(&mut self, from: Address, to: Address, value: U256) {
        Self::pay(self, from, to, value);
    }

    fn mint(&mut self, to: Address, value: U256) {
        self.add_balance(to, value);
    }

    fn log(&mut self, log: Log) {
        Self::log(self, log);
    }

    fn fail(&mut self, error: Error) {
        Self::fail(self, error);
    }
}

/// The native contracts of a chain.
#[derive(Clone)]
pub(crate) struct Natives(Arc<BTreeMap<Address, Arc<dyn Native>>>);

/// Those that every chain has.
impl Default for Natives {
    fn default() -> Self {
        let randomness: Arc<dyn Native> = Arc::new(Randomness);
        Self(Arc::new(BTreeMap::from([(RANDOMNESS, randomness)])))
    }
}

impl Natives {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn add(&mut self, address: Address, native: Arc<dyn Native>) {
        Arc::make_mut(&mut self.0).insert(address, native);
    }

    pub(crate) fn at(&self, address: &Address) -> Option<Arc<dyn Native>> {
        self.0.get(address).map(Arc::clone)
    }
}

/// Calls one; what is left of the gas comes with the answer, and what it wants to follow.
pub(crate) fn call<V: StateView, O: Observer>(
    native: &dyn Native,
    journal: &mut Journal<V, O>,
    call: &NativeCall<'_>,
    (address, gas, is_static): (Address, u64, bool),
) -> (Result<Bytes, Refusal>, u64, Option<Follow>) {
    let (is_free, follow) = (false, None);
    let mut host = NativeHost { state: journal, address, gas, is_static, is_free, follow };
    let answer = native.call(&mut host, call);
    (answer, host.gas, host.follow)
}

/// Tells one what came of the call that it wanted. It cannot want another one.
pub(crate) fn followed<V: StateView, O: Observer>(
    native: &dyn Native,
    journal: &mut Journal<V, O>,
    call: &NativeCall<'_>,
    (address, gas): (Address, u64),
    has_succeeded: bool,
) -> (Result<Bytes, Refusal>, u64) {
    let (is_static, is_free, follow) = (false, false, None);
    let mut host = NativeHost { state: journal, address, gas, is_static, is_free, follow };
    let answer = native.followed(&mut host, call, has_succeeded);
    (answer, host.gas)
}
