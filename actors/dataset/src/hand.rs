//! An owner hands a task to those whom the chain has elected for it.
//!
//! Whoever asks for a task tells the elected of it as well. If it alone did, it could tell only those that it likes: the others would not
//! accept, and the chain would ask reserves in their place, until the parties are to its taste. So every owner that has agreed to
//! a task keeps it until the parties have their seats, looks who has not accepted, and hands it to them. They check it against
//! the chain, whoever it comes from.

use crate::manager::Datasets;
use crate::settle::Market;
use std::collections::BTreeMap;
use troupe_learning::Task;
use troupe_learning::message::Prepare;
use troupe_learning::task::{Seat, nobody};
use troupe_market::message::{Await, Look, Seen, Unseen};
use troupe_market::task::Phase;
use troupe_overlay::message::{Entry, Found, Locate};
use troupe_runtime::{Contact, Cx};
use troupe_types::{Millis, NodeId};
use troupe_wire::{CallError, List, Text};

/// Tasks that are kept at a time, and what they may come to together.
const MOST: usize = 1_024;
const BYTES: usize = 16 << 20;
/// How often a task is handed to one node at most.
const TRIES: u32 = 10;
/// Elected nodes that have less time to accept may not hear of it in time: nothing is agreed to then.
const LEAST_ACCEPT: Millis = Millis::secs(20);
/// Whoever asks for a task is first with it, so long.
const GRACE: Millis = Millis::secs(6);
/// How soon it is looked again who has not accepted; each time a little later, up to a minute.
const PAUSE: Millis = Millis::secs(3);
const LONGEST_PAUSE: Millis = Millis::secs(60);
/// How long a node may take to say that it takes its seat.
const ASSENT: Millis = Millis::secs(8);
/// How long it may take to hear where nodes are.
const PATIENCE: Millis = Millis::secs(3);

/// Tasks that were agreed to, and whose parties do not have their seats yet.
pub(crate) struct Hands {
    /// Who tells where nodes are.
    directories: Vec<NodeId>,
    kept: BTreeMap<u64, Kept>,
    bytes: usize,
}

/// One of them.
struct Kept {
    /// Its parties are nobody.
    task: Task,
    bytes: usize,
    /// How often it was looked who has not accepted.
    looks: u32,
    /// How often it was handed to whom.
    tries: BTreeMap<NodeId, u32>,
}

impl Hands {
    pub(crate) const fn new(directories: Vec<NodeId>) -> Self {
        Self { directories, kept: BTreeMap::new(), bytes: 0 }
    }

    /// Keeps a task that is about to be agreed to; whether it is a new one. What could not be handed over is not agreed to: whoever fills
    /// this would get rid of parties by it.
    fn keep(&mut self, task: &Task) -> Result<bool, String> {
        if self.kept.contains_key(&task.number) {
            return Ok(false);
        }
        let task = Task { parties: nobody(), ..task.clone() };
        let bytes = task.encode().map_err(|error| error.to_string())?.len();
        let (count, all) = (self.kept.len(), self.bytes.saturating_add(bytes));
        if count >= MOST || all > BYTES {
            return Err(format!("{count} tasks wait for their parties already"));
        }
        self.bytes = all;
        let (looks, tries) = (0, BTreeMap::new());
        self.kept.insert(task.number, Kept { task, bytes, looks, tries });
        Ok(true)
    }

    fn forget(&mut self, number: u64) {
        if let Some(kept) = self.kept.remove(&number) {
            self.bytes = self.bytes.saturating_sub(kept.bytes);
        }
    }

    /// A task with those whom the chain has elected, and which of them are told of it now.
    fn due(&mut self, seen: &Seen) -> Option<(Task, Vec<NodeId>)> {
        let kept = self.kept.get_mut(&seen.task.id)?;
        kept.looks = kept.looks.saturating_add(1);
        let parties: Vec<Seat> = seen.nodes.iter().map(|(id, _)| elected(*id)).collect();
        let parties = parties.try_into().ok()?;
        let open = seen.nodes.iter().zip(&seen.task.seats).filter(|(_, seat)| !seat.accepted);
        let mut due = Vec::new();
        for ((id, _), _) in open {
            let tries = kept.tries.entry(*id).or_default();
            if *tries < TRIES {
                *tries += 1;
                due.push(*id);
            }
        }
        Some((Task { parties, ..kept.task.clone() }, due))
    }

