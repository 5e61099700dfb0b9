//! What a chain is made of: transactions, blocks, the state that they change; who waits and who is behind.
//!
//! * [`transaction`]: Ethereum's first three types and one of our own, read strictly, their senders
//!   recovered in batches, refused in the words that Ethereum's clients know.
//! * [`block`]: headers, bodies, receipts, ordered roots, the base fee; [`genesis`]: the first of them.
//! * [`state`]: accounts and storage as a flat map under difference layers, and as tries that give the
//!   root and proofs; every uncommitted block has its own, dropped as cheaply as it was made.
//!   [`trie`]: those tries, any number of versions of them in memory.
//! * [`pool`]: transactions that wait, and which of them fill a block; [`gossip`]: who is told of them.
//! * [`sync`]: catching up with committed blocks, as a [machine](troupe_wire::Machine); [`message`]: what
//!   crosses between processes for it and for the pool.
//!
//! * [`errand`]: transactions of an account of our own, until they are in a block.
//! * [`frames`]: files that carry blocks, or a state, from one place to another; [`snapshot`]: a state in pieces
//!   that are checked one by one; [`search`]: blocks by what is in them.
//!
//! It does not execute: what a transaction does to the state is for the layer above to say, which
//! reads a [`state::StateView`] and hands in [`state::Changes`]. It does not agree: proofs that a
//! block is committed and evidence of misbehaviour are bytes here. And it stores nothing: changes,
//! blocks, receipts and pieces of the flat state have strict encodings for whoever does.
//!
//! Prices are in von per gas, balances in von (10^18 of them are one LAT), times in milliseconds.
//!
//! ```
//! use alloy_primitives::U256;
//! use std::{collections::BTreeMap, sync::Arc};
//! use troupe_chain::genesis::{Allocation, Genesis, Term, Validator};
//! use troupe_chain::state::{Flat, State, StateView};
//! use troupe_crypto::sr25519::SecretKey;
//! use troupe_types::{Address, Epoch, Gas, Height, NodeId, UnixMillis};
//! use troupe_wire::Sequential;
//!
//! // A chain of one validator and one rich account.
//! let rich = Address([7; 20]);
//! let vrf = SecretKey::from_seed(&[1; 32]).public_key().to_bytes();
//! let (node, address) = (NodeId([1; 32]), Address([1; 20]));
//! let validator = Validator { node, key: vec![1; 48], vrf, address };
//! let balance = U256::from(10).pow(U256::from(18));
//! let genesis = Genesis {
//!     chain_id: 1_120_260,
//!     time: UnixMillis(1_700_000_000_000),
//!     gas_limit: Gas(30_000_000),
//!     base_fee: 1_000,
//!     base_fee_floor: 7,
//!     blocks_per_view: 10,
//!     election_distance: 20,
//!     terms: vec![Term { from: Epoch(0), validators: vec![validator] }],
//!     is_staked: false,
//!     alloc: BTreeMap::from([(rich, Allocation { balance, ..Allocation::default() })]),
//! };
//! let (block, changes) = genesis.build(&Sequential).unwrap();
//!
//! // Its state, flat and as a trie with the root that the block has.
//! let mut state = State::new(Arc::new(Flat::default()), Height::ZERO, Default::default());
//! let sealed = state.seal(Default::default(), changes, &Sequential).unwrap();
//! assert_eq!(sealed.root(), block.header().state_root);
//! state.insert(block.hash(), sealed).unwrap();
//! let account = state.view(block.hash()).unwrap().account(&rich).unwrap();
//! assert_eq!(account.map(|account| account.balance), Some(balance));
//! ```

pub mod block;
pub mod errand;
mod error;
pub mod frames;
pub mod genesis;
pub mod gossip;
pub mod light;
pub mod message;
pub mod pool;
mod rlp;
pub mod search;
pub mod snapshot;
pub mod state;
pub mod sync;
pub mod transaction;
pub mod trie;

pub use block::{Block, Header};
pub use error::{Error, Invalid, Unsupported};
pub use genesis::Genesis;
pub use pool::Pool;
pub use transaction::{Recovered, Transaction};
