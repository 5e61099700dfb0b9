//! The actors of a validator: they agree on blocks, execute them and keep them.
//!
//! * `mempool` holds transactions that wait.
//! * `executor` hosts the ledger, makes and executes blocks in the urgent pool, and keeps what is final.
//! * `consensus` hosts the machine that agrees; whatever it says is durable before.
//!
//! [`Validator::start`] starts the three in one group: when one falls all are rebuilt from the
//! [`Vault`](troupe_vault::Vault), which they share. They live on one thread and exchange messages;
//! signatures, execution and the disk go to the urgent pool.

mod consensus;
mod error;
mod executor;
mod mempool;
mod peers;
mod saver;
mod validator;

pub use error::Error;
pub use executor::{Head, Headed};
pub use mempool::{Submit, Submitted};
pub use validator::Validator;
