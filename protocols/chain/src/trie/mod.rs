//! Merkle-Patricia tries in memory: many versions of many tries in one [`Forest`].
//!
//! Keys are 32 bytes, hashed by the caller, as Ethereum's state uses them ("secure" tries). A root
//! is a counted reference: a change consumes one reference to a root and gives one to the new root.
//! Whoever keeps the old root retains it first; versions then share all that they have in common.
//!
//! Nodes live in arenas. What a parent has to know of a child to be hashed (its *reference*: a hash,
//! or the child's encoding where that is shorter) lies in the parent, so that hashing a branch reads
//! one piece of memory. A reference that is missing marks the path below as changed; only such
//! paths are hashed again.
// Ethereum yellow paper, appendix D

mod arena;
mod forest;
mod hash;
mod key;
mod node;
mod proof;
mod update;

pub use forest::{Counts, Forest};
pub use hash::EMPTY_ROOT;
pub use key::Key;
pub use node::{NodeId, Value};
pub use update::Change;