    /// When it is looked again.
    fn pause(&self, seen: &Seen) -> Millis {
        let looks = self.kept.get(&seen.task.id).map_or(0, |kept| kept.looks);
        let pause = PAUSE.0.saturating_mul(u64::from(looks / 5).saturating_add(1));
        Millis(pause).at_most(LONGEST_PAUSE).at_most(part(seen))
    }

    /// Whom to ask where nodes are: another one each time.
    fn directory(&self, number: u64) -> Option<NodeId> {
        let looks = self.kept.get(&number).map_or(0, |kept| kept.looks as usize);
        self.directories.get(looks.checked_rem(self.directories.len())?).copied()
    }
}

/// A seat of which nobody knows yet which process computes, and where.
fn elected(id: NodeId) -> Seat {
    Seat { id, address: Text::default(), deputy: None }
}

/// A part of the time that the elected have, after which there is enough left of it.
const fn part(seen: &Seen) -> Millis {
    Millis(seen.task.spans.accept_ / 5)
}

/// That the elected have the time to hear of a task from an owner, whoever else tells them nothing.
pub(crate) fn may_hear(seen: &Seen) -> Result<(), String> {
    let (got, least) = (Millis(seen.task.spans.accept_), LEAST_ACCEPT);
    if got >= least {
        return Ok(());
    }
    Err(format!("on the chain there are {got} for accepting, {least} is the least"))
}

impl Datasets {
    /// A task that is declared is about to be agreed to. It is handed to those who are elected for it, if the chain comes to that.
    pub(crate) fn keep_for_elected(
        &mut self,
        task: &Task,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), String> {
        if self.hands.keep(task)? {
            self.await_election(task.number, Millis::ZERO, cx);
        }
        Ok(())
    }

    fn await_election(&self, number: u64, pause: Millis, cx: &mut Cx<'_, Self>) {
        // Out of the call that is being handled, whose time is short.
        cx.after(pause, move |datasets, cx| {
            let Some(Market { wait, .. }) = &datasets.market else { return Ok(()) };
            let elected = Await { task: number, phase: Phase::Accept };
            cx.ask(&wait.clone(), elected, move |datasets, seen, cx| {
                if let Some(seen) = datasets.accepting(number, seen, cx) {
                    datasets.look_later(number, GRACE.at_most(part(&seen)), cx);
                }
                Ok(())
            });
            Ok(())
        });
    }

    fn look_later(&self, number: u64, pause: Millis, cx: &mut Cx<'_, Self>) {
        cx.after(pause, move |datasets, cx| {
            let Some(Market { look, .. }) = &datasets.market else { return Ok(()) };
            cx.ask(&look.clone(), Look(number), move |datasets, seen, cx| {
                if let Some(seen) = datasets.accepting(number, seen, cx) {
                    datasets.hand(&seen, cx);
                    datasets.look_later(number, datasets.hands.pause(&seen), cx);
                }
                Ok(())
            });
            Ok(())
        });
    }

    /// What the chain says of a task whose elected may accept now. One that is further is forgotten; where the chain is not seen, it is asked
    /// again.
    fn accepting(
        &mut self,
        number: u64,
        seen: Result<Result<Seen, Unseen>, CallError>,
        cx: &mut Cx<'_, Self>,
    ) -> Option<Seen> {
        match seen {
            Ok(Ok(seen)) if seen.task.phase == Phase::Accept as u8 => return Some(seen),
            Ok(Ok(seen)) if seen.task.phase < Phase::Accept as u8 => {
                self.await_election(number, PAUSE, cx);
            }
            Ok(Ok(_) | Err(Unseen::NoTask(_))) => self.hands.forget(number),
            Ok(Err(_)) | Err(_) => self.await_election(number, PAUSE, cx),
        }
        None
    }

