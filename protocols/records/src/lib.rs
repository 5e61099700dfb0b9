//! What contracts that are a part of the node work on: records by key, balances, and calls with a price.
//!
//! * [`World`]: a state as their rules see it. [`Memory`] is one in memory, a ledger gives others.
//! * [`Key`], [`Table`], [`Stored`]: records, which are values of Rust's types at keys in order.
//! * [`Call`], [`Meter`], [`Stop`], [`read`]: calls by Solidity's ABI, what they cost and how they end.
//! * [`Told`]: what is told to those who look on.
//!
//! It has no rules of its own: those are in the crates above it.
//!
//! ```
//! use troupe_records::{Key, Memory, Stored, Table};
//! let mut world = Memory::default();
//! let key = Key::pair(Table::Delegation, 1, 2);
//! 7u128.save(&mut world, &key);
//! assert_eq!(u128::load(&mut world, &key), Some(7));
//! ```

mod call;
mod key;
mod memory;
mod state;
mod stored;
mod told;

pub use call::{Call, Error, LONGEST_INPUT, Meter, OutOfGas, Stop, read};
pub use key::{Key, Table};
pub use memory::Memory;
pub use state::World;
pub use stored::{MAX_RECORD, Stored};
pub use told::Told;
