//! Decides which computations get shares of which columns, and shares them.

use crate::manager::{Datasets, Offer, requester};
use crate::table::Table;
use crate::uses::{FILE, Use};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use troupe_config::Statistic;
use troupe_mpc::agreement::{Agreement, Terms, Wanted};
use troupe_mpc::message::{Accepted, Contribute, Describe, Described, Description};
use troupe_mpc::{Owner, Place, Program};
use troupe_runtime::{
    BulkEvent, Cast, Contact, Conversation, Cx, Event, Fault, Handle, Link, Origin, Pool, Queue,
    Reply,
};
use troupe_types::{Bytes, Hash, NodeId, SessionId};
use troupe_wire::{CallError, Lane, Message, Now, Seed, Text};

/// Parties send owners nothing but credit.
const MOST_WAITING: Bytes = Bytes::mib(1);

/// Which rows of a data set a use is about.
#[derive(Clone)]
enum Rows {
    All,
    /// Those that a matching found, in its order.
    Matched(Arc<[u32]>, Hash),
}

/// A data set, or a view of one, as a requester names it.
struct Named<'a> {
    /// The data set's own name.
    name: &'a str,
    offer: &'a Offer,
    rows: Rows,
}

impl Named<'_> {
    fn count(&self) -> u64 {
        match &self.rows {
            Rows::All => self.offer.table.rows as u64,
            Rows::Matched(rows, _) => rows.len() as u64,
        }
    }

    /// Its columns have the magnitudes of the whole data set: those of a part would tell of its rows.
    fn description(&self) -> Result<Description, String> {
        let whole = self.offer.table.description();
        let whole = whole.ok_or_else(|| format!("{} has too many columns", self.name))?;
        Ok(Description { rows: self.count(), ..whole })
    }
}

/// Sent by the actor to itself once a use is on the disk.
pub(crate) struct Begun {
    agreement: Agreement,
    program: Program,
    index: u8,
    table: Arc<Table>,
    rows: Rows,
}

impl Message for Begun {
    type Reply = ();
    const NAME: &'static str = "begun";
    const LANE: Lane = Lane::Control;
}

impl Datasets {
    /// The data set or the view of this name, if the requester may know of it.
    fn named<'a>(&'a self, full: &'a str, from: NodeId) -> Result<Named<'a>, String> {
        let Some((name, matching)) = full.split_once('@') else {
            return Ok(Named { name: full, offer: self.offer(full, from)?, rows: Rows::All });
        };
        let offer = self.offer(name, from)?;
        let common = matching.parse::<SessionId>().ok();
        let common =
            common.and_then(|session| self.matchings.aligned(session, (name, &offer.table), from));
        let (rows, alignment) =
            common.ok_or_else(|| format!("no matching {matching} of {name} for this requester"))?;
        Ok(Named { name, offer, rows: Rows::Matched(rows, alignment) })
    }

    /// Everything that must hold before a share leaves; the error is for the requester.
    fn consider(&self, agreement: &Agreement, origin: &Origin, now: Now) -> Result<Begun, String> {
        let from = requester(origin)?;
        if from != agreement.receiver {
            return Err("only the receiver may ask for a contribution".to_owned());
        }
        let index = agreement.owner(self.me).ok_or("no input is this node's")?;
        let terms = &agreement.owners[usize::from(index)];
        let named = self.named(&terms.dataset, from)?;
        self.may_use(named.name, named.offer, now.wall)?;
        check_terms(terms, &named)?;
        let policy = &named.offer.policy;
        let least = policy.min_rows;
        if terms.rows < least {
            return Err(format!(
                "{} rows are fewer than the {least} that the policy wants",
                terms.rows
            ));
        }
        for wanted in agreement.statistics.iter() {
            let statistic = statistic(*wanted);
            if !policy.allows(statistic) {
                let name = format!("{statistic:?}").to_lowercase();
                return Err(format!("the policy of {} does not allow {name}", named.name));
            }
        }
        if let Some(seat) = agreement.parties.iter().find(|seat| !policy.trusts(&seat.id)) {
            let id = seat.id.short();
            return Err(format!("the policy of {} does not let {id} compute", named.name));
        }
        let program = agreement.program().map_err(|error| error.to_string())?;
        let (table, rows) = (Arc::clone(&named.offer.table), named.rows.clone());
        Ok(Begun { agreement: agreement.clone(), program, index, table, rows })
    }

    fn describe(&self, name: &str, origin: &Origin) -> Result<Description, String> {
        self.named(name, requester(origin)?)?.description()
    }

