//! Consent: what must hold before anything of a data set is matched, and what is made ready then.

use super::entry::{Common, Entry, Life, News, failed, status};
use super::run::{Run, memory};
use crate::manager::{Datasets, Offer, requester};
use crate::table::Table;
use crate::uses::{FILE, Use};
use std::sync::Arc;
use troupe_config::Matching;
use troupe_psi::message::{Assent, Delivery, MAX_KEYS, Match, Stage, Survey, Surveyed, Task};
use troupe_psi::{Mode, Set, Side};
use troupe_runtime::{Contact, Cx, Fault, Handle, Link, Origin, Pool, Reply};
use troupe_types::{Bytes, Millis, NodeId, SessionId};
use troupe_wire::{CallError, Lane, List, Message, Text};

/// The longest that a matching may take.
const LONGEST: Millis = Millis::secs(3_600);
/// Counts of keys that are remembered.
const MOST_COUNTED: usize = 256;

/// Sent by the actor to itself once a use is on the disk.
pub(crate) struct Prepared {
    session: SessionId,
    set: Set,
    reply: Reply<Match>,
}

impl Message for Prepared {
    type Reply = ();
    const NAME: &'static str = "prepared";
    const LANE: Lane = Lane::Control;
}

/// What a mode shows, as policies call it.
pub(super) const fn matching(mode: Mode) -> Matching {
    match mode {
        Mode::Rows { .. } => Matching::Rows,
        Mode::Aligned => Matching::Aligned,
        Mode::Count { .. } | Mode::CountBoth => Matching::Count,
    }
}

pub(crate) const fn word(matching: Matching) -> &'static str {
    match matching {
        Matching::Count => "count",
        Matching::Rows => "rows",
        Matching::Aligned => "aligned",
    }
}

impl Datasets {
    /// A data set that may be matched with this partner's, and its columns of keys are there.
    pub(crate) fn matchable(
        &self,
        dataset: &str,
        keys: &List<Text<64>, MAX_KEYS>,
        people: [NodeId; 2],
    ) -> Result<&Offer, String> {
        let [from, partner] = people;
        let offer = self.offer(dataset, from)?;
        if !offer.policy.matches_with(&partner) {
            let partner = partner.short();
            return Err(format!("the policy of {dataset} does not match rows with {partner}"));
        }
        if keys.is_empty() {
            return Err("no column identifies a row".to_owned());
        }
        let mut known = keys.iter();
        let strange = known.find(|key| !offer.table.key_columns().any(|name| *name == ***key));
        match strange {
            None => Ok(offer),
            Some(key) => Err(format!("{dataset} has no column {} of kind key", &**key)),
        }
    }

    /// Everything that must hold before a matching is prepared; the error is for the requester.
    fn may_match(&self, task: &Task, cx: &Cx<'_, Self>) -> Result<(Side, Arc<Table>), String> {
        let from = requester(cx.origin())?;
        if from != task.requester {
            return Err("only its requester may ask for a matching".to_owned());
        }
        let known = self.matchings.entries.contains_key(&task.session);
        if known || self.room.uses.has(task.session) {
            return Err("this session was served before".to_owned());
        }
        let side = task.side(self.me).ok_or("no rows are this node's")?;
        let agreement = task.agreement().map_err(|unfit| unfit.to_string())?;
        if task.within > LONGEST {
            return Err(format!("a deadline of {} exceeds {LONGEST}", task.within));
        }
        let (mine, theirs) = (task.owner(side), task.owner(side.other()));
        let name = &*mine.dataset;
        let offer = self.matchable(name, &mine.keys, [from, theirs.id])?;
        self.may_use(name, offer, cx.now().wall)?;
        let wanted = matching(task.mode);
        if !offer.policy.allows_matching(wanted) {
            return Err(format!(
                "the policy of {name} does not allow matching for {}",
                word(wanted)
            ));
        }
        if task.delivery == Delivery::Returned && !offer.policy.returns(wanted) {
            return Err(format!("by the policy of {name}, {} stays with its owners", word(wanted)));
        }
        let (rows, least) = (offer.table.rows as u64, offer.policy.min_rows);
        if rows.min(theirs.items.into()) < least {
            return Err(format!("a side has fewer rows than the {least} that the policy wants"));
        }
        self.has_room(memory(agreement.sizes))?;
        if self.matchings.written >= super::result::MOST_WRITTEN {
            return Err("the results of earlier matchings fill their place".to_owned());
        }
        Ok((side, Arc::clone(&offer.table)))
    }

