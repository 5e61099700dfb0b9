//! Transactions: Ethereum's first three types and one of our own.
//!
//! A [`Transaction`] was decoded strictly from its EIP-2718 envelope; its signature is well formed
//! and nothing more. [`recover_all`] finds out who signed, for many at once; a [`Recovered`] is what
//! everything else works with. [`Rules::check`] is what can be said without looking at the state.
//!
//! ```
//! use troupe_chain::transaction::{Recovered, Transaction};
//! use troupe_chain::Invalid;
//! // A blob transaction is refused by name.
//! let error = Transaction::decode(&[3, 0xc0]).unwrap_err();
//! assert_eq!(error.to_string(), "transaction type not supported: blob transactions (EIP-4844)");
//! ```

mod draft;
mod envelope;
mod fields;
mod native;
mod recover;
mod rules;
mod sign;
mod signer;

pub use draft::Draft;
pub use envelope::{Kind, MAX_TRANSACTION, Transaction};
pub use native::{Native, NativeFields};
pub use recover::{Recovered, recover, recover_all};
pub use rules::{Fork, Intrinsic, Rules, intrinsic_gas, intrinsic_gas_of, is_module, makes_module};
pub use sign::Unsigned;
pub use signer::{NoSigner, Signer};

pub use alloy_consensus::{TxEip1559, TxEip2930, TxLegacy};
pub use alloy_eips::eip2930::{AccessList, AccessListItem};
