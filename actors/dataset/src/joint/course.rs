//! The course of one: the owners meet, match, and tell the parties how many rows are common.

use super::{Life, Pair};
use crate::consent::{Rows, enough};
use crate::manager::Datasets;
use crate::matching::{Run, progress};
use std::convert::Infallible;
use troupe_learning::message::{Accepted, Common, Joined, Meet};
use troupe_market::task::End;
use troupe_psi::{Error, Learned, Outcome, Progress, Set};
use troupe_runtime::{Contact, Cx, Event, Fault, Handle, Link, Proceed, Reply};
use troupe_types::{Bytes, Millis, SessionId};
use troupe_wire::{CallError, Lane, Message};

/// Sent by the actor to itself once a use is on the disk.
pub(crate) struct Noted {
    session: SessionId,
    set: Set,
}

/// Sent by a matching's child when something changes.
pub(crate) struct Heard {
    session: SessionId,
    event: Event<Progress, Outcome, Error, Infallible>,
}

impl Message for Noted {
    type Reply = ();
    const NAME: &'static str = "joint_noted";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::secs(3_600);
}

impl Message for Heard {
    type Reply = ();
    const NAME: &'static str = "joint_news";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::secs(3_600);
}

impl Datasets {
    /// Checks the keys against the task, and notes the use.
    pub(super) fn noted_joint(
        &mut self,
        session: SessionId,
        set: Set,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), String> {
        let joint = self.joints.get(&session).ok_or("it is over")?;
        let (task, from, index) = (joint.task.clone(), joint.from, joint.considered.index);
        let pair = Pair::of(&task, index).ok_or("rows of two owners are matched")?;
        if set.len() != pair.mine.items {
            let name = &*task.owners[usize::from(index)].dataset;
            let (got, want) = (set.len(), pair.mine.items);
            return Err(format!("{name} has {got} different keys, the task says {want}"));
        }
        self.note_use(&task, index, from, cx)?;
        let myself: Link<Noted> = cx.myself();
        // Held back until the use is durable.
        let _ = cx.tell(&myself, Noted { session, set });
        Ok(())
    }