    fn accept(&mut self, begun: Begun, cx: &mut Cx<'_, Self>) -> Result<(), String> {
        let agreement = &begun.agreement;
        let session = agreement.session;
        let one = Use {
            session,
            requester: agreement.receiver,
            agreement: agreement.hash(),
            dataset: agreement.owners[usize::from(begun.index)].dataset.clone(),
            at: cx.now().wall,
        };
        let bytes = self.note(&one)?;
        self.sharing.insert(session, None);
        cx.persist(FILE, bytes);
        let myself: Link<Begun> = cx.myself();
        // Held back like the answer; a queue without room for control messages is lost anyway.
        let _ = cx.tell(&myself, begun);
        Ok(())
    }

    fn share(
        &mut self,
        agreement: &Agreement,
        machine: Owner,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), String> {
        let session = agreement.session;
        let cast = Cast::new(agreement.parts()).map_err(|error| error.to_string())?;
        let contacts = agreement.parties.iter();
        let contacts =
            contacts.map(|seat| Contact { id: seat.id, address: seat.address.to_string() });
        if let Some(transport) = cx.node().transport() {
            transport.learn(contacts.collect());
        }
        let parties: Vec<NodeId> = agreement.parties.iter().map(|seat| seat.id).collect();
        let listener = move |event: Event<_, (), troupe_mpc::Error>| {
            if let Event::Ended { outcome, traffic } = event {
                let error = outcome.err().map(|error| error.to_string());
                tracing::info!(session = %session.short(), sent = traffic.sent, error, "columns shared");
            }
        };
        let child = Conversation::new(session, self.me, cast, machine, MOST_WAITING, listener);
        let spawned = cx.child(
            child,
            Queue::default(),
            Some(agreement.within),
            move |datasets: &mut Self, _, _| {
                datasets.sharing.remove(&session);
                Ok(())
            },
        );
        let door = cx.node().bulk().register(session, parties, spawned.link::<BulkEvent>());
        let door = door.map_err(|why| {
            spawned.stop();
            format!("the session's streams: {why}")
        })?;
        self.sharing.insert(session, Some(door));
        Ok(())
    }
}

fn check_terms(terms: &Terms, named: &Named<'_>) -> Result<(), String> {
    let (name, rows) = (&*terms.dataset, named.count());
    if terms.rows != rows {
        return Err(format!("{name} has {rows} rows, the agreement says {}", terms.rows));
    }
    let description = named.description()?;
    match terms.columns.iter().find(|column| !description.columns.contains(column)) {
        None => Ok(()),
        Some(column) => {
            let column = &*column.name;
            Err(format!("{name} has no column {column} as the agreement describes it"))
        }
    }
}

const fn statistic(wanted: Wanted) -> Statistic {
    match wanted {
        Wanted::Sum(_) => Statistic::Sum,
        Wanted::Mean(_) => Statistic::Mean,
        Wanted::Variance(_) => Statistic::Variance,
        Wanted::Covariance(_, _) => Statistic::Covariance,
    }
}

impl Begun {
    /// The machine that shares the columns. Encoding a million numbers takes a while.
    fn machine(&self, seed: &Seed, now: Now) -> Result<Owner, String> {
        let Agreement { session, within, owners, .. } = &self.agreement;
        let columns = owners[usize::from(self.index)].columns.iter();
        let names = columns.map(|column| column.name.to_string());
        let input = match &self.rows {
            Rows::All => self.table.input(*session, names),
            Rows::Matched(rows, alignment) => {
                self.table.chosen(rows, within_session(*alignment, *session), names)
            }
        };
        let input = input.ok_or("too many rows")?;
        let place = Place { session: *session, terms: self.agreement.hash() };
        let owner = Owner::new(place, &self.program, self.index, input, *within, seed, now);
        owner.map_err(|error| error.to_string())
    }
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
            Ok(description) => Described::As(description),
            Err(reason) => Described::No(Text::cut(&reason)),
        };
        reply.send(answer, cx);
        Ok(())
    }
}

impl Handle<Contribute> for Datasets {
    fn handle(
        &mut self,
        Contribute(agreement): Contribute,
        reply: Reply<Contribute>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let considered = self.consider(&agreement, cx.origin(), cx.now());
        let answer = match considered.and_then(|begun| self.accept(begun, cx)) {
            Ok(()) => Accepted::Yes,
            Err(reason) => Accepted::No(Text::cut(&reason)),
        };
        let session = agreement.session.short();
        tracing::info!(session, requester = %agreement.receiver.short(), ?answer, "contribution asked for");
        // Leaves when the use is on the disk.
        reply.send(answer, cx);
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
        let session = begun.agreement.session;
        let seed = Seed::new(cx.node().random("mpc owner", 0).array());
        let (agreement, now) = (begun.agreement.clone(), cx.now());
        let encode = move || begun.machine(&seed, now);
        let then = move |datasets: &mut Self,
                         made: Result<Result<Owner, String>, CallError>,
                         cx: &mut Cx<'_, Self>| {
            let made = made.map_err(|why| why.to_string()).and_then(|made| made);
            let shared = made.and_then(|machine| datasets.share(&agreement, machine, cx));
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
