//! The handle: storage, this call, what is told to others.

use super::Inner;
use crate::{Address, Event, Hash, U256};

/// The chain around a running contract.
///
/// What changes the chain takes `&mut`, so a function that has `&self` only reads.
#[derive(Debug)]
pub struct Host {
    pub(crate) inner: Inner,
}

impl Host {
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn new() -> Self {
        Self { inner: Inner }
    }

    /// Another handle of the same call, for something stored.
    #[doc(hidden)]
    pub fn share(&self) -> Self {
        Self { inner: self.inner.share() }
    }

    /// Reads a slot of storage.
    pub fn storage_load(&self, slot: U256) -> [u8; 32] {
        self.inner.storage_load(&slot.to_be_bytes())
    }

    /// Writes a slot of storage.
    pub fn storage_store(&mut self, slot: U256, word: [u8; 32]) {
        self.inner.storage_store(&slot.to_be_bytes(), &word);
    }

    /// Reads a slot that is forgotten after the transaction (EIP-1153).
    pub fn transient_load(&self, slot: U256) -> [u8; 32] {
        self.inner.transient_load(&slot.to_be_bytes())
    }

    /// Writes a slot that is forgotten after the transaction (EIP-1153).
    pub fn transient_store(&mut self, slot: U256, word: [u8; 32]) {
        self.inner.transient_store(&slot.to_be_bytes(), &word);
    }

    /// This contract.
    pub fn address(&self) -> Address {
        Address(self.inner.address())
    }

    /// Who called: `msg.sender`.
    pub fn caller(&self) -> Address {
        Address(self.inner.caller())
    }

    /// Who signed the transaction: `tx.origin`.
    pub fn origin(&self) -> Address {
        Address(self.inner.origin())
    }

    /// What was sent with the call: `msg.value`.
    pub fn value(&self) -> U256 {
        U256::from_be_bytes(self.inner.value())
    }

    /// Gas left to this call.
    pub fn gas_left(&self) -> u64 {
        self.inner.gas_left()
    }

    /// What an account owns.
    pub fn balance(&self, of: Address) -> U256 {
        U256::from_be_bytes(self.inner.balance(&of.0))
    }

    /// Bytes of an account's code; 0 for one that is no contract.
    pub fn code_size(&self, of: Address) -> u32 {
        self.inner.code_size(&of.0)
    }

    /// The hash of an account's code (EIP-1052).
    pub fn code_hash(&self, of: Address) -> Hash {
        Hash::from(U256::from_be_bytes(self.inner.code_hash(&of.0)))
    }

    /// An account's code.
    pub fn code(&self, of: Address) -> alloc::vec::Vec<u8> {
        self.inner.code(&of.0)
    }

    /// Tells those who watch.
    pub fn emit(&mut self, event: &impl Event) {
        self.log(&event.topics(), &event.data());
    }

    /// Writes a log of 0 to 4 topics as it is.
    pub fn log(&mut self, topics: &[Hash], data: &[u8]) {
        self.inner.log(topics, data);
    }

    /// Writes a line into the node's log at debug level. Nothing that the chain sees.
    pub fn debug(&self, text: &str) {
        self.inner.debug(text);
    }

    /// Sends all the contract owns to an account and ends the call; the contract itself goes only
    /// if it was created in this transaction (EIP-6780).
    pub fn destroy(&mut self, beneficiary: Address) -> ! {
        self.inner.destroy(&beneficiary.0)
    }
}
