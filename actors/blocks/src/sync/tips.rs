//! How far others can be served.
//!
//! The blocks above the last final one that prove it are not final themselves, so they are in no vault:
//! their headers are kept here for as long as that is so.

use super::Advanced;
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::Header;
use troupe_types::{Hash, Height};

/// Headers that are kept at most; a proof has three links where no view fails.
const MOST: usize = 256;

/// Headers above the last final block, and the last block that can be proven to others.
#[derive(Debug, Default)]
pub(super) struct Tips {
    headers: BTreeMap<Hash, Arc<Header>>,
    servable: Option<(Height, Hash)>,
    first: Height,
}

impl Tips {
    /// Headers that were seen in a proof which holds.
    pub(super) fn learn(&mut self, headers: impl IntoIterator<Item = Header>) {
        for header in headers {
            if self.headers.len() < MOST {
                self.headers.insert(header.hash(), Arc::new(header));
            }
        }
    }

    /// A block is final; says whether it can be proven to others.
    pub(super) fn advance(&mut self, advanced: Advanced) -> bool {
        let Advanced { height, hash, proven_by, above, .. } = advanced;
        self.learn(above);
        self.headers.retain(|_, header| header.height > height);
        let is_servable = proven_by.iter().all(|above| self.headers.contains_key(above));
        if is_servable {
            self.servable = Some((height, hash));
        }
        is_servable
    }

    /// What a search in the vault found, unless more is known by now.
    pub(super) fn found(&mut self, first: Height, servable: Option<(Height, Hash)>) {
        self.first = first;
        self.servable = self.servable.max(servable);
    }

    /// The lowest and the highest block that others can have.
    pub(super) fn range(&self) -> Option<(Height, (Height, Hash))> {
        Some((self.first, self.servable?))
    }

    /// What is kept, for a reader elsewhere.
    pub(super) fn headers(&self) -> BTreeMap<Hash, Arc<Header>> {
        self.headers.clone()
    }
}
