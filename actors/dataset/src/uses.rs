//! A durable record of every use of the data: who, for which session, when.
//!
//! It is on the disk before the first byte of a use leaves. A session that is in it is never served again, also after a
//! restart: fresh shares of the same rows for the same session would let whoever kept the first ones compare. And it
//! counts: a policy may end after so many uses. A use of which nothing came, because another owner never let the parties
//! start, counts no longer.

use bincode::{Decode, Encode};
use std::collections::BTreeMap;
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

/// A record of the file.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
enum Entry {
    Used(Use),
    /// Nothing left for this session.
    Returned(SessionId),
}

/// What was served before.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    /// Of which data set, while that counts.
    sessions: BTreeMap<SessionId, Option<Text<64>>>,
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
            let entry: Entry = codec::decode(payload, Limit::KiB1)
                .map_err(|error| Fault::Fatal(format!("{FILE}: {error}")))?;
            match entry {
                Entry::Used(one) => _ = uses.count(&one),
                Entry::Returned(session) => _ = uses.forget(session),
            }
        }
        if used < bytes.len() {
            tracing::warn!(file = FILE, torn = bytes.len() - used, "torn tail removed");
            disk.truncate(FILE, used as u64).map_err(failed)?;
        }
        Ok(uses)
    }

    /// Notes a use; the bytes to persist, or `None` when the session was served before.
    pub(crate) fn note(&mut self, one: &Use) -> Option<Vec<u8>> {
        self.count(one).then(|| Entry::Used(one.clone()).framed())
    }

    /// Notes that nothing came of a use; the bytes to persist, or `None` where it does not count.
    pub(crate) fn give_back(&mut self, session: SessionId) -> Option<Vec<u8>> {
        self.forget(session).then(|| Entry::Returned(session).framed())
    }

    /// Whether a session was served.
    pub(crate) fn has(&self, session: SessionId) -> bool {
        self.sessions.contains_key(&session)
    }

    /// How often a data set was used.
    pub(crate) fn of(&self, dataset: &str) -> u64 {
        self.counts.get(dataset).copied().unwrap_or(0)
    }

    fn count(&mut self, one: &Use) -> bool {
        let is_new = !self.has(one.session);
        if is_new {
            self.sessions.insert(one.session, Some(one.dataset.clone()));
            *self.counts.entry(one.dataset.to_string()).or_default() += 1;
        }
        is_new
    }

    /// The session is not served again even so.
    fn forget(&mut self, session: SessionId) -> bool {
        let Some(dataset) = self.sessions.get_mut(&session).and_then(Option::take) else {
            return false;
        };
        if let Some(count) = self.counts.get_mut(&*dataset) {
            *count = count.saturating_sub(1);
        }
        true
    }
}

impl Entry {
    fn framed(&self) -> Vec<u8> {
        record(&codec::encode(self, Limit::KiB1).expect("a use is far below a KiB"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_came_of_counts_no_longer_and_is_not_served_again() {
        let mut uses = Uses::default();
        let one = |number: u8| Use {
            session: SessionId([number; 16]),
            requester: NodeId([1; 32]),
            agreement: Hash([2; 32]),
            dataset: Text::new("rows").unwrap(),
            at: UnixMillis(5),
        };
        for number in 0..3 {
            assert!(uses.note(&one(number)).is_some());
        }
        assert!(uses.note(&one(1)).is_none());
        assert!(uses.give_back(SessionId([1; 16])).is_some());
        assert!(uses.give_back(SessionId([1; 16])).is_none());
        assert!(uses.give_back(SessionId([9; 16])).is_none());
        assert_eq!(uses.of("rows"), 2);
        assert!(uses.note(&one(1)).is_none(), "served once, whatever came of it");
    }

    #[test]
    fn entries_are_read_as_they_were_written_and_no_part_of_them_is_another() {
        let used = Use {
            session: SessionId([3; 16]),
            requester: NodeId([1; 32]),
            agreement: Hash([2; 32]),
            dataset: Text::new("rows").unwrap(),
            at: UnixMillis(5),
        };
        for entry in [Entry::Used(used), Entry::Returned(SessionId([3; 16]))] {
            let bytes = codec::encode(&entry, Limit::KiB1).unwrap();
            assert_eq!(codec::decode::<Entry>(&bytes, Limit::KiB1).unwrap(), entry);
            for cut in 0..bytes.len() {
                assert!(codec::decode::<Entry>(&bytes[..cut], Limit::KiB1).is_err());
            }
        }
    }
}
