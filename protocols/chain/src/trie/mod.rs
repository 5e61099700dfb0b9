//! Merkle-Patricia tries in memory: many versions of many tries in one [`Forest`].
//!
//! Keys are 32 bytes, hashed by the caller, as Ethereum's state uses them ("secure" tries).
//!
//! Nodes are never changed under a version that has them: an [`Edit`] copies what lies on the way to what
//! it changes, and shares the rest. It writes down which nodes it made and which of its parent's it no
//! longer needs. So a version is dropped by freeing what its edit made ([`Forest::undo`]), and
//! becomes the oldest one by freeing what its edit left behind ([`Forest::settle`]); nothing is
//! counted, and nothing but changed nodes is touched.
//!
//! A trie can be cut into *parts* by weight, each of which a [`Walk`] from the root vouches for alone.
//!
//! What a parent has to know of a child to be hashed (its *reference*: a hash, or the child's encoding
//! where that is shorter) lies in the parent, so that hashing a branch reads one piece of memory. A
//! reference that is missing marks the path below as changed; only such paths are hashed again.
// Ethereum yellow paper, appendix D

mod arena;
mod forest;
mod hash;
mod key;
mod node;
mod part;
mod path;
mod proof;
mod update;
mod walk;

pub use forest::{Counts, Edit, Forest};
pub use hash::EMPTY_ROOT;
pub use key::Key;
pub use node::{NodeId, Value};
pub use path::Path;
pub use update::Change;
pub use walk::{MAX_NODE, MAX_NODES, Passed, Walk};