    /// That a matching of this size fits into what is left.
    pub(crate) fn has_room(&self, memory: Bytes) -> Result<(), String> {
        let held = self.matchings.memory().saturating_add(self.joint_memory());
        let left = Bytes(self.room.left.0.saturating_sub(held));
        if memory > left {
            return Err(format!("a matching of {memory} exceeds {left} that are left"));
        }
        Ok(())
    }

    /// Hashes the items beside the actor; the answer comes from where that ends.
    fn prepare(
        &mut self,
        task: Task,
        (side, table): (Side, Arc<Table>),
        reply: Reply<Match>,
        cx: &mut Cx<'_, Self>,
    ) {
        let session = task.session;
        let keys = task.owner(side).keys.clone();
        let memory = memory([task.owners[0].items, task.owners[1].items]);
        let status = status(Stage::Waiting);
        let life = Life::Preparing;
        let about = Arc::downgrade(&table);
        let entry = Entry { task, side, table: about, status, life, memory };
        self.matchings.entries.insert(session, entry);
        let mut reply = Some(reply);
        let then = move |datasets: &mut Self,
                         made: Result<Result<Set, String>, CallError>,
                         cx: &mut Cx<'_, Self>| {
            let Some(reply) = reply.take() else { return Ok(()) };
            let made = made.map_err(|why| why.to_string()).and_then(|made| made);
            match made.and_then(|set| datasets.noted(session, set, cx)) {
                Ok(set) => {
                    let myself: Link<Prepared> = cx.myself();
                    // Held back until the use is durable.
                    let _ = cx.tell(&myself, Prepared { session, set, reply });
                }
                Err(reason) => datasets.refuse(session, &reason, reply, cx),
            }
            Ok(())
        };
        if let Err(why) = cx.pool(Pool::Jobs, move || set(&table, &keys), then) {
            // The reply went with the job, and its asker hears that nobody answers.
            tracing::warn!(session = %session.short(), %why, "a matching was not prepared");
            self.matchings.entries.remove(&session);
        }
    }

    /// Checks the set against the task and notes the use.
    fn noted(
        &mut self,
        session: SessionId,
        set: Set,
        cx: &mut Cx<'_, Self>,
    ) -> Result<Set, String> {
        let entry = self.matchings.entries.get(&session).ok_or("it was dismissed")?;
        let mine = entry.task.owner(entry.side);
        if set.len() != mine.items {
            let (name, got, want) = (&*mine.dataset, set.len(), mine.items);
            return Err(format!("{name} has {got} different keys, the task says {want}"));
        }
        let one = Use {
            session,
            requester: entry.task.requester,
            agreement: entry.task.hash(),
            dataset: mine.dataset.clone(),
            at: cx.now().wall,
        };
        let bytes = self.note(&one)?;
        cx.persist(FILE, bytes);
        Ok(set)
    }

    fn refuse(
        &mut self,
        session: SessionId,
        reason: &str,
        reply: Reply<Match>,
        cx: &mut Cx<'_, Self>,
    ) {
        self.matchings.entries.remove(&session);
        tracing::info!(session = %session.short(), reason, "matching refused");
        reply.send(Assent::No(Text::cut(reason)), cx);
    }

    /// Seats the party and opens its door; it says nothing before it is told to begin.
    fn seat(&mut self, session: SessionId, set: Set, cx: &mut Cx<'_, Self>) -> Result<(), String> {
        let entry = self.matchings.entries.get(&session).ok_or("it was dismissed")?;
        let (task, side) = (&entry.task, entry.side);
        let agreement = task.agreement().map_err(|unfit| unfit.to_string())?;
        let partner = task.owner(side.other());
        let partner = Contact { id: partner.id, address: partner.address.to_string() };
        let run = Run { agreement, side, partner, within: task.within };
        let myself: Link<News> = cx.myself();
        let listener = move |event| {
            // The actor's queue has room for control messages unless it is lost anyway.
            let _ = myself.tell(News { session, event });
        };
        let left = move |datasets: &mut Self, exit: &str, cx: &mut Cx<'_, Self>| {
            datasets.left(session, exit, cx);
        };
        let seated = run.seat(self.me, set, listener, left, cx)?;
        let Some(entry) = self.matchings.entries.get_mut(&session) else { return Ok(()) };
        entry.life = Life::Running(seated);
        self.meters.running.inc();
        Ok(())
    }

    /// The child is gone; unless it told the end itself, this is it.
    fn left(&mut self, session: SessionId, why: &str, cx: &Cx<'_, Self>) {
        let Some(entry) = self.matchings.entries.get(&session) else { return };
        if !entry.is_over() {
            self.over(session, Common::Nothing, failed(why), cx);
        }
    }

    fn survey(&self, survey: &Survey, origin: &Origin) -> Result<Arc<Table>, String> {
        let Survey { dataset, keys, partner } = survey;
        let offer = self.matchable(dataset, keys, [requester(origin)?, *partner])?;
        if offer.policy.matching.is_empty() {
            return Err(format!("the policy of {} does not allow matching", &**dataset));
        }
        Ok(Arc::clone(&offer.table))
    }
}

