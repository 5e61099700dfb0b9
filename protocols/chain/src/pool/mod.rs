//! Transactions that wait for a block.
//!
//! A sender's transactions are *executable* as far as they follow its nonce without a gap and are paid
//! for by its balance together; the others are *queued*. Blocks are filled from the executable ones, the
//! best tip first, each sender's in order. When the pool is full, what is worth least goes: queued ones
//! first, then what senders have beyond the few that each is promised room for, then the rest; of one
//! sender always the highest nonce. What
//! a transaction is worth is the least tip on the way to it, since nothing behind a cheap one can
//! be had without it.
//!
//! ```
//! use alloy_primitives::{TxKind, U256};
//! use troupe_chain::pool::{Limits, Pool, Sender, Wanted};
//! use troupe_chain::transaction::{Transaction, TxEip1559, Unsigned, recover};
//! use troupe_crypto::ecdsa::SecretKey;
//! use troupe_types::{Gas, Millis};
//!
//! let secret = SecretKey::from_bytes(&[7; 32]).unwrap();
//! let fields = |nonce| TxEip1559 {
//!     chain_id: 1, nonce, gas_limit: 21_000, max_fee_per_gas: 10, max_priority_fee_per_gas: 2,
//!     to: TxKind::Call([1; 20].into()), ..TxEip1559::default()
//! };
//! let mut pool = Pool::new(Limits::default(), 5);
//! let rich = Sender { nonce: 0, balance: U256::from(1_000_000) };
//! for nonce in [1, 0] {
//!     let signed = Transaction::sign(Unsigned::DynamicFee(fields(nonce)), &secret).unwrap();
//!     pool.insert(recover(signed).unwrap(), rich, Millis(0)).unwrap();
//! }
//! let best = pool.best(&Wanted { gas: Gas(30_000_000), ..Wanted::default() });
//! assert_eq!(best.iter().map(|tx| tx.transaction().nonce()).collect::<Vec<_>>(), [0, 1]);
//! ```

mod account;
mod check;
mod content;
mod evict;
mod fees;
mod insert;
mod limits;
mod select;
mod state;

pub use account::Sender;
pub use content::Status;
pub use insert::Inserted;
pub use limits::Limits;
pub use select::Wanted;
pub use state::Pool;