    /// Finds out where those are who have not accepted, and hands them the task.
    fn hand(&mut self, seen: &Seen, cx: &mut Cx<'_, Self>) {
        let Some((task, due)) = self.hands.due(seen) else { return };
        let directory = self.hands.directory(task.number);
        let directory = directory.and_then(|id| cx.node().remote::<Locate>(id).ok());
        match (directory, List::new(due.clone())) {
            (Some(directory), Ok(sought)) if !due.is_empty() => {
                cx.ask_within(&directory, Locate(sought), PATIENCE, move |_, found, cx| {
                    // Who is connected is reached without it.
                    found.into_iter().for_each(|found| learn(found, cx));
                    tell(&task, &due, cx);
                    Ok(())
                });
            }
            _ => tell(&task, &due, cx),
        }
    }
}

/// Remembers where processes are. Who answers there has to prove that he is the one.
fn learn(Found(entries): Found, cx: &Cx<'_, Datasets>) {
    let contact = |entry: &Entry| Contact { id: entry.id, address: entry.address.to_string() };
    if let Some(transport) = cx.node().transport() {
        transport.learn(entries.iter().map(contact).collect());
    }
}

fn tell(task: &Task, due: &[NodeId], cx: &mut Cx<'_, Datasets>) {
    for id in due {
        let Ok(link) = cx.node().remote::<Prepare>(*id) else { continue };
        let (number, party) = (task.number, id.short());
        cx.ask_within(&link, Prepare(task.clone()), ASSENT, move |_, answer, _| {
            tracing::info!(task = number, party, ?answer, "handed to an elected node");
            Ok(())
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use troupe_learning::task::{Deadlines, Engine, Kind, Layout, Question, Wanted};
    use troupe_types::SessionId;

    fn task(number: u64, questions: usize) -> Task {
        let formula = "x".repeat(1_000);
        let wanted = Wanted {
            receiver: 0,
            name: Text::default(),
            question: Question::Formula(Text::new(formula).unwrap()),
        };
        let second = Millis::secs(1);
        Task {
            session: SessionId([1; 16]),
            chain: 7,
            number,
            parties: nobody(),
            owners: List::default(),
            receivers: List::default(),
            layout: Layout::Aligned,
            engine: Engine::Malicious,
            kind: Kind::Statistics(List::new(vec![wanted; questions]).unwrap()),
            within: Deadlines { inputs: second, computing: second, revealing: second },
        }
    }

    #[test]
    fn what_is_kept_is_bounded_in_number_and_in_bytes_and_whoever_comes_late_pushes_nothing_out() {
        let mut hands = Hands::new(Vec::new());
        let small = (0..).take_while(|number| hands.keep(&task(*number, 0)) == Ok(true)).count();
        assert_eq!(small, MOST);
        assert_eq!(hands.keep(&task(3, 0)), Ok(false), "the same again");
        assert!(hands.keep(&task(5_000, 0)).is_err() && !hands.kept.contains_key(&5_000));
        hands.forget(3);
        assert_eq!(hands.keep(&task(5_000, 0)), Ok(true));
        (0..=5_000).for_each(|number| hands.forget(number));
        assert_eq!((hands.kept.len(), hands.bytes), (0, 0));

        let large = (0..).take_while(|number| hands.keep(&task(*number, 60)) == Ok(true)).count();
        assert!(large < MOST && large * 60_000 <= BYTES && (large + 1) * 65_000 > BYTES, "{large}");
        assert!(hands.bytes <= BYTES);
    }

    #[test]
    fn directories_are_asked_in_turn() {
        let ids: Vec<NodeId> = (1..4).map(|id| NodeId([id; 32])).collect();
        let mut hands = Hands::new(ids.clone());
        assert_eq!(hands.keep(&task(3, 0)), Ok(true));
        for looks in 0..7 {
            hands.kept.get_mut(&3).unwrap().looks = looks;
            assert_eq!(hands.directory(3), Some(ids[looks as usize % 3]));
        }
        assert_eq!(Hands::new(Vec::new()).directory(3), None);
    }
}
