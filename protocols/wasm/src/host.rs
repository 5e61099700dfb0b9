//! What a running contract asks of the world: the trait that the virtual machine implements.

use alloy_primitives::{Bytes, U256};
use troupe_types::{Address, Hash};

/// The surroundings of a call: what does not change while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// The account whose storage and balance are used.
    pub address: Address,
    /// Who called.
    pub caller: Address,
    /// Who signed the transaction.
    pub origin: Address,
    /// What came with the call, in the smallest unit.
    pub value: U256,
    /// The transaction's price of one gas.
    pub gas_price: U256,
    /// Who gets the block's fees.
    pub coinbase: Address,
    /// The block's number.
    pub height: u64,
    /// The block's time stamp, milliseconds since 1970.
    pub time_millis: u64,
    /// The block's limit of gas.
    pub gas_limit: u64,
    /// The chain's number.
    pub chain_id: u64,
    /// The block's price of one gas that is burnt.
    pub base_fee: U256,
    /// The block's random word.
    pub randomness: Hash,
    /// Whether nothing may be changed.
    pub is_static: bool,
}

/// Whose storage and which value a called contract sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    /// Its own; the value is transferred.
    Call,
    /// The caller's, with the caller's caller and value.
    Delegate,
    /// Its own, and nothing may be changed.
    Static,
}

/// A call that a contract makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Whose storage is used.
    pub kind: CallKind,
    /// Whose code runs.
    pub address: Address,
    /// What is transferred; zero but for [`CallKind::Call`].
    pub value: U256,
    /// The most it may use. The host gives no more than Ethereum would: 63/64 of what is left.
    // EIP-150
    pub gas: u64,
    /// The called contract's input.
    pub input: Bytes,
}

/// How a call or a creation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It did what was asked.
    Succeeded,
    /// It took everything back and said why.
    Reverted,
    /// It failed: no gas, no funds, too deep, a trap.
    Failed,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// How it ended.
    pub status: Status,
    /// What it returned or reverted with.
    pub output: Bytes,
}

/// A contract that a contract creates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creation {
    /// What it has at the start.
    pub value: U256,
    /// With one, the address depends on it and on the code instead of the creator's nonce.
    // EIP-1014
    pub salt: Option<Hash>,
    /// The code that makes the contract.
    pub code: Bytes,
}

/// What came of a creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Where the contract is, if it is.
    pub address: Result<Address, Status>,
    /// What it reverted with; empty on success.
    pub output: Bytes,
}

/// A contract that a contract of PlatON's convention creates. Its constructor sees the caller of the contract
/// that creates it, at the address that a creation has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offspring {
    /// What it is to the contract that creates it.
    pub role: Role,
    /// What it gets of the creator's balance; a successor gets all of it, which is this at least.
    pub value: U256,
    /// The code that makes the contract.
    pub code: Bytes,
    /// The most it may use, as for calls.
    pub gas: u64,
}

/// What a new contract is to the one that creates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Another one.
    Child,
    /// It takes over the balance and the storage; what it succeeds has no code any more.
    Successor,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Born {
    /// It is there.
    At(Address),
    /// It was not begun: no funds, too deep.
    NotBegun,
    /// Its constructor took everything back and said why.
    Reverted(Bytes),
    /// Anything else.
    Failed,
}

/// Why a contract stops in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Halt {
    /// Something costs more than is left.
    #[error("out of gas")]
    OutOfGas,
    /// A change where none is allowed.
    #[error("a change in a static call")]
    Static,
    /// The node could not read its state; the whole result is thrown away.
    #[error("the host could not answer")]
    Fatal,
    /// The contract has destroyed itself, which is a success.
    #[error("destroyed")]
    Destroyed,
}

/// The world of one running contract.
///
/// The host is moved into the run and comes out of it, with all that it has recorded; a call that it
/// is asked for may start another run of the same engine. Every method takes its price off `gas`,
/// which is all that the contract has left; the engine has taken what the crossing and the copies
/// cost before. The engine itself stops changes in a static call.
pub trait Host: Send + 'static {
    /// The surroundings.
    fn context(&self) -> &Context;

    /// Reads a word of storage.
    fn storage_load(&mut self, gas: &mut u64, key: Hash) -> Result<U256, Halt>;

    /// Writes a word of storage.
    fn storage_store(&mut self, gas: &mut u64, key: Hash, value: U256) -> Result<(), Halt>;

    /// Reads a word that lasts for the transaction.
    // EIP-1153
    fn transient_load(&mut self, gas: &mut u64, key: Hash) -> Result<U256, Halt>;

    /// Writes a word that lasts for the transaction.
    fn transient_store(&mut self, gas: &mut u64, key: Hash, value: U256) -> Result<(), Halt>;

    /// What an account has.
    fn balance(&mut self, gas: &mut u64, address: Address) -> Result<U256, Halt>;

    /// The code of an account, empty if it has none; for its size and for copies.
    fn code(&mut self, gas: &mut u64, address: Address) -> Result<Bytes, Halt>;

    /// The hash of an account's code, zero if there is no account.
    // EIP-1052
    fn code_hash(&mut self, gas: &mut u64, address: Address) -> Result<Hash, Halt>;

    /// The hash of a block, zero but for the last 256.
    fn block_hash(&mut self, gas: &mut u64, height: u64) -> Result<Hash, Halt>;

    /// Calls a contract.
    fn call(&mut self, gas: &mut u64, call: Call) -> Result<Called, Halt>;

    /// Creates a contract.
    fn create(&mut self, gas: &mut u64, creation: Creation) -> Result<Created, Halt>;

    /// How many transactions or creations an account has begun.
    fn nonce(&mut self, gas: &mut u64, address: Address) -> Result<u64, Halt>;

    /// Creates a contract as PlatON's contracts do.
    fn bear(&mut self, gas: &mut u64, offspring: Offspring) -> Result<Born, Halt>;

    /// Records an event; there are at most four topics.
    fn log(&mut self, gas: &mut u64, topics: Vec<Hash>, data: Bytes) -> Result<(), Halt>;

    /// Gives everything to an address. Of our convention, that ends the contract's run.
    // EIP-6780
    fn destroy(&mut self, gas: &mut u64, heir: Address) -> Result<(), Halt>;

    /// Takes a line for the log of the node, as the contract wrote it; nothing depends on it.
    fn debug(&mut self, text: &str);
}
