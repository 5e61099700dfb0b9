//! Write contracts in Rust that Solidity and every Ethereum tool call as their own.
//!
//! A contract is a struct of what it stores and an `impl` of what it offers:
//!
//! ```
//! use troupe_contract::prelude::*;
//!
//! #[storage]
//! pub struct Counter {
//!     owner: Value<Address>,
//!     count: Value<U256>,
//! }
//!
//! #[event]
//! pub struct Increased {
//!     #[indexed]
//!     by: Address,
//!     count: U256,
//! }
//!
//! #[error]
//! pub struct NotOwner {
//!     caller: Address,
//! }
//!
//! #[contract]
//! impl Counter {
//!     #[constructor]
//!     pub fn create(&mut self, start: U256) {
//!         let owner = self.host().caller();
//!         self.owner.set(owner);
//!         self.count.set(start);
//!     }
//!
//!     /// Reads only: it takes `&self`, and Solidity sees a `view`.
//!     #[public]
//!     pub fn count(&self) -> U256 {
//!         self.count.get()
//!     }
//!
//!     #[public]
//!     pub fn increase(&mut self) -> Result<(), NotOwner> {
//!         let caller = self.host().caller();
//!         if caller != self.owner.get() {
//!             return Err(NotOwner { caller });
//!         }
//!         let count = self.count.update(|count| count + U256::ONE);
//!         self.host_mut().emit(&Increased { by: caller, count });
//!         Ok(())
//!     }
//! }
//!
//! // The same code runs in a unit test, against a chain in memory.
//! let world = TestHost::new();
//! let (alice, bob) = (world.account(1), world.account(2));
//! let counter = world.from(alice).deploy::<Counter>((U256::new(41),)).expect("deploys");
//! world.from(alice).on(&counter, |counter| counter.increase()).expect("she owns it");
//! assert_eq!(world.from(bob).on(&counter, |counter| counter.count()), U256::new(42));
//! assert!(world.from(bob).on(&counter, |counter| counter.increase()).is_err());
//! ```
//!
//! `cargo troupe` builds it. What stands where:
//!
//! | module | what for |
//! |---|---|
//! | [`abi`] | Solidity's ABI: values, signatures, calls |
//! | [`mod@storage`] | values, maps and lists in the slots that solc gives them |
//! | [`host`] | the chain around a running contract |
//! | [`call`] | other contracts |
//! | [`revert`] | how a call fails |
//! | `test_host` | a chain in memory for unit tests; not in the module that is deployed |
#![no_std]

extern crate alloc;
#[cfg(not(target_arch = "wasm32"))]
extern crate std;

// The macros name this crate, also where it uses them itself.
extern crate self as troupe_contract;

pub mod abi;
pub mod call;
pub mod contract;
pub mod event;
pub mod host;
mod keccak;
mod number;
mod panic;
pub mod prelude;
#[doc(hidden)]
pub mod private;
pub mod revert;
pub mod storage;
#[cfg(not(target_arch = "wasm32"))]
pub mod test_host;
pub mod text;
mod types;

#[doc(hidden)]
pub use private as __private;

pub use call::Error;
pub use contract::Contract;
pub use event::Event;
pub use host::{Host, keccak256};
pub use number::{TooLarge, U256};
pub use revert::Revert;
#[cfg(not(target_arch = "wasm32"))]
pub use test_host::TestHost;
pub use troupe_contract_macros::{contract, error, event, interface, storage, value};
pub use types::{Address, Bytes, FixedBytes, Hash};
