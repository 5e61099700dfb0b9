//! Decides which computations get shares of which columns, and shares them.

use crate::consent::{Considered, Rows, is_asker};
use crate::manager::{Datasets, requester};
use crate::table::Table;
use crate::uses::{FILE, Use};
use sha2::{Digest, Sha256};
use troupe_learning::Task;
use troupe_learning::join::Keyed;
use troupe_learning::message::{Accepted, Contribute, Describe, Described, Description};
use troupe_learning::task::{Layout, NAME, Seat};
use troupe_mpc::{Owner, Place};
use troupe_runtime::{
    BulkEvent, Cast, Contact, Conversation, Cx, Event, Fault, Handle, Link, Origin, Pool, Queue,
    Reply,
};
use troupe_types::{Bytes, Hash, NodeId, SessionId};
use troupe_wire::{CallError, Lane, Message, Now, Seed, Text};

/// Parties send owners nothing but credit.
const MOST_WAITING: Bytes = Bytes::mib(1);

/// Sent by the actor to itself once a use is on the disk.
pub(crate) struct Begun {
    task: Task,
    considered: Considered,
}

impl Message for Begun {
    type Reply = ();
    const NAME: &'static str = "begun";
    const LANE: Lane = Lane::Control;
}

impl Datasets {
    fn describe(&self, name: &str, origin: &Origin) -> Result<Description, String> {
        let offer = self.offer(name, requester(origin)?)?;
        offer.table.description().ok_or_else(|| format!("{name} has too many columns"))
    }

    /// Notes a use; nothing leaves before it is on the disk.
    pub(crate) fn note_use(
        &mut self,
        task: &Task,
        index: u8,
        from: NodeId,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), String> {
        let one = Use {
            session: task.session,
            requester: from,
            agreement: task.hash().map_err(|error| error.to_string())?,
            dataset: task.owners[usize::from(index)].dataset.clone(),
            at: cx.now().wall,
        };
        let bytes = self.note(&one)?;
        cx.persist(FILE, bytes);
        Ok(())
    }

    /// Notes that nothing came of a use.
    pub(crate) fn give_back(&mut self, session: SessionId, cx: &mut Cx<'_, Self>) {
        if let Some(bytes) = self.room.uses.give_back(session) {
            cx.persist(FILE, bytes);
        }
    }

    /// Begins to share, where no chain has to be heard first.
    fn accept(
        &mut self,
        task: Task,
        considered: Considered,
        from: NodeId,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), String> {
        if !considered.is_noted() {
            self.note_use(&task, considered.index, from, cx)?;
        }
        self.sharing.insert(task.session, None);
        self.start_sharing(task, considered, cx);
        Ok(())
    }

    /// Shares, once the use is on the disk.
    pub(crate) fn start_sharing(
        &mut self,
        task: Task,
        considered: Considered,
        cx: &mut Cx<'_, Self>,
    ) {
        let myself: Link<Begun> = cx.myself();
        // Held back like the answer; a queue without room for control messages is lost anyway.
        let _ = cx.tell(&myself, Begun { task, considered });
    }

    fn share(&mut self, task: &Task, machine: Owner, cx: &mut Cx<'_, Self>) -> Result<(), String> {
        let session = task.session;
        let streams = task.streams().map_err(|error| error.to_string())?;
        let cast = Cast::new(task.parts()).map_err(|error| error.to_string())?;
        let contacts = task.parties.iter();
        let contacts = contacts
            .map(|seat| Contact { id: seat.process(), address: seat.reached_at().to_owned() });
        if let Some(transport) = cx.node().transport() {
            transport.learn(contacts.collect());
        }
        let parties: Vec<NodeId> = task.parties.iter().map(Seat::process).collect();
        let listener = move |event: Event<_, (), troupe_mpc::Error, _>| {
            if let Event::Ended { outcome, traffic } = event {
                let error = outcome.err().map(|error| error.to_string());
                tracing::info!(session = %session.short(), sent = traffic.sent, error, "columns shared");
            }
        };
        let child = Conversation::new(streams, self.me, cast, machine, MOST_WAITING, listener);
        let spawned = cx.child(
            child,
            Queue::default(),
            Some(task.within.total()),
            move |datasets: &mut Self, _, _| {
                datasets.sharing.remove(&session);
                Ok(())
            },
        );
        let door = cx.node().bulk().register(streams, parties, spawned.link::<BulkEvent>());
        let door = door.map_err(|why| {
            spawned.stop();
            format!("the session's streams: {why}")
        })?;
        self.sharing.insert(session, Some(door));
        Ok(())
    }
}