    /// Opens the door to the other owner, and asks it whether it is ready.
    fn meet(&mut self, session: SessionId, set: Set, cx: &mut Cx<'_, Self>) -> Result<(), String> {
        let joint = self.joints.get(&session).ok_or("it is over")?;
        let pair = Pair::of(&joint.task, joint.considered.index);
        let pair = pair.ok_or("rows of two owners are matched")?;
        let agreement = pair.agreement(&joint.task).map_err(|error| error.to_string())?;
        let (side, partner, within) = (pair.side, pair.contact(), joint.task.within.inputs);
        let (other, terms) = (partner.id, joint.terms);
        let run = Run { agreement, side, partner, within };
        let myself: Link<Heard> = cx.myself();
        let listener = move |event| {
            // The actor's queue has room for control messages unless it is lost anyway.
            let _ = myself.tell(Heard { session, event });
        };
        let left = move |datasets: &mut Self, why: &str, cx: &mut Cx<'_, Self>| {
            let joint = datasets.joints.get(&session);
            if joint.is_some_and(|joint| matches!(joint.life, Life::Running(_))) {
                datasets.part(session, (End::Unready, why), cx);
            }
        };
        let seated = run.seat(self.me, set, listener, left, cx)?;
        let Some(joint) = self.joints.get_mut(&session) else { return Ok(()) };
        let proceed = seated.proceed.clone();
        joint.life = Life::Running(seated);
        self.meters.running.inc();
        let link = cx.node().remote::<Meet>(other).map_err(|error| error.to_string())?;
        cx.ask_within(&link, Meet { session, terms }, within, move |_, is_ready, cx| {
            // One that is not ready asks in its turn when it is; one that is lost is so until the deadline.
            if is_ready == Ok(true) {
                let _ = cx.tell(&proceed, Proceed);
            }
            Ok(())
        });
        Ok(())
    }

    /// The rows are known, or how many there are. Where there are enough, the parties hear how many.
    fn matched_joint(
        &mut self,
        session: SessionId,
        (count, rows): (usize, Rows),
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), (End, String)> {
        let Some(joint) = self.joints.get(&session) else { return Ok(()) };
        let offer = self.still(joint, cx.now().wall).map_err(|why| (End::Forbidden, why))?;
        let plan = enough(&joint.task, joint.considered.index, &offer.policy, count);
        let plan = plan.map_err(|why| (End::TooLittle, why))?;
        let unready = |why: String| (End::Unready, why);
        let count = u32::try_from(count).map_err(|error| unready(error.to_string()))?;
        let Some(joint) = self.joints.get_mut(&session) else { return Ok(()) };
        joint.memory = match &rows {
            Rows::Matched(rows, _) => Bytes::of(rows.len() * size_of::<u32>()),
            Rows::Joined | Rows::All => Bytes::ZERO,
        };
        joint.considered.plan = plan;
        joint.considered.rows = rows;
        joint.life = Life::Telling { rows: count, left: joint.task.parties.len() };
        let (terms, within) = (joint.terms, joint.task.within.total());
        let seats = joint.task.parties.clone();
        let contacts = seats.iter();
        let contacts = contacts
            .map(|seat| Contact { id: seat.process(), address: seat.reached_at().to_owned() });
        if let Some(transport) = cx.node().transport() {
            transport.learn(contacts.collect());
        }
        for (index, seat) in seats.iter().enumerate() {
            let link = cx.node().remote::<Common>(seat.process());
            let link = link.map_err(|error| unready(error.to_string()))?;
            let told = Common { session, terms, rows: count };
            cx.ask_within(&link, told, within, move |datasets: &mut Self, answer, cx| {
                datasets.answered_joint(session, (index, answer), cx);
                Ok(())
            });
        }
        Ok(())
    }

    /// A party takes part with this number of rows, or does not.
    fn answered_joint(
        &mut self,
        session: SessionId,
        (party, answer): (usize, Result<Accepted, CallError>),
        cx: &mut Cx<'_, Self>,
    ) {
        match answer {
            Ok(Accepted::Yes) => {}
            Ok(Accepted::No(reason)) => {
                return self.part(session, (End::Unready, &reason), cx);
            }
            Err(why) => {
                let why = format!("party {party} is {why}");
                return self.part(session, (End::Unready, &why), cx);
            }
        }
        let Some(joint) = self.joints.get_mut(&session) else { return };
        let Life::Telling { rows, left } = &mut joint.life else { return };
        *left -= 1;
        if *left > 0 {
            return;
        }
        let answer = Joined::Rows(*rows);
        joint.life = Life::Ready;
        tracing::info!(session = %session.short(), "rows matched for a task");
        if let Some(reply) = joint.reply.take() {
            reply.send(answer, cx);
        }
        cx.after(joint.task.within.total(), move |datasets, cx| {
            let why = "nobody asked for what was matched";
            datasets.part(session, (End::Unready, why), cx);
            Ok(())
        });
    }
}

impl Handle<Noted> for Datasets {
    fn handle(
        &mut self,
        Noted { session, set }: Noted,
        _reply: Reply<Noted>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        if let Err(why) = self.meet(session, set, cx) {
            self.part(session, (End::Unready, &why), cx);
        }
        Ok(())
    }
}

impl Handle<Heard> for Datasets {
    fn handle(
        &mut self,
        Heard { session, event }: Heard,
        _reply: Reply<Heard>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let Some(joint) = self.joints.get_mut(&session) else { return Ok(()) };
        match event {
            Event::News { news, traffic } => joint.status = progress(news, traffic),
            Event::Ended { outcome, traffic } => {
                self.meters.ended(outcome.is_ok(), traffic);
                let found = match outcome.map(|outcome| outcome.learned) {
                    Ok(Learned::Aligned { rows, alignment }) => {
                        Ok((rows.len(), Rows::Matched(rows.into(), alignment)))
                    }
                    Ok(Learned::Count(count)) => Ok((count as usize, Rows::Joined)),
                    Ok(Learned::Nothing | Learned::Rows(_)) => {
                        Err((End::Unready, "it learned something else".to_owned()))
                    }
                    Err(error) => Err((End::Unready, error.to_string())),
                };
                let told = match found {
                    Ok(found) => {
                        joint.life = Life::Preparing;
                        self.meters.running.dec();
                        self.matched_joint(session, found, cx)
                    }
                    Err(refused) => Err(refused),
                };
                if let Err((end, why)) = told {
                    self.part(session, (end, &why), cx);
                }
            }
        }
        Ok(())
    }
}
