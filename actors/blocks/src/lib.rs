//! The actors of a chain: they agree on blocks, execute them and keep them.
//!
//! * `mempool` holds transactions that wait.
//! * `executor` hosts the ledger, makes and executes blocks in the urgent pool, and keeps what is final.
//! * `consensus` hosts the machine that agrees; whatever it says is durable before.
//! * `elector` says who validates in which round, and what that is to this node.
//! * `storage` answers for final blocks and makes state files.
//! * `sync` takes over blocks that others have made final, where consensus does not bring them, and
//!   serves those who do the same. A node without a key sees each block as soon as it is final.
//!
//! [`Chain::open`] restores what a [`Vault`](troupe_vault::Vault) holds; the actors are started one by
//! one and share it. They belong into one group: when one falls all are rebuilt from the vault. They
//! live on one thread and exchange messages; signatures, execution and the disk go to pools.
//! [`Reader`] is how others in the process ask. All who execute share one [`Vm`](troupe_vm::Vm); with
//! [`keeping`] it finds after a restart what was compiled before.

mod chain;
mod compiled;
mod consensus;
mod elector;
mod error;
mod executor;
mod insight;
mod mempool;
mod metrics;
mod offices;
mod peers;
mod pen;
mod reader;
mod restore;
mod saver;
mod shared;
mod storage;
mod sync;
mod watch;

pub use chain::{Chain, Member, Placing};
pub use compiled::keeping;
pub use consensus::{Contradictions, Standing};
pub use error::Error;
pub use executor::{Head, Headed, Prove, StateAt};
pub use mempool::{NextNonce, PoolContent, PoolStatus, Pooled, Submit, Submitted};
pub use offices::Offices;
pub use peers::Seek;
pub use pen::{Pen, Signing, Unsigned};
pub use reader::Reader;
pub use storage::{Earliest, Elected, Find, HeightOf, Past, Search, StoredAt};
pub use watch::Watch;
