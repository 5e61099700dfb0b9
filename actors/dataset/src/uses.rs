//! A durable record of every use of the data: who, for which session, when.
//!
//! It is on the disk before the first byte of a use leaves. A session that is in it is never served again, also after a
//! restart: fresh shares of the same rows for the same session would let whoever kept the first ones compare. And it
//! counts: a policy may end after so many uses.

use bincode::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};
use troupe_runtime::{Fault, Node, record, records};
use troupe_types::{Hash, NodeId, SessionId, UnixMillis};
use troupe_wire::{Limit, Text, codec};

/// The file.
pub(crate) const FILE: &str = "uses";

/// One use of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Use {
    pub(crate) session: SessionId,
    pub(crate) requester: NodeId,
    pub(crate) agreement: Hash,
    pub(crate) dataset: Text<64>,
    pub(crate) at: UnixMillis,
}

/// What was served before.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    sessions: BTreeSet<SessionId>,
    /// By data set.
    counts: BTreeMap<String, u64>,
}

impl Uses {
    /// Reads the record; a tail that a crash tore off is removed, damage before it is a fault.
    pub(crate) fn load(node: &Node) -> Result<Self, Fault> {
        let Some(disk) = node.disk() else {
            return Err(Fault::Fatal(
                "a data owner needs a disk for its record of uses".to_owned(),
            ));
        };
        let failed = |error: std::io::Error| Fault::Storage(format!("{FILE}: {error}"));
        let bytes = disk.read(FILE).map_err(failed)?;
        let (payloads, used) = records(&bytes);
        let mut uses = Self::default();
        for payload in payloads {
            let one: Use = codec::decode(payload, Limit::KiB1)
                .map_err(|error| Fault::Fatal(format!("{FILE}: {error}")))?;
            uses.count(&one);
        }
        if used < bytes.len() {
            tracing::warn!(file = FILE, torn = bytes.len() - used, "torn tail removed");
            disk.truncate(FILE, used as u64).map_err(failed)?;
        }
        Ok(uses)
    }

    /// Notes a use; the bytes to persist, or `None` when the session was served before.
    pub(crate) fn note(&mut self, one: &Use) -> Option<Vec<u8>> {
        let payload = codec::encode(one, Limit::KiB1).expect("a use is far below a KiB");
        self.count(one).then(|| record(&payload))
    }

    /// Whether a session was served.
    pub(crate) fn has(&self, session: SessionId) -> bool {
        self.sessions.contains(&session)
    }

    /// How often a data set was used.
    pub(crate) fn of(&self, dataset: &str) -> u64 {
        self.counts.get(dataset).copied().unwrap_or(0)
    }

    fn count(&mut self, one: &Use) -> bool {
        let is_new = self.sessions.insert(one.session);
        if is_new {
            *self.counts.entry(one.dataset.to_string()).or_default() += 1;
        }
        is_new
    }
}
