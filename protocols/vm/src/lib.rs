//! What transactions do: execution of blocks over a state.
//!
//! * [`Executor`]: transactions of one block, one after the other, over a
//!   [`StateView`](troupe_chain::state::StateView); [`Executor::finish`] gives the difference and the receipts.
//! * [`execute`]: a whole block as somebody else proposed it.
//! * [`call`]: what a transaction would do, for questions that change nothing.
//!
//! Contracts run in the `evm` package, Cancun rules, over a journal of our own. Its traits cannot say
//! that a state could not be read, so the journal remembers the first such error, and the whole
//! result is thrown away for it: a store that fails never looks like an empty account.
//!
//! The precompiled contracts at 0x01 to 0x0a are not there yet; a call to one fails and uses all gas
//! that it was given, so that nothing computes with an empty answer.
//!
//! ```
//! use troupe_chain::state::{Account, Changes, Flat};
//! use troupe_types::{Address, Gas};
//! use troupe_vm::{CallRequest, Env, call};
//!
//! let mut changes = Changes::default();
//! let rich = Account { balance: alloy_primitives::U256::from(7), ..Account::default() };
//! changes.accounts.insert(Address([2; 20]), Some(rich));
//! let mut state = Flat::default();
//! state.apply(&changes);
//!
//! let request = CallRequest {
//!     from: Address([2; 20]),
//!     to: Some(Address([3; 20])),
//!     value: alloy_primitives::U256::from(5),
//!     gas: Gas(30_000),
//!     ..CallRequest::default()
//! };
//! let outcome = call(state, Env::default(), &request).unwrap().unwrap();
//! assert_eq!(outcome.gas_used, Gas(21_000));
//! ```

mod attempt;
mod block;
mod call;
mod env;
mod error;
mod evm;
mod executor;
mod journal;

pub use attempt::Attempt;
pub use block::{Executed, execute};
pub use call::{CallRequest, call};
pub use env::{Ancestors, Env};
pub use error::{Error, Failure, Unfit};
pub use executor::{Executor, Outcome};
