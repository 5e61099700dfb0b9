//! A running hash over everything that happens, in the order in which it happens: two runs with the
//! same hash did the same.

use crate::node::Audit;
use crate::sim::wheel::{NANOS_PER_MILLI, Nanos, Wheel};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use troupe_types::Hash;

/// Records that wait for the hash function, so that it is called once for many.
const GATHERED: usize = 8 << 10;

/// Watches a whole world.
#[derive(Debug, Clone, Default)]
pub struct Auditor(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    hasher: Sha256,
    gathered: Vec<u8>,
    counts: Counts,
    journal: VecDeque<Entry>,
    journal_length: usize,
}

/// How much happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Messages that actors handled.
    pub ran: u64,
    /// Messages and answers that arrived over the network.
    pub crossed: u64,
    /// Bytes of their bodies.
    pub crossed_bytes: u64,
    /// Starts, crashes, cuts and the like.
    pub turns: u64,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When, in nanoseconds since the world began.
    pub at: u64,
    /// The node it happened to.
    pub node: usize,
    /// What it was.
    pub what: What,
}

/// See [`Entry`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// An actor handled a message.
    Ran {
        /// The actor's kind.
        actor: &'static str,
        /// The message's name.
        message: &'static str,
    },
    /// A body arrived over the network.
    Crossed {
        /// The node that sent it.
        from: usize,
        /// The service addressed, or what else it was.
        service: &'static str,
        /// The message's tag.
        tag: u16,
        /// The length of its body in bytes.
        length: usize,
    },
    /// Something happened to the node as a whole.
    Turn(&'static str),
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (millis, rest) = (self.at / NANOS_PER_MILLI, self.at % NANOS_PER_MILLI);
        write!(f, "{millis}.{rest:06} ms  node {:<3} ", self.node)?;
        match &self.what {
            What::Ran { actor, message } => write!(f, "{actor} ran {message}"),
            What::Crossed { from, service, tag, length } => {
                write!(f, "got {service}/{tag} from node {from}, {length} bytes")
            }
            What::Turn(turn) => f.write_str(turn),
        }
    }
}

impl Auditor {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the last `length` entries for people to read.
    pub(crate) fn keep(&self, length: usize) {
        self.lock().journal_length = length;
    }

    /// The hash of everything so far.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let inner = self.lock();
        let digest = inner.hasher.clone().chain_update(&inner.gathered).finalize();
        Hash(digest.into())
    }

    /// How much happened so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// The last entries, oldest first; as many as were asked to be kept.
    #[must_use]
    pub fn journal(&self) -> Vec<Entry> {
        self.lock().journal.iter().cloned().collect()
    }

    pub(crate) fn turned(&self, at: Nanos, node: usize, turn: &'static str) {
        let mut inner = self.lock();
        inner.counts.turns += 1;
        inner.write(at, node, 0, &[turn.as_bytes()]);
        inner.note(|| Entry { at, node, what: What::Turn(turn) });
    }

    pub(crate) fn crossed(
        &self,
        at: Nanos,
        (from, to): (usize, usize),
        (service, tag): (&'static str, u16),
        body: &[u8],
    ) {
        let mut inner = self.lock();
        inner.counts.crossed += 1;
        inner.counts.crossed_bytes += body.len() as u64;
        let sender = (from as u64).to_le_bytes();
        inner.write(at, to, 1, &[&sender, service.as_bytes(), &tag.to_le_bytes(), body]);
        let what = What::Crossed { from, service, tag, length: body.len() };
        inner.note(|| Entry { at, node: to, what });
    }

    fn ran(&self, at: Nanos, node: usize, actor: &'static str, message: &'static str) {
        let mut inner = self.lock();
        inner.counts.ran += 1;
        inner.write(at, node, 2, &[actor.as_bytes(), message.as_bytes()]);
        inner.note(|| Entry { at, node, what: What::Ran { actor, message } });
    }
}

impl Inner {
    /// Every part goes in with its length, so that no two records have one encoding.
    fn write(&mut self, at: Nanos, node: usize, sort: u8, parts: &[&[u8]]) {
        self.gathered.extend(at.to_le_bytes());
        self.gathered.extend((node as u64).to_le_bytes());
        self.gathered.push(sort);
        for part in parts {
            self.gathered.extend((part.len() as u64).to_le_bytes());
            self.gathered.extend(*part);
        }
        if self.gathered.len() >= GATHERED {
            self.hasher.update(&self.gathered);
            self.gathered.clear();
        }
    }

    fn note(&mut self, entry: impl FnOnce() -> Entry) {
        if self.journal_length == 0 {
            return;
        }
        if self.journal.len() == self.journal_length {
            self.journal.pop_front();
        }
        self.journal.push_back(entry());
    }
}

/// Reports one node's messages to the auditor.
pub(crate) struct Witness {
    pub(crate) auditor: Auditor,
    pub(crate) wheel: Arc<Wheel>,
    pub(crate) node: usize,
}

impl Audit for Witness {
    /// The node's own time may be skewed, so the world's is recorded.
    fn ran(&self, _nanos: u64, actor: &'static str, message: &'static str) {
        self.auditor.ran(self.wheel.nanos(), self.node, actor, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_depends_on_every_part_and_on_the_order() {
        let hash = |story: &dyn Fn(&Auditor)| {
            let auditor = Auditor::default();
            story(&auditor);
            auditor.hash()
        };
        let told = hash(&|a| a.crossed(5, (1, 2), ("s", 3), b"xy"));
        assert_eq!(told, hash(&|a| a.crossed(5, (1, 2), ("s", 3), b"xy")));
        let others = [
            hash(&|a| a.crossed(6, (1, 2), ("s", 3), b"xy")),
            hash(&|a| a.crossed(5, (0, 2), ("s", 3), b"xy")),
            hash(&|a| a.crossed(5, (1, 0), ("s", 3), b"xy")),
            hash(&|a| a.crossed(5, (1, 2), ("t", 3), b"xy")),
            hash(&|a| a.crossed(5, (1, 2), ("s", 4), b"xy")),
            hash(&|a| a.crossed(5, (1, 2), ("s", 3), b"xz")),
            hash(&|a| a.ran(5, 2, "s", "xy")),
            hash(&|a| a.turned(5, 2, "s")),
        ];
        assert!(others.iter().all(|other| *other != told));
        let forth = hash(&|a| {
            a.turned(1, 1, "a");
            a.turned(1, 2, "a");
        });
        let back = hash(&|a| {
            a.turned(1, 2, "a");
            a.turned(1, 1, "a");
        });
        assert_ne!(forth, back);
    }

    #[test]
    fn gathering_records_changes_no_hash() {
        let (auditor, mut whole) = (Auditor::default(), Sha256::new());
        for at in 0..2_000u64 {
            auditor.ran(at, 7, "actor", "message");
            whole.update(at.to_le_bytes());
            whole.update(7u64.to_le_bytes());
            whole.update([2]);
            for part in ["actor", "message"] {
                whole.update((part.len() as u64).to_le_bytes());
                whole.update(part);
            }
        }
        assert_eq!(auditor.hash(), Hash(whole.finalize().into()));
    }

    #[test]
    fn the_journal_keeps_the_last_entries() {
        let auditor = Auditor::default();
        auditor.turned(1, 0, "unseen");
        auditor.keep(2);
        (2..5).for_each(|at| auditor.turned(at, 0, "seen"));
        let kept: Vec<u64> = auditor.journal().iter().map(|entry| entry.at).collect();
        assert_eq!(kept, [3, 4]);
        assert_eq!(auditor.journal()[0].to_string(), "0.000003 ms  node 0   seen");
    }
}
