//! Seats of computations that have not begun. One that a chain settles begins when the chain says so: until then others may be
//! elected. One on rows that two owners match first begins when both have said how many they have in common.

use super::entry::{Entry, Life, unknown};
use super::manager::{Seated, Sessions};
use super::seats::can_begin;
use troupe_learning::common::{Discord, Voices};
use troupe_learning::message::{Accepted, Common, Stage, Status};
use troupe_learning::workers::message::Ground;
use troupe_learning::{Plan, Task, declared};
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
    start: Start,
    /// Where two owners match their rows, until they have.
    matching: Option<Matching>,
}

/// What two owners say of their rows.
struct Matching {
    voices: Voices,
    /// Owners that have said a number.
    told: Vec<Reply<Common>>,
}

/// Whether the parties may start.
enum Start {
    /// The chain has not said so.
    Unsaid,
    /// What the chain said of the task then; nothing where it is on none.
    Said(Option<Box<Ground>>),
}

impl Waiting {
    /// Whether a model is to stay when it ends well.
    pub(super) const fn will_keep(&self) -> bool {
        self.seated.stock.keeps.is_some()
    }

    /// Whether the parties may start, and with these parties.
    pub(super) const fn has_begun(&self) -> bool {
        matches!(self.start, Start::Said(_))
    }
}

impl Sessions {
    /// Keeps the seat until the session can begin.
    pub(super) fn wait(
        &mut self,
        task: &Task,
        seated: Seated,
        voices: Option<Voices>,
        is_settled: bool,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), String> {
        let (session, hash) = (task.session, task.hash().map_err(|error| error.to_string())?);
        let (number, memory, task) = (task.number, seated.memory, task.clone());
        let receiver = task.receivers.first().copied().unwrap_or_default();
        let status = Status { stage: Stage::Inputs, ..unknown() };
        let start = if is_settled { Start::Unsaid } else { Start::Said(None) };
        let matching = voices.map(|voices| Matching { voices, told: Vec::new() });
        let waiting = Waiting { task, seated, start, matching };
        let life = Life::Waiting(Box::new(waiting));
        // What was not sent cannot be demanded.
        let (recall, stock, round_began) = (None, None, None);
        let entry =
            Entry { receiver, number, hash, status, memory, life, recall, stock, round_began };
        self.entries.insert(session, entry);
        if !is_settled {
            self.limit((session, hash), cx);
        }
        Ok(())
    }

    fn waiting(&mut self, (session, hash): (SessionId, Hash)) -> Option<&mut Waiting> {
        let entry = self.entries.at_mut((session, hash))?;
        match &mut entry.life {
            Life::Waiting(waiting) => Some(waiting),
            Life::Lent(_) | Life::Running { .. } | Life::Over { .. } => None,
        }
    }

    /// The chain says that the parties of a task may begin.
    pub(super) fn begin(&mut self, place: (SessionId, Hash), seen: &Seen, cx: &mut Cx<'_, Self>) {
        let Some(task) = self.early(place) else { return };
        if !can_begin(task) && declared::seated(task, seen).is_ok() {
            return self.give_up(place, "nobody said where its parties are", cx);
        }
        // Others may have been elected since.
        let ground = declared::seated(task, seen).map_err(|why| why.to_string());
        let ground = ground.and_then(|()| Ground::of(seen).ok_or_else(|| "no keys".to_owned()));
        match ground {
            Err(why) => self.release(place, &why, cx),
            Ok(ground) if self.waiting(place).is_some() => self.begin_on(place, ground, cx),
            Ok(ground) => self.pass_on(place, ground, cx),
        }
    }

    /// A seat that was accepted is given up before it begins: the chain hears of it.
    fn give_up(&mut self, place: (SessionId, Hash), why: &str, cx: &mut Cx<'_, Self>) {
        let entry = self.entries.at(place);
        if let Some(Life::Lent(lent)) = entry.map(|entry| &entry.life) {
            lent.dismiss(place, why, cx);
        }
        self.disband(place, why, cx);
    }

    /// The task of a session that may not begin yet.
    pub(super) fn early(&self, (session, hash): (SessionId, Hash)) -> Option<&Task> {
        let entry = self.entries.at((session, hash))?;
        match &entry.life {
            Life::Waiting(waiting) => (!waiting.has_begun()).then_some(&waiting.task),
            Life::Lent(lent) => (!lent.has_begun()).then(|| lent.task()),
            Life::Running { .. } | Life::Over { .. } => None,
        }
    }

