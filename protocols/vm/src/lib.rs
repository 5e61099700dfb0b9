//! What transactions do: execution of blocks over a state.
//!
//! * [`Executor`]: transactions of one block, one after the other, over a
//!   [`StateView`](troupe_chain::state::StateView); [`Executor::finish`] gives the difference and the receipts.
//! * [`execute`]: a whole block as somebody else proposed it.
//! * [`call`]: what a transaction would do, for questions that change nothing; [`Executor::pretend`], what several would
//!   do one after the other.
//!
//! * [`Observer`]: sees each instruction, call, touch and write, for traces.
//! * [`Vm`]: what all executions of a process share, and the [`Native`] contracts of its chain.
//!
//! Contracts are code of Ethereum's machine (Cancun, with the precompiled contracts of EIP-2537 and the floor
//! of EIP-7623) or modules of WebAssembly, of our convention or of PlatON's; they call and make each other. The call stack, the stack of words
//! and rare instructions are the `evm` package's, the engine of modules is `troupe-wasm`; what both work on is
//! one journal. Its answers cannot say that a state could not be read, so the journal remembers the first such
//! error, and the whole result is thrown away for it: a store that fails never looks like an empty account.
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
mod bridge;
mod call;
mod driver;
mod env;
mod error;
mod executor;
mod frame;
mod journal;
mod memory;
mod message;
mod native;
mod observe;
mod pretend;
mod price;
mod program;
mod shared;
mod table;

pub use attempt::Attempt;
pub use block::{Executed, execute};
pub use call::{CallRequest, call, call_observed};
pub use env::{Ancestors, Env};
pub use error::{Error, Failure, Unfit};
pub use executor::{Executor, Outcome};
pub use native::{
    Follow, Free, MAX_RECORD, Native, NativeCall, NativeHost, RANDOMNESS, REMEMBERED, RecordKey,
    Records, Refusal, record_in, record_words, remembered, word_of_view,
};
pub use observe::{End, Entry, Kind, Observer, Silent, Step};
pub use pretend::{Fee, Pretence};
pub use shared::Vm;
