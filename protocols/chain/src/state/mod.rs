//! The state: accounts, their storage, their code.
//!
//! Two forms of it are kept. The *flat* form is what is read and stored: a map from [`FlatKey`] to
//! bytes, under difference layers ([`Changes`], [`Layers`]) for blocks that are not flushed yet. The
//! *trie* form ([`StateTrie`]) gives the root that a header commits to, and proofs. [`State`] moves both
//! by one block at a time.
//!
//! Reads return a `Result`: a database that cannot answer must never look like a zero balance.
//!
//! ```
//! use std::sync::Arc;
//! use troupe_chain::state::{Account, Changes, Flat, State, StateView};
//! use troupe_types::{Address, Hash, Height};
//! use troupe_wire::Sequential;
//!
//! // An empty chain, and a block that gives somebody seven von.
//! let genesis = Hash([1; 32]);
//! let mut state = State::new(Arc::new(Flat::default()), Height::ZERO, genesis);
//! let mut changes = Changes::default();
//! let rich = Account { balance: alloy_primitives::U256::from(7), ..Account::default() };
//! changes.accounts.insert(Address([2; 20]), Some(rich));
//! let sealed = state.seal(genesis, changes, &Sequential).unwrap();
//! let (root, block) = (sealed.root(), Hash([3; 32]));
//! state.insert(block, sealed).unwrap();
//!
//! // Seen from the block it is there, seen from its parent it is not; dropping the block undoes it.
//! assert_eq!(state.view(block).unwrap().account(&Address([2; 20])).unwrap(), Some(rich));
//! assert_eq!(state.view(genesis).unwrap().account(&Address([2; 20])).unwrap(), None);
//! state.discard(block);
//! assert!(state.view(block).is_err());
//! assert_ne!(root, troupe_chain::trie::EMPTY_ROOT);
//! ```

mod account;
mod changes;
mod codec;
mod file;
mod flat;
mod key;
mod layered;
mod layers;
mod ledger;
mod proof;
mod rebuild;
pub(crate) mod tree;
mod view;

pub use account::{Account, Code, EMPTY_CODE, Slot};
pub use changes::{Changes, Edit};
pub use codec::{MAX_CHANGES, MAX_CODE};
pub use file::{Chunk, MAX_CHUNK};
pub use flat::Flat;
pub use key::FlatKey;
pub use layered::Layered;
pub use layers::{Layers, Pin};
pub use ledger::{Sealed, State};
pub use proof::{AccountProof, SlotProof, prove_flat};
pub use rebuild::{Progress, Rebuild};
pub use tree::{Root, StateTrie};
pub use view::{Base, ReadError, StateScan, StateView, above, next_over};
