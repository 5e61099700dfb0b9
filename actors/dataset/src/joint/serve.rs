//! What is asked of an owner whose rows are matched for a task.

use super::{Joint, Life, Pair};
use crate::consent::{Considered, is_asker};
use crate::manager::{Datasets, requester};
use crate::matching::{memory, set, status};
use std::sync::Arc;
use troupe_learning::Task;
use troupe_learning::message::{Join, Joined, Meet};
use troupe_learning::task::{MAX_KEYS, NAME};
use troupe_market::task::End;
use troupe_psi::Set;
use troupe_psi::message::Stage;
use troupe_runtime::{Cx, Fault, Handle, Pool, Proceed, Reply};
use troupe_types::{NodeId, SessionId};
use troupe_wire::{CallError, List, Text};

impl Datasets {
    /// Begins, unless there is no room for it.
    fn join(
        &mut self,
        task: Task,
        considered: Considered,
        from: NodeId,
        reply: Reply<Join>,
        cx: &mut Cx<'_, Self>,
    ) {
        let (asked, number) = (task.session, task.number);
        match self.entered(task, considered, from) {
            Err(reason) => {
                refuse(&reason, reply, cx);
                // One that is under way goes on.
                let is_under_way =
                    self.joints.contains_key(&asked) || self.sharing.contains_key(&asked);
                if !is_under_way {
                    self.decline(number, End::Unready, cx);
                }
            }
            Ok((session, keys)) => {
                let Some(joint) = self.joints.get_mut(&session) else { return };
                joint.reply = Some(reply);
                let table = Arc::clone(&joint.considered.table);
                let then = move |datasets: &mut Self,
                                 made: Result<Result<Set, String>, CallError>,
                                 cx: &mut Cx<'_, Self>| {
                    let made = made.map_err(|why| why.to_string()).and_then(|made| made);
                    let noted = made.and_then(|set| datasets.noted_joint(session, set, cx));
                    if let Err(why) = noted {
                        datasets.part(session, (End::Unready, &why), cx);
                    }
                    Ok(())
                };
                if let Err(why) = cx.pool(Pool::Jobs, move || set(&table, &keys), then) {
                    self.part(session, (End::Unready, &why.to_string()), cx);
                }
            }
        }
    }

    /// Takes a place for it; which keys it is about.
    fn entered(
        &mut self,
        task: Task,
        considered: Considered,
        from: NodeId,
    ) -> Result<Entered, String> {
        let session = task.session;
        if self.joints.contains_key(&session) || self.room.uses.has(session) {
            return Err("this session was served before".to_owned());
        }
        let pair = Pair::of(&task, considered.index).ok_or("rows of two owners are matched")?;
        let memory = memory(pair.sizes());
        self.has_room(memory)?;
        let keys = pair.mine.columns.clone();
        let terms = task.hash().map_err(|error| error.to_string())?;
        let (status, life) = (status(Stage::Waiting), Life::Preparing);
        let joint = Joint { task, terms, from, considered, status, life, memory, reply: None };
        self.joints.insert(session, joint);
        Ok((session, keys))
    }
}

/// A session that has its place, and the columns of its keys.
type Entered = (SessionId, List<Text<NAME>, MAX_KEYS>);

fn refuse(reason: &str, reply: Reply<Join>, cx: &mut Cx<'_, Datasets>) {
    tracing::info!(reason, "matching for a task refused");
    reply.send(Joined::No(Text::cut(reason)), cx);
}

impl Handle<Join> for Datasets {
    fn handle(
        &mut self,
        Join(task): Join,
        reply: Reply<Join>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let asked = requester(cx.origin()).and_then(|from| {
            if !task.layout.has_keys() {
                return Err("its rows are not matched".to_owned());
            }
            is_asker(&task, from)?;
            Ok((from, self.is_settled(&task)?))
        });
        match asked {
            Err(reason) => refuse(&reason, reply, cx),
            Ok((from, false)) => match self.consider(&task, from, cx.now(), true) {
                Ok(considered) => self.join(task, considered, from, reply, cx),
                Err(reason) => refuse(&reason, reply, cx),
            },
            // Nothing is worked out before the chain says that it is about to start.
            Ok((from, true)) => {
                self.when_seated(task, cx, move |datasets, task, checked, cx| {
                    match checked.and_then(|()| datasets.consider_start(&task, from, cx)) {
                        Ok(considered) => datasets.join(task, considered, from, reply, cx),
                        Err(reason) => refuse(&reason, reply, cx),
                    }
                });
            }
        }
        Ok(())
    }
}

impl Handle<Meet> for Datasets {
    /// Whoever of the two comes last finds the other one ready.
    fn handle(
        &mut self,
        Meet { session, terms }: Meet,
        reply: Reply<Meet>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let from = requester(cx.origin()).ok();
        let joint = self.joints.get(&session).filter(|joint| {
            let pair = Pair::of(&joint.task, joint.considered.index);
            joint.terms == terms && pair.is_some_and(|pair| Some(pair.partner) == from)
        });
        let Some(Life::Running(seated)) = joint.map(|joint| &joint.life) else {
            reply.send(false, cx);
            return Ok(());
        };
        let proceed = seated.proceed.clone();
        // A child that is gone already says so itself.
        let _ = cx.tell(&proceed, Proceed);
        reply.send(true, cx);
        Ok(())
    }
}
