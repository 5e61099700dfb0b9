//! How a seat is taken that a chain settles, whoever hands the task over.
//!
//! Whoever asks for a task prepares its parties: it says where they are and which processes compute. But only parties that have accepted are
//! prepared to any use, and one that it does not tell would be replaced by another. So an owner's word is as good as its own, as far as
//! accepting goes: the chain says whether this node was elected for just this task. What the owner hands over has no addresses and
//! cannot begin; it holds the seat until whoever asks says the rest, and gives up where that never comes.

use super::manager::{Offer, Sessions};
use super::models;
use super::settle::answered;
use troupe_learning::message::Reserved;
use troupe_learning::task::Deputy;
use troupe_learning::timely::timely;
use troupe_learning::{Task, declared};
use troupe_market::message::{Decide, Decision, Seen};
use troupe_market::task::Phase;
use troupe_runtime::Cx;
use troupe_types::{Millis, NodeId};
use troupe_wire::Text;

/// Who hands a task over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// Whoever asks for it: the first receiver.
    Asker,
    /// An owner of its data.
    Owner,
}

/// A task as its owners know it and the chain elects its parties.
fn bare(mut task: Task) -> Task {
    for seat in &mut task.parties {
        (seat.address, seat.deputy) = (Text::default(), None);
    }
    task
}

/// Whether its parties can find each other.
pub(super) fn can_begin(task: &Task) -> bool {
    task.parties.iter().all(|seat| !seat.address.is_empty())
}

/// What must be so on the chain before a seat is taken.
pub(super) fn check(task: &Task, seen: &Seen, by: By) -> Result<(), String> {
    // Once all have accepted whoever asks may still say where they are.
    let phases: &[Phase] = match by {
        By::Asker => &[Phase::Accept, Phase::Start],
        By::Owner => &[Phase::Accept],
    };
    declared::in_phase(seen, phases).map_err(|error| error.to_string())?;
    declared::seated(task, seen).map_err(|error| error.to_string())?;
    // Whoever takes a seat loses a bond where the time is over before it can say anything.
    timely(task, seen).map_err(|error| error.to_string())
}

fn ids(task: &Task) -> [NodeId; 3] {
    task.parties.each_ref().map(|seat| seat.id)
}

impl Sessions {
    /// The task for which this node has the same seat among the same parties, which have not begun.
    fn taken(&self, task: &Task) -> Option<&Task> {
        let entry = self.entries.of(task)?;
        let taken = self.early((task.session, entry.hash))?;
        let is_it = task.number != 0 && taken.number == task.number && ids(taken) == ids(task);
        is_it.then_some(taken)
    }

    /// Whether nothing is left to be done for a task that is handed over. What whoever asks said last counts; an owner says nothing new.
    pub(super) fn has_taken(&self, task: &Task, by: By) -> bool {
        match by {
            By::Asker => self.taken(task) == Some(task),
            By::Owner => self.taken(task).is_some(),
        }
    }

    /// Which process computes for a seat that is taken.
    pub(super) fn reserved(&self, task: &Task) -> Option<Reserved> {
        let taken = self.taken(task)?;
        let seat = taken.parties.get(usize::from(taken.party(self.me)?))?;
        Some(seat.deputy.clone().map_or(Reserved::Here, Reserved::By))
    }

    /// Whether a worker has the seat of a task already that has not begun.
    pub(super) fn has_lent(&self, task: &Task, deputy: &Deputy) -> bool {
        matches!(self.reserved(task), Some(Reserved::By(given)) if given == *deputy)
    }

