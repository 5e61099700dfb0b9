//! Seats of computations on rows that two owners match first: a party starts when both have said how many they have in common.

use super::entry::{Entry, Life, unknown};
use super::manager::{Seated, Sessions};
use troupe_learning::common::{Discord, Voices};
use troupe_learning::message::{Accepted, Common, Stage, Status};
use troupe_learning::{Plan, Task};
use troupe_market::duty::Say;
use troupe_market::message::Seen;
use troupe_runtime::{Cx, Fault, Handle, Origin, Reply};
use troupe_types::{Hash, SessionId};
use troupe_wire::Text;

/// A seat that was taken, of a computation that has not started.
pub(super) struct Waiting {
    task: Task,
    /// For as many rows as can be common.
    seated: Seated,
    /// What the chain says of it, where it is on one.
    seen: Option<Seen>,
    voices: Voices,
    /// Owners that have said a number.
    told: Vec<Reply<Common>>,
}

impl Sessions {
    /// Keeps the seat until both owners have said how many rows they have in common.
    pub(super) fn wait(
        &mut self,
        task: &Task,
        seated: Seated,
        seen: Option<&Seen>,
        voices: Voices,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), String> {
        let (session, hash) = (task.session, task.hash().map_err(|error| error.to_string())?);
        let memory = seated.memory;
        let (task, seen) = (task.clone(), seen.cloned());
        let (number, within) = (task.number, task.within.total());
        let receiver = task.receivers.first().copied().unwrap_or_default();
        let status = Status { stage: Stage::Inputs, ..unknown() };
        let waiting = Waiting { task, seated, seen, voices, told: Vec::new() };
        let life = Life::Waiting(Box::new(waiting));
        // What was not sent cannot be demanded.
        let (recall, round_began) = (None, None);
        let entry = Entry { receiver, number, hash, status, memory, life, recall, round_began };
        self.entries.insert(session, entry);
        cx.after(within, move |sessions, cx| {
            let entry = sessions.entries.get(&session).filter(|entry| entry.hash == hash);
            if let Some(Entry { life: Life::Waiting(waiting), .. }) = entry {
                let why = waiting.voices.silent().map(|silent| silent.to_string());
                sessions.disband((session, hash), &why.unwrap_or_default(), cx);
            }
            Ok(())
        });
        Ok(())
    }

    /// An owner says how many rows are common.
    fn hear(&mut self, said: Common, reply: Reply<Common>, cx: &mut Cx<'_, Self>) {
        let Common { session, terms, rows } = said;
        let entry = self.entries.get_mut(&session).filter(|entry| entry.hash == terms);
        let Some(Entry { life: Life::Waiting(waiting), .. }) = entry else {
            return reply.send(no("no session waits for this"), cx);
        };
        let Origin::Peer(peer) = cx.origin() else { return reply.send(no("no owner"), cx) };
        match waiting.voices.hear(peer.id, rows) {
            Ok(None) => waiting.told.push(reply),
            Ok(Some(rows)) => {
                waiting.told.push(reply);
                if let Err(why) = self.started((session, terms), rows, cx) {
                    self.disband((session, terms), &why, cx);
                }
            }
            Err(deaf @ (Discord::Stranger | Discord::Twice { .. })) => {
                reply.send(no(&deaf.to_string()), cx);
            }
            Err(discord) => {
                waiting.told.push(reply);
                let verdict = discord.verdict();
                tracing::warn!(session = %session.short(), %verdict, "owners do not agree");
                self.disband((session, terms), &discord.to_string(), cx);
            }
        }
    }

    /// Starts the machine for the rows that are common, and says so to the owners.
    fn started(
        &mut self,
        (session, hash): (SessionId, Hash),
        rows: u32,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), String> {
        let entry = self.entries.get_mut(&session).filter(|entry| entry.hash == hash);
        let Some(Entry { life: Life::Waiting(waiting), .. }) = entry else { return Ok(()) };
        let plan = Plan::new(&waiting.task, Some(rows)).map_err(|error| error.to_string())?;
        let Waiting { task, seated, seen, .. } = &**waiting;
        // Twice what the most rows come to is kept free: fewer may come to a little more, never to that.
        let memory = plan.program().cost().memory[usize::from(seated.index)];
        if memory > seated.memory {
            return Err(format!(
                "a session of {memory} exceeds {} that are its own",
                seated.memory
            ));
        }
        let (task, seen, program) = (task.clone(), seen.clone(), plan.program().clone());
        let seated = Seated {
            index: seated.index,
            program,
            cast: seated.cast.clone(),
            memory: seated.memory,
        };
        let told = std::mem::take(&mut waiting.told);
        let started = self.start(&task, seated, seen.as_ref(), cx);
        for reply in told {
            let answer = match &started {
                Ok(()) => Accepted::Yes,
                Err(why) => no(why),
            };
            reply.send(answer, cx);
        }
        started
    }

    /// The seat is given back, and the owners that wait hear why.
    pub(super) fn disband(
        &mut self,
        (session, hash): (SessionId, Hash),
        why: &str,
        cx: &mut Cx<'_, Self>,
    ) {
        let now = cx.now().mono;
        let entry = self.entries.get_mut(&session).filter(|entry| entry.hash == hash);
        let Some(entry) = entry else { return };
        entry.status.stage = Stage::Failed(Text::cut(why));
        let number = entry.number;
        let life = std::mem::replace(&mut entry.life, Life::Over { since: now });
        self.meters.running.dec();
        tracing::info!(session = %session.short(), why, "session ended before it started");
        if let Life::Waiting(waiting) = life {
            for reply in waiting.told {
                reply.send(no(why), cx);
            }
        }
        self.conclude(number, None, Vec::new(), Say::GivesUp(None), cx);
        self.forget(now);
    }
}

fn no(why: &str) -> Accepted {
    Accepted::No(Text::cut(why))
}

impl Handle<Common> for Sessions {
    fn handle(
        &mut self,
        said: Common,
        reply: Reply<Common>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.hear(said, reply, cx);
        Ok(())
    }
}
