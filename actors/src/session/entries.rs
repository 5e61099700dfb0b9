//! The sessions that a compute party remembers.
//!
//! Whoever asks draws a session's id. Nobody but him sees to it that no other task has it, so tasks of a chain are told apart by their
//! numbers there: a party that he has had in one task could be kept out of another by it.

use super::entry::{Entry, Life};
use std::collections::BTreeMap;
use troupe_learning::Task;
use troupe_types::{Hash, Millis, NodeId, SessionId};

/// How long the end of a session can be asked for.
const MEMORY_OF_ENDS: Millis = Millis::secs(600);
/// How many ends are remembered.
const MOST_ENDS: usize = 1_024;

/// Sessions by their ids and the numbers of their tasks.
#[derive(Default)]
pub(super) struct Entries(BTreeMap<(SessionId, u64), Entry>);

fn key(task: &Task) -> (SessionId, u64) {
    (task.session, task.number)
}

impl Entries {
    /// What is remembered of a task.
    pub(super) fn of(&self, task: &Task) -> Option<&Entry> {
        self.0.get(&key(task))
    }

    /// Remembers it by the number that it has now.
    pub(super) fn insert(&mut self, session: SessionId, entry: Entry) {
        self.0.insert((session, entry.number), entry);
    }

    pub(super) fn remove(&mut self, task: &Task) -> Option<Entry> {
        self.0.remove(&key(task))
    }

    fn of_session(&self, session: SessionId) -> impl Iterator<Item = &Entry> {
        self.0.range((session, 0)..=(session, u64::MAX)).map(|(_, entry)| entry)
    }

    /// The session of a task with this hash.
    pub(super) fn at(&self, (session, hash): (SessionId, Hash)) -> Option<&Entry> {
        self.of_session(session).find(|entry| entry.hash == hash)
    }

    pub(super) fn at_mut(&mut self, (session, hash): (SessionId, Hash)) -> Option<&mut Entry> {
        let mut all = self.0.range_mut((session, 0)..=(session, u64::MAX));
        all.find_map(|(_, entry)| (entry.hash == hash).then_some(entry))
    }

    /// What a receiver means by a session of his: one that is not over, the last one.
    pub(super) fn of_receiver(&self, session: SessionId, receiver: NodeId) -> Option<&Entry> {
        let his = self.of_session(session).filter(|entry| entry.receiver == receiver);
        his.max_by_key(|entry| !matches!(entry.life, Life::Over { .. }))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (SessionId, &Entry)> {
        self.0.iter().map(|((session, _), entry)| (*session, entry))
    }

    /// All but what is remembered of this task.
    pub(super) fn beside(&self, task: Option<(SessionId, u64)>) -> impl Iterator<Item = &Entry> {
        self.0.iter().filter(move |(key, _)| Some(**key) != task).map(|(_, entry)| entry)
    }

    /// Ends that are old are remembered no longer, and not more than so many.
    pub(super) fn forget(&mut self, now: Millis) {
        let over = |entry: &Entry| match entry.life {
            Life::Over { since } => Some(since),
            Life::Waiting(_) | Life::Lent(_) | Life::Running { .. } => None,
        };
        let is_old = |entry: &Entry| over(entry).is_some_and(|it| it.plus(MEMORY_OF_ENDS) < now);
        self.0.retain(|_, entry| !is_old(entry));
        let ends = self.0.iter().filter_map(|(key, entry)| Some((over(entry)?, *key)));
        let mut ends: Vec<(Millis, (SessionId, u64))> = ends.collect();
        ends.sort_unstable();
        for (_, key) in ends.iter().take(ends.len().saturating_sub(MOST_ENDS)) {
            self.0.remove(key);
        }
    }
}