    /// A session that waits for the chain begins where statements are made like this.
    pub(super) fn begin_on(
        &mut self,
        place: (SessionId, Hash),
        ground: Ground,
        cx: &mut Cx<'_, Self>,
    ) {
        let Some(waiting) = self.waiting(place).filter(|waiting| !waiting.has_begun()) else {
            return;
        };
        waiting.start = Start::Said(Some(Box::new(ground)));
        self.limit(place, cx);
        if let Err(why) = self.proceed(place, cx) {
            self.disband(place, &why, cx);
        }
    }

    /// From now on everything together may take so long as the task says.
    fn limit(&mut self, place: (SessionId, Hash), cx: &mut Cx<'_, Self>) {
        let Some(within) = self.waiting(place).map(|waiting| waiting.task.within.total()) else {
            return;
        };
        cx.after(within, move |sessions, cx| {
            if let Some(waiting) = sessions.waiting(place) {
                let silent = waiting.matching.as_ref().and_then(|it| it.voices.silent());
                let why = silent.map(|silent| silent.to_string()).unwrap_or_default();
                sessions.disband(place, &why, cx);
            }
            Ok(())
        });
    }

    /// Starts the machine where everything is known that it needs.
    fn proceed(&mut self, place: (SessionId, Hash), cx: &mut Cx<'_, Self>) -> Result<(), String> {
        let Some(waiting) = self.waiting(place).filter(|waiting| waiting.matching.is_none()) else {
            return Ok(());
        };
        let ground = match &waiting.start {
            Start::Unsaid => return Ok(()),
            Start::Said(ground) => ground.clone(),
        };
        let (seated, task) = (waiting.seated.clone(), waiting.task.clone());
        self.start(&task, seated, ground.as_deref(), cx)
    }

    /// An owner says how many rows are common.
    fn hear(&mut self, said: Common, reply: Reply<Common>, cx: &mut Cx<'_, Self>) {
        let Common { session, terms, rows } = said;
        let origin = cx.origin();
        let waiting = self.waiting((session, terms));
        let Some(matching) = waiting.and_then(|waiting| waiting.matching.as_mut()) else {
            return reply.send(no("no session waits for this"), cx);
        };
        let Origin::Peer(peer) = origin else { return reply.send(no("no owner"), cx) };
        match matching.voices.hear(peer.id, rows) {
            Ok(None) => matching.told.push(reply),
            Ok(Some(rows)) => {
                matching.told.push(reply);
                if let Err(why) = self.agreed((session, terms), rows, cx) {
                    self.disband((session, terms), &why, cx);
                }
            }
            Err(deaf @ (Discord::Stranger | Discord::Twice { .. })) => {
                reply.send(no(&deaf.to_string()), cx);
            }
            Err(discord) => {
                matching.told.push(reply);
                let verdict = discord.verdict();
                tracing::warn!(session = %session.short(), %verdict, "owners do not agree");
                self.disband((session, terms), &discord.to_string(), cx);
            }
        }
    }

    /// Both owners have said how many rows are common. They hear that it can be computed; where a chain settles it that is
    /// before they let it begin.
    fn agreed(
        &mut self,
        place: (SessionId, Hash),
        rows: u32,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), String> {
        let Some(waiting) = self.waiting(place) else { return Ok(()) };
        let plan = Plan::new(&waiting.task, Some(rows)).map_err(|error| error.to_string())?;
        let Seated { index, program, memory, .. } = &mut waiting.seated;
        // Twice what the most rows come to is kept free: fewer may come to a little more, never to that.
        let needed = plan.program().cost().memory[usize::from(*index)];
        if needed > *memory {
            return Err(format!("a session of {needed} exceeds {memory} that are its own"));
        }
        *program = plan.program().clone();
        let told = waiting.matching.take().map(|matching| matching.told).unwrap_or_default();
        let started = self.proceed(place, cx);
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
        let entry = self.entries.at_mut((session, hash));
        let Some(entry) = entry else { return };
        entry.status.stage = Stage::Failed(Text::cut(why));
        let number = entry.number;
        let life = std::mem::replace(&mut entry.life, Life::Over { since: now });
        if !matches!(life, Life::Lent(_)) {
            self.meters.running.dec();
        }
        tracing::info!(session = %session.short(), why, "session ended before it started");
        if let Life::Waiting(waiting) = life {
            for reply in waiting.matching.into_iter().flat_map(|matching| matching.told) {
                reply.send(no(why), cx);
            }
        }
        self.conclude((session, hash), number, None, Vec::new(), Say::GivesUp(None), cx);
        self.entries.forget(now);
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
