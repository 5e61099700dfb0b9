//! What an owner remembers of a matching.

use super::result::is_result;
use super::run::Seated;
use crate::table::Table;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Weak};
use troupe_psi::message::{Stage, Status, Task};
use troupe_psi::{Learned, Outcome, Phase, Progress, Side};
use troupe_runtime::{Event, Fault, Node, Traffic};
use troupe_types::{Bytes, Millis, NodeId, SessionId};
use troupe_wire::{Lane, Message, Text};

/// How long a result can be fetched.
const MEMORY_OF_ENDS: Millis = Millis::secs(3_600);
/// How many ends are remembered.
const MOST_ENDS: usize = 64;

/// A matching, running or over.
pub(crate) struct Entry {
    pub(super) task: Task,
    pub(super) side: Side,
    /// The rows that it is about. Others may come under the same name.
    pub(super) table: Weak<Table>,
    pub(super) status: Status,
    pub(super) life: Life,
    /// Memory that it takes: while it runs its machine's, then that of its result.
    pub(super) memory: Bytes,
}

/// How far its life has come.
pub(super) enum Life {
    /// Its items are hashed, and the use is written.
    Preparing,
    Running(Seated),
    Over {
        since: Millis,
        common: Common,
    },
}

/// What this owner learned.
#[derive(Clone)]
pub(super) enum Common {
    Nothing,
    Count(u32),
    Rows(Arc<[u32]>),
}

impl From<Learned> for Common {
    fn from(learned: Learned) -> Self {
        match learned {
            Learned::Nothing => Self::Nothing,
            Learned::Count(count) => Self::Count(count),
            Learned::Rows(rows) | Learned::Aligned { rows, .. } => Self::Rows(rows.into()),
        }
    }
}

impl Common {
    pub(super) fn rows(&self) -> Option<Arc<[u32]>> {
        match self {
            Self::Nothing | Self::Count(_) => None,
            Self::Rows(rows) => Some(Arc::clone(rows)),
        }
    }
}

/// Sent by a matching's child when something changes.
pub(crate) struct News {
    pub(super) session: SessionId,
    pub(super) event: Event<Progress, Outcome, troupe_psi::Error, Infallible>,
}

impl Message for News {
    type Reply = ();
    const NAME: &'static str = "match_news";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::secs(600);
}

/// All matchings of a process.
pub(crate) struct Matchings {
    pub(super) entries: BTreeMap<SessionId, Entry>,
    /// Different keys that were counted, by data set and columns.
    pub(crate) counted: BTreeMap<(String, Vec<String>), u32>,
    /// Results on the disk.
    pub(super) written: usize,
}

impl Matchings {
    pub(crate) fn load(node: &Node) -> Result<Self, Fault> {
        let listed = node.disk().map(|disk| disk.list()).transpose();
        let listed = listed.map_err(|error| Fault::Storage(error.to_string()))?;
        let written = listed.into_iter().flatten().filter(|(name, _)| is_result(name)).count();
        Ok(Self { entries: BTreeMap::new(), counted: BTreeMap::new(), written })
    }

    /// How many run or are about to.
    pub(crate) fn running(&self) -> usize {
        self.alive().count()
    }

    /// Memory that they and their results take.
    pub(crate) fn memory(&self) -> u64 {
        self.entries.values().map(|entry| entry.memory.0).sum()
    }

    fn alive(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values().filter(|entry| !matches!(entry.life, Life::Over { .. }))
    }

    /// The matching, if the asker is its requester.
    pub(super) fn of(&self, session: SessionId, asker: NodeId) -> Option<&Entry> {
        self.entries.get(&session).filter(|entry| entry.task.requester == asker)
    }

    /// Ends an entry; nothing of it runs any more.
    pub(super) fn end(&mut self, session: SessionId, common: Common, stage: Stage, now: Millis) {
        let Some(entry) = self.entries.get_mut(&session) else { return };
        entry.status.stage = stage;
        let rows = common.rows().map_or(0, |rows| rows.len());
        entry.memory = Bytes::of(rows * size_of::<u32>());
        entry.life = Life::Over { since: now, common };
        self.forget(now);
    }

    /// Drops what is too old, and the oldest of what is too much.
    fn forget(&mut self, now: Millis) {
        let mut ends: Vec<(Millis, SessionId)> = self
            .entries
            .iter()
            .filter_map(|(session, entry)| match entry.life {
                Life::Over { since, .. } => Some((since, *session)),
                Life::Preparing | Life::Running(_) => None,
            })
            .collect();
        ends.sort_unstable();
        let surplus = ends.len().saturating_sub(MOST_ENDS);
        for (place, (since, session)) in ends.into_iter().enumerate() {
            if place < surplus || since.plus(MEMORY_OF_ENDS) < now {
                self.entries.remove(&session);
            }
        }
    }
}

impl Entry {
    /// Whether these are the rows that it is about, and not others that have their name now.
    pub(super) fn is_about(&self, table: &Arc<Table>) -> bool {
        std::ptr::eq(self.table.as_ptr(), Arc::as_ptr(table))
    }

    pub(super) const fn is_over(&self) -> bool {
        matches!(self.life, Life::Over { .. })
    }

    /// Notes how far its machine is.
    pub(super) fn progress(&mut self, news: Progress, traffic: Traffic) {
        self.status = progress(news, traffic);
    }
}

/// How far a machine is.
pub(crate) const fn progress(news: Progress, traffic: Traffic) -> Status {
    let stage = match news.phase {
        Phase::Points => Stage::Points,
        Phase::Answers => Stage::Answers,
    };
    let (sent, received) = (Bytes(traffic.sent), Bytes(traffic.received));
    Status { stage, done: news.done, total: news.total, sent, received }
}

/// What is said of a matching that has not begun.
pub(crate) const fn status(stage: Stage) -> Status {
    Status { stage, done: 0, total: 0, sent: Bytes::ZERO, received: Bytes::ZERO }
}

/// Why there is no result.
pub(super) fn failed(why: &str) -> Stage {
    Stage::Failed(Text::cut(why))
}
