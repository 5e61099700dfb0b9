//! What a store is told at its start.

use super::Boot;
use crate::Commit;
use crate::log::Identity;
use std::sync::Arc;
use troupe_types::{Bytes, Hash};

/// Whether blocks stay readable for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// Blocks that neither of two state files needs go.
    Pruned,
    /// All blocks stay. Each start reads the whole log.
    Kept,
}

/// Finds what else is looked up of a block, as the hashes of its transactions.
pub trait Derive: Send + Sync {
    /// Keys and values that follow from a block alone. Asked for when it is committed, when the index
    /// is rebuilt, and when the block goes.
    fn entries(&self, commit: &Commit) -> Vec<(Vec<u8>, Vec<u8>)>;

    /// Which rule this is: an index that another one filled is filled again.
    fn rule(&self) -> u32 {
        0
    }
}

/// The settings of a store.
#[derive(Clone)]
pub struct Settings {
    /// Whose log it is. The salt counts only for a log that is begun: take a random number.
    pub identity: Identity,
    /// The boot of the machine this process runs in.
    pub boot: Boot,
    /// How long a segment of the log grows; 64 MiB by default.
    pub segment: Bytes,
    /// After how much log a state file is due; 256 MiB by default.
    pub state_every: Bytes,
    /// How much may wait in memory for the index while the store is opened; 16 MiB by default.
    pub pending: Bytes,
    /// How many blocks below the last one stay at least, whatever state files say: contracts may ask for
    /// the hashes of 256, and get the same answer on every node. 1,024 by default.
    pub blocks: u64,
    /// Whether all blocks stay; pruned by default.
    pub history: History,
    /// What else is looked up; nothing by default.
    pub derive: Option<Arc<dyn Derive>>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the salt: who knows it can make records.
        let Self { segment, state_every, history, .. } = self;
        write!(f, "Settings({}, {segment}, {state_every}, {history:?})", self.identity.chain)
    }
}

impl Settings {
    /// The defaults, for a chain.
    #[must_use]
    pub fn new(chain: Hash, salt: u32, boot: Boot) -> Self {
        Self {
            identity: Identity { chain, salt },
            boot,
            segment: Bytes::mib(64),
            state_every: Bytes::mib(256),
            pending: Bytes::mib(16),
            blocks: 1_024,
            history: History::Pruned,
            derive: None,
        }
    }

    /// What is derived, as a number.
    pub(super) fn rule(&self) -> u32 {
        self.derive.as_ref().map_or(0, |derive| derive.rule())
    }
}