impl Begun {
    /// The machine that shares the columns. Encoding a million numbers takes a while.
    fn machine(&self, seed: &Seed, now: Now) -> Result<Owner, String> {
        let Considered { plan, index, table, rows } = &self.considered;
        let Task { session, within, owners, .. } = &self.task;
        let named = owners[usize::from(*index)].columns.iter();
        let named: Vec<String> = named.map(|column| column.name.to_string()).collect();
        // All of a model is shared; formulas name none of it.
        let of_model = table.number_columns().filter(|_| table.model.is_some());
        let names = named.into_iter().chain(of_model.map(str::to_owned));
        let raw = match rows {
            Rows::All => table.input(*session, names),
            Rows::Matched(rows, alignment) => {
                table.chosen(rows, within_session(*alignment, *session), names)
            }
            Rows::Joined => {
                let keys = owners[usize::from(*index)].keys.as_ref().ok_or("no keys")?;
                let keyed = keyed(table, &keys.columns, *session)?;
                // Nobody has the same rows in this order.
                let raw = table.chosen(keyed.rows(), Hash::default(), names);
                raw.map(|raw| keyed.table(raw))
            }
        };
        let raw = raw.ok_or("too many rows")?;
        let input = plan.table(&self.task, *index, &raw).map_err(|error| error.to_string())?;
        let (program, within) = (plan.program(), within.total());
        let terms = self.task.hash().map_err(|error| error.to_string())?;
        let place = Place { session: *session, terms };
        let owner = Owner::new(place, program, *index, input, within, seed, now);
        owner.map_err(|error| error.to_string())
    }
}

/// The rows in the order of their keys, which is another one in every session.
fn keyed(table: &Table, keys: &[Text<NAME>], session: SessionId) -> Result<Keyed, String> {
    let columns: Vec<&str> = keys.iter().map(|key| &**key).collect();
    let key = |row| table.key(&columns, row).unwrap_or_default();
    Keyed::new(session, (0..table.rows).map(key)).map_err(|error| error.to_string())
}

/// What both owners of matched rows show the parties: the same at both, and another one in every session.
fn within_session(alignment: Hash, session: SessionId) -> Hash {
    let digest = Sha256::new_with_prefix(b"troupe matched rows 1");
    Hash(digest.chain_update(session).chain_update(alignment).finalize().into())
}

impl Handle<Describe> for Datasets {
    fn handle(
        &mut self,
        Describe { dataset }: Describe,
        reply: Reply<Describe>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let answer = match self.describe(&dataset, cx.origin()) {
            Ok(description) => {
                let listed = self.listed.get(&*dataset).copied().unwrap_or(0);
                Described::As(Description { listed, ..description })
            }
            Err(reason) => Described::No(Text::cut(&reason)),
        };
        reply.send(answer, cx);
        Ok(())
    }
}

impl Handle<Contribute> for Datasets {
    fn handle(
        &mut self,
        Contribute(task): Contribute,
        reply: Reply<Contribute>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let session = task.session;
        let answer = move |outcome: Result<(), String>, cx: &mut Cx<'_, Self>| {
            let answer = match outcome {
                Ok(()) => Accepted::Yes,
                Err(reason) => Accepted::No(Text::cut(&reason)),
            };
            tracing::info!(session = %session.short(), ?answer, "contribution asked for");
            // Leaves when the use is on the disk.
            reply.send(answer, cx);
        };
        let considered = requester(cx.origin()).and_then(|from| {
            let is_settled = self.is_settled(&task)?;
            let considered = match task.layout {
                Layout::Matched | Layout::Joined => Some(self.joined(&task, from, cx)?),
                // Nothing is worked out before the chain says that it is about to start.
                Layout::Aligned | Layout::Pooled if is_settled => {
                    is_asker(&task, from)?;
                    None
                }
                Layout::Aligned | Layout::Pooled => {
                    Some(self.consider(&task, from, cx.now(), true)?)
                }
            };
            Ok((from, is_settled, considered))
        });
        match considered {
            Err(reason) => answer(Err(reason), cx),
            Ok((from, false, Some(considered))) => {
                let accepted = self.accept(task, considered, from, cx);
                answer(accepted, cx);
            }
            Ok((from, _, considered)) => self.confirm(task, considered, from, answer, cx),
        }
        Ok(())
    }
}

impl Handle<Begun> for Datasets {
    fn handle(
        &mut self,
        begun: Begun,
        _reply: Reply<Begun>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let session = begun.task.session;
        let seed = Seed::new(cx.node().random("mpc owner", 0).array());
        let (task, now) = (begun.task.clone(), cx.now());
        let encode = move || begun.machine(&seed, now);
        let then = move |datasets: &mut Self,
                         made: Result<Result<Owner, String>, CallError>,
                         cx: &mut Cx<'_, Self>| {
            let made = made.map_err(|why| why.to_string()).and_then(|made| made);
            let shared = made.and_then(|machine| datasets.share(&task, machine, cx));
            if let Err(reason) = shared {
                // The parties' deadline names us.
                tracing::warn!(session = %session.short(), reason, "columns were not shared");
                datasets.sharing.remove(&session);
            }
            Ok(())
        };
        if let Err(why) = cx.pool(Pool::Jobs, encode, then) {
            tracing::warn!(session = %session.short(), %why, "columns were not shared");
            self.sharing.remove(&session);
        }
        Ok(())
    }
}