/// The keys of all rows, without duplicates.
pub(crate) fn set(table: &Table, keys: &List<Text<64>, MAX_KEYS>) -> Result<Set, String> {
    let columns: Vec<&str> = keys.iter().map(|key| &**key).collect();
    let key = |row| table.key(&columns, row).unwrap_or_default();
    Set::new((0..table.rows).map(key)).map_err(|error| error.to_string())
}

impl Handle<Survey> for Datasets {
    fn handle(
        &mut self,
        survey: Survey,
        reply: Reply<Survey>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let table = match self.survey(&survey, cx.origin()) {
            Ok(table) => table,
            Err(reason) => {
                reply.send(Surveyed::No(Text::cut(&reason)), cx);
                return Ok(());
            }
        };
        let names = survey.keys.iter().map(ToString::to_string).collect();
        let place = (survey.dataset.to_string(), names);
        if let Some(items) = self.matchings.counted.get(&place) {
            reply.send(Surveyed::Items(*items), cx);
            return Ok(());
        }
        let then = move |datasets: &mut Self,
                         made: Result<Result<u32, String>, CallError>,
                         cx: &mut Cx<'_, Self>| {
            let answer = match made.map_err(|why| why.to_string()).and_then(|made| made) {
                Ok(items) => {
                    if datasets.matchings.counted.len() < MOST_COUNTED {
                        datasets.matchings.counted.insert(place, items);
                    }
                    Surveyed::Items(items)
                }
                Err(reason) => Surveyed::No(Text::cut(&reason)),
            };
            reply.send(answer, cx);
            Ok(())
        };
        let count = move || set(&table, &survey.keys).map(|set| set.len());
        if let Err(why) = cx.pool(Pool::Jobs, count, then) {
            // The asker hears that nobody answers.
            tracing::warn!(%why, "keys were not counted");
        }
        Ok(())
    }
}

impl Handle<Match> for Datasets {
    fn handle(
        &mut self,
        Match(task): Match,
        reply: Reply<Match>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        match self.may_match(&task, cx) {
            Ok(ready) => self.prepare(task, ready, reply, cx),
            Err(reason) => {
                tracing::info!(session = %task.session.short(), reason, "matching refused");
                reply.send(Assent::No(Text::cut(&reason)), cx);
            }
        }
        Ok(())
    }
}

impl Handle<Prepared> for Datasets {
    fn handle(
        &mut self,
        Prepared { session, set, reply }: Prepared,
        _reply: Reply<Prepared>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        match self.seat(session, set, cx) {
            Ok(()) => {
                tracing::info!(session = %session.short(), "matching consented to");
                reply.send(Assent::Yes, cx);
            }
            Err(reason) => self.refuse(session, &reason, reply, cx),
        }
        Ok(())
    }
}
