//! A durable record of every use of the data: who, for which session, when.
//!
//! It is on the disk before the first share leaves. A session that is in it is never served again,
//! also after a restart: fresh shares of the same rows for the same session would let whoever kept
//! the first ones compare.

use bincode::{Decode, Encode};
use std::collections::BTreeSet;
use troupe_runtime::{Fault, Node, record, records};
use troupe_types::{Hash, NodeId, SessionId, UnixMillis};
use troupe_wire::{Limit, Text, codec};

/// The file.
pub(super) const FILE: &str = "uses";

/// One use of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct Use {
    pub(super) session: SessionId,
    pub(super) requester: NodeId,
    pub(super) agreement: Hash,
    pub(super) dataset: Text<64>,
    pub(super) at: UnixMillis,
}

/// Sessions that were served before.
#[derive(Debug, Default)]
pub(super) struct Uses(BTreeSet<SessionId>);

impl Uses {
    /// Reads the record; a tail that a crash tore off is removed, damage before it is a fault.
    pub(super) fn load(node: &Node) -> Result<Self, Fault> {
        let Some(disk) = node.disk() else {
            return Err(Fault::Fatal(
                "a data owner needs a disk for its record of uses".to_owned(),
            ));
        };
        let failed = |error: std::io::Error| Fault::Storage(format!("{FILE}: {error}"));
        let bytes = disk.read(FILE).map_err(failed)?;
        let (payloads, used) = records(&bytes);
        let mut sessions = BTreeSet::new();
        for payload in payloads {
            let one: Use = codec::decode(payload, Limit::KiB1)
                .map_err(|error| Fault::Fatal(format!("{FILE}: {error}")))?;
            sessions.insert(one.session);
        }
        if used < bytes.len() {
            tracing::warn!(file = FILE, torn = bytes.len() - used, "torn tail removed");
            disk.truncate(FILE, used as u64).map_err(failed)?;
        }
        Ok(Self(sessions))
    }

    /// Notes a use; the bytes to persist, or `None` when the session was served before.
    pub(super) fn note(&mut self, one: &Use) -> Option<Vec<u8>> {
        let payload = codec::encode(one, Limit::KiB1).expect("a use is far below a KiB");
        self.0.insert(one.session).then(|| record(&payload))
    }
}
