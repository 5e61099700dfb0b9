//! What the process has decided and found out of tasks. The next incarnation of the actor has it too, and of what costs
//! money to forget the next process.

use crate::file::{self, Record};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use troupe_market::duty::Knows;
use troupe_market::message::{Decision, Unseen};
use troupe_market::statement::{Held, MOST_HELD, MOST_SIGNED, Statement};
use troupe_market::task::MAX_PUBLISHED;
use troupe_runtime::{Fault, Node};
use troupe_wire::List;

/// Tasks of which something is kept.
const TASKS: usize = 1_024;
/// Messages that are kept of one.
const MESSAGES: usize = 256;
/// Bytes of messages that are kept of all.
const BYTES: usize = 64 << 20;

/// What is kept. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Decisions(Arc<Mutex<All>>);

#[derive(Debug, Default)]
struct All {
    tasks: BTreeMap<u64, One>,
    bytes: usize,
    is_loaded: bool,
}

#[derive(Debug, Default)]
struct One {
    knows: Knows,
    sent: BTreeMap<(u8, u32), Vec<u8>>,
    /// What was signed, which nothing may contradict that is signed later.
    signed: Vec<Statement>,
}

impl Decisions {
    fn lock(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what an earlier process left, once.
    pub(crate) fn load(&self, node: &Node) -> Result<(), Fault> {
        if self.lock().is_loaded {
            return Ok(());
        }
        for (task, records) in file::tasks(node)? {
            for record in records {
                let decision = match record {
                    Record::Said(say) => Decision::Say(say),
                    Record::Sent(to, round, message) => {
                        Decision::Sent { to, round, message: message.into_inner() }
                    }
                    Record::Holds(held) => Decision::Holds(held.into_inner()),
                    Record::Missing(of, round) => Decision::Missing { of, round },
                    Record::Signed(signed) => {
                        self.recall(task, signed.into_inner());
                        continue;
                    }
                    Record::Over(_) | Record::Registered => continue,
                };
                // Less than now was let in when it was written.
                if let Err(why) = self.add(task, decision) {
                    tracing::warn!(task, %why, "not all that was said is remembered");
                }
            }
        }
        self.lock().is_loaded = true;
        Ok(())
    }

    /// Takes a decision; what has to be on the disk before anybody relies on it.
    pub(crate) fn add(&self, task: u64, decision: Decision) -> Result<Option<Record>, Unseen> {
        let mut all = self.lock();
        let (got, most) = (all.tasks.len(), TASKS);
        if got >= most && !all.tasks.contains_key(&task) {
            return Err(Unseen::TooMany { what: "tasks", got, most });
        }
        let All { tasks, bytes, .. } = &mut *all;
        let one = tasks.entry(task).or_default();
        let too_many = |what, got, most| Err(Unseen::TooMany { what, got, most });
        // Whoever computed a task once does not do it again.
        if decision == Decision::Able && (one.knows.said.is_some() || !one.signed.is_empty()) {
            return Err(Unseen::Said(task));
        }
        if let Decision::Holds(held) = &decision {
            let is_new = |held: &&Held| !one.knows.held.contains(held);
            let new: Vec<Held> = held.iter().filter(is_new).copied().collect();
            let got = one.knows.held.len().saturating_add(new.len());
            if got > MOST_HELD {
                return too_many("statements of a task", got, MOST_HELD);
            }
            one.knows.add(&decision);
            let new = List::new(new).ok().filter(|new| !new.is_empty());
            return Ok(new.map(Record::Holds));
        }
        let Decision::Sent { to, round, message } = decision else {
            let (said, missing) = (one.knows.said, one.knows.missing);
            one.knows.add(&decision);
            let is_new = one.knows.said != said;
            if let Some((of, round)) = one.knows.missing.filter(|it| missing != Some(*it)) {
                return Ok(Some(Record::Missing(of, round)));
            }
            return Ok(one.knows.said.filter(|_| is_new).map(Record::Said));
        };
        let got = message.len();
        let Ok(kept) = List::new(message.clone()) else {
            return too_many("bytes of a message", got, MAX_PUBLISHED);
        };
        let before = one.sent.get(&(to, round));
        if before == Some(&message) {
            return Ok(None);
        }
        if before.is_none() && one.sent.len() >= MESSAGES {
            return too_many("messages of a task", one.sent.len(), MESSAGES);
        }
        let after = *bytes - before.map_or(0, Vec::len) + message.len();
        if after > BYTES {
            return too_many("bytes of messages", after, BYTES);
        }
        *bytes = after;
        one.sent.insert((to, round), message);
        Ok(Some(Record::Sent(to, round, kept)))
    }

    /// Takes note of what is about to be signed; what has to be on the disk before it is.
    pub(crate) fn signs(&self, task: u64, new: &[Statement]) -> Result<Option<Record>, Unseen> {
        let mut all = self.lock();
        // Whoever computes has said that it can.
        let one = all.tasks.get_mut(&task).ok_or(Unseen::NotComputing(task))?;
        let mut signed = one.signed.clone();
        for statement in new {
            if signed.iter().any(|before| before.contradicts(statement)) {
                return Err(Unseen::Said(task));
            }
            if !signed.contains(statement) {
                signed.push(*statement);
            }
        }
        let (got, most) = (signed.len(), MOST_SIGNED);
        if got > most {
            return Err(Unseen::TooMany { what: "signatures of a task", got, most });
        }
        if got == one.signed.len() {
            return Ok(None);
        }
        one.signed.clone_from(&signed);
        Ok(List::new(signed).ok().map(Record::Signed))
    }

    /// What an earlier process signed.
    fn recall(&self, task: u64, signed: Vec<Statement>) {
        self.lock().tasks.entry(task).or_default().signed = signed;
    }

    /// Whether anything was ever said of a task.
    pub(crate) fn has(&self, task: u64) -> bool {
        self.lock().tasks.contains_key(&task)
    }

    /// What is known of a task; `None` where nothing was ever said of it.
    pub(crate) fn knows(&self, task: u64) -> Option<Knows> {
        self.lock().tasks.get(&task).map(|one| one.knows.clone())
    }

    /// The chain takes no demand of a message that never came: nobody waits for it any more.
    pub(crate) fn waive(&self, task: u64) {
        if let Some(one) = self.lock().tasks.get_mut(&task) {
            one.knows.missing = None;
        }
    }

    /// What was sent to somebody.
    pub(crate) fn sent(&self, task: u64, to: u8, round: u32) -> Option<Vec<u8>> {
        self.lock().tasks.get(&task)?.sent.get(&(to, round)).cloned()
    }

    /// The tasks of which something is kept.
    pub(crate) fn tasks(&self) -> Vec<u64> {
        self.lock().tasks.keys().copied().collect()
    }

    /// Forgets a task; whether something may be on the disk of it.
    pub(crate) fn forget(&self, task: u64) -> bool {
        let mut all = self.lock();
        let Some(one) = all.tasks.remove(&task) else { return false };
        all.bytes -= one.sent.values().map(Vec::len).sum::<usize>();
        let knows = &one.knows;
        let is_known = knows.said.is_some() || knows.missing.is_some() || !knows.held.is_empty();
        is_known || !one.sent.is_empty() || !one.signed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use troupe_market::duty::Say;
    use troupe_market::statement::{Kind, NOBODY};
    use troupe_types::Hash;

    fn sent(round: u32, bytes: usize) -> Decision {
        Decision::Sent { to: 1, round, message: vec![7; bytes] }
    }

    #[test]
    fn the_first_word_counts_and_goes_to_the_disk() {
        let kept = Decisions::default();
        assert_eq!(kept.add(3, Decision::Able), Ok(None));
        let word = Say::GivesUp(Some(2));
        assert_eq!(kept.add(3, Decision::Say(word)), Ok(Some(Record::Said(word))));
        assert_eq!(kept.add(3, Decision::Say(Say::GivesUp(None))), Ok(None));
        let knows = kept.knows(3).unwrap();
        assert!(knows.is_able && knows.said == Some(word));
        assert!(kept.knows(4).is_none());
        assert!(kept.forget(3) && !kept.forget(3));
    }

    #[test]
    fn nothing_is_signed_that_contradicts_what_was_signed_before() {
        let statement = |kind, hash| Statement {
            kind,
            peer: NOBODY,
            round: 0,
            part: 0,
            hash: Hash([hash; 32]),
        };
        let kept = Decisions::default();
        let (result, other) = (statement(Kind::Result, 1), statement(Kind::Result, 2));
        let transcript = statement(Kind::Transcript, 1);
        assert_eq!(
            kept.signs(3, &[result]),
            Err(Unseen::NotComputing(3)),
            "never said that it can"
        );
        assert_eq!(kept.add(3, Decision::Able), Ok(None));
        assert_eq!(kept.signs(3, &[result, other]), Err(Unseen::Said(3)), "at once");
        let record = |signed: &[Statement]| Record::Signed(List::new(signed.to_vec()).unwrap());
        assert_eq!(kept.signs(3, &[result]), Ok(Some(record(&[result]))));
        assert_eq!(kept.signs(3, &[result]), Ok(None), "it is on the disk");
        assert_eq!(kept.signs(3, &[transcript, other]), Err(Unseen::Said(3)));
        assert_eq!(kept.signs(3, &[transcript]), Ok(Some(record(&[result, transcript]))));
        let many: Vec<Statement> =
            (0..9).map(|round| Statement { round, kind: Kind::Sent, ..result }).collect();
        assert!(matches!(kept.signs(3, &many), Err(Unseen::TooMany { .. })));
        assert_eq!(kept.add(3, Decision::Able), Err(Unseen::Said(3)), "it computed it once");
        assert!(kept.forget(3));
    }

    #[test]
    fn messages_are_bounded_and_what_is_forgotten_makes_room() {
        let kept = Decisions::default();
        let limit = MESSAGES as u32;
        assert!((0..limit).all(|round| kept.add(1, sent(round, MAX_PUBLISHED)).is_ok()));
        assert!(kept.add(1, sent(limit, 1)).is_err(), "too many of one task");
        assert!(kept.add(2, sent(0, MAX_PUBLISHED + 1)).is_err(), "too long");
        let mut task = 2;
        while kept.add(task, sent(0, MAX_PUBLISHED)).is_ok() {
            task += 1;
        }
        assert!(task < 1_024 + 2 || kept.lock().bytes <= BYTES);
        assert_eq!(kept.add(1, sent(0, MAX_PUBLISHED)), Ok(None), "the same again");
        assert!(kept.forget(1));
        assert!(kept.lock().bytes <= BYTES - MESSAGES * MAX_PUBLISHED);
        assert_eq!(kept.sent(2, 1, 0).map(|it| it.len()), Some(MAX_PUBLISHED));
        assert_eq!(kept.sent(2, 0, 0), None);
    }
}