    /// Looks at a task on the chain, takes its seat there, and accepts.
    pub(super) fn accept(
        &mut self,
        task: Task,
        (from, by): (NodeId, By),
        reply: impl FnOnce(Result<(), String>, &mut Cx<'_, Self>) + 'static,
        cx: &mut Cx<'_, Self>,
    ) {
        let task = match by {
            By::Asker => task,
            By::Owner => bare(task),
        };
        if self.has_taken(&task, by) {
            return reply(Ok(()), cx);
        }
        self.seen_electing(task.number, cx, move |_, seen, cx| {
            if let Err(why) = seen.and_then(|seen| check(&task, &seen, by)) {
                return reply(Err(why), cx);
            }
            // Out of this call: what is begun now is not for whoever handed it over to cut off.
            cx.after(Millis::ZERO, move |sessions, cx| {
                if sessions.has_taken(&task, by) {
                    reply(Ok(()), cx);
                    return Ok(());
                }
                if by == By::Owner {
                    sessions.take_handed(task, reply, cx);
                    return Ok(());
                }
                match sessions.consider(&task, from, cx.now().wall) {
                    Ok(offer) => {
                        sessions.promise(task, offer, |_, kept, cx| reply(kept, cx), cx);
                    }
                    Err(why) => reply(Err(why), cx),
                }
                Ok(())
            });
        });
    }

    /// Takes the seat of a task that an owner hands over, for which the chain has elected this node.
    fn take_handed(
        &mut self,
        task: Task,
        reply: impl FnOnce(Result<(), String>, &mut Cx<'_, Self>) + 'static,
        cx: &mut Cx<'_, Self>,
    ) {
        let number = task.number;
        if !self.taking.insert(number) {
            return reply(Err("another owner has just handed it over".to_owned()), cx);
        }
        let done = move |sessions: &mut Self, kept, cx: &mut Cx<'_, Self>| {
            sessions.taking.remove(&number);
            reply(kept, cx);
        };
        self.find_place(task, cx, move |sessions, found, cx| match found {
            // Whoever asks was faster.
            Ok((task, _)) if sessions.has_taken(&task, By::Owner) => done(sessions, Ok(()), cx),
            Ok((task, offer)) => sessions.promise(task, offer, done, cx),
            Err(why) => done(sessions, Err(why), cx),
        });
    }

    /// Finds out who of this party would compute a task that an owner hands over.
    fn find_place(
        &mut self,
        mut task: Task,
        cx: &mut Cx<'_, Self>,
        then: impl FnOnce(&mut Self, Result<(Task, Offer), String>, &mut Cx<'_, Self>) + 'static,
    ) {
        let Some(seat) = task.party(self.me) else {
            return then(self, Err("no seat is this node's".to_owned()), cx);
        };
        // What stays, stays with the party itself.
        let is_own = self.desk.is_none() || models::concerns(&task);
        let asked = task.clone();
        let found = move |sessions: &mut Self, reserved, cx: &mut Cx<'_, Self>| {
            let offer = match reserved {
                Reserved::Here => {
                    let seated = sessions.consider_here(&task, cx.now().wall);
                    seated.map(|seated| Offer::Here(Box::new(seated)))
                }
                Reserved::By(deputy) => {
                    let worker = deputy.id;
                    task.parties[usize::from(seat)].deputy = Some(deputy);
                    Ok(Offer::With(worker))
                }
                Reserved::No(why) => Err(why.to_string()),
            };
            then(sessions, offer.map(|offer| (task, offer)), cx);
        };
        match is_own {
            true => found(self, Reserved::Here, cx),
            false => self.place(asked, seat, cx, found),
        }
    }

    /// Takes a seat, and has the chain hear that it is taken.
    fn promise(
        &mut self,
        task: Task,
        offer: Offer,
        then: impl FnOnce(&mut Self, Result<(), String>, &mut Cx<'_, Self>) + 'static,
        cx: &mut Cx<'_, Self>,
    ) {
        let (number, session) = (task.number, task.session);
        let place = match task.hash() {
            Ok(hash) => (session, hash),
            Err(why) => return then(self, Err(why.to_string()), cx),
        };
        let Some(decide) = self.market.as_ref().map(|market| market.decide.clone()) else { return };
        self.take(task, offer, true, cx, move |sessions, taken, cx| {
            if let Err(why) = taken {
                return then(sessions, Err(why), cx);
            }
            let able = Decide { task: number, decision: Decision::Able };
            // In the same turn: nobody can have it given up before the chain hears that it is taken.
            cx.ask(&decide, able, move |sessions, kept, cx| {
                match &kept {
                    Ok(Err(why)) => sessions.release(place, &why.to_string(), cx),
                    // Without an answer the chain may hear of it all the same.
                    Ok(Ok(())) | Err(_) => sessions.heed(number, place, cx),
                }
                then(sessions, answered(kept), cx);
                Ok(())
            });
        });
    }
}
