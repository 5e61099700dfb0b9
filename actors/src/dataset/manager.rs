//! Decides which computations get shares of which columns.

use super::table::Table;
use super::uses::{FILE, Use, Uses};
use crate::conversation::{Conversation, Event};
use crate::session::cast;
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_config::{Policy, Statistic};
use troupe_mpc::agreement::{Agreement, Terms, Wanted};
use troupe_mpc::message::{Accepted, Contribute, Describe, Described, Description};
use troupe_mpc::{Owner, Program};
use troupe_runtime::{
    Actor, BulkEvent, Contact, Cx, Fault, Handle, Link, Origin, Pool, Queue, Registration, Reply,
};
use troupe_types::{Bytes, Millis, NodeId, SessionId};
use troupe_wire::{CallError, Message, Now, Seed, Text};

/// Computations that are served at a time.
const MOST: usize = 64;

/// A data set and who may do what with it.
pub(super) struct Offer {
    pub(super) table: Arc<Table>,
    pub(super) policy: Policy,
}

/// All data sets of this process.
pub(super) struct Datasets {
    me: NodeId,
    offers: Arc<BTreeMap<String, Offer>>,
    uses: Uses,
    running: BTreeMap<SessionId, Option<Registration>>,
}

/// Sent by the actor to itself once a use is on the disk.
pub(super) struct Begin {
    agreement: Agreement,
    program: Program,
    index: u8,
}

impl Message for Begin {
    type Reply = ();
    const NAME: &'static str = "begin";
    const LANE: troupe_wire::Lane = troupe_wire::Lane::Control;
}

impl Datasets {
    pub(super) const fn new(me: NodeId, offers: Arc<BTreeMap<String, Offer>>, uses: Uses) -> Self {
        Self { me, offers, uses, running: BTreeMap::new() }
    }

    /// Everything that must hold before a share leaves; the error is for the requester.
    fn consider(&self, agreement: &Agreement, from: &Origin) -> Result<Begin, String> {
        let Origin::Peer(peer) = from else { return Err("no requester".to_owned()) };
        if peer.id != agreement.receiver {
            return Err("only the receiver may ask for a contribution".to_owned());
        }
        if self.running.len() >= MOST {
            return Err(format!("{MOST} computations are served already"));
        }
        let index = agreement.owner(self.me).ok_or("no input is this node's")?;
        let terms = &agreement.owners[usize::from(index)];
        let offer = self.offer(&terms.dataset, peer.id)?;
        check_terms(terms, offer)?;
        let least = offer.policy.min_rows;
        if terms.rows < least {
            return Err(format!(
                "{} rows are fewer than the {least} that the policy wants",
                terms.rows
            ));
        }
        for wanted in agreement.statistics.iter() {
            let statistic = statistic(*wanted);
            if !offer.policy.allows(statistic) {
                let name = format!("{statistic:?}").to_lowercase();
                return Err(format!("the policy of {} does not allow {name}", &*terms.dataset));
            }
        }
        let program = agreement.program().map_err(|error| error.to_string())?;
        Ok(Begin { agreement: agreement.clone(), program, index })
    }

    /// The data set, if this requester may know of it.
    fn offer(&self, name: &str, requester: NodeId) -> Result<&Offer, String> {
        let offer = self.offers.get(name).filter(|offer| offer.policy.admits(&requester));
        // A data set that is not for the asker looks like one that is not there.
        offer.ok_or_else(|| format!("no data set {name} for this requester"))
    }

    fn describe(&self, name: &str, from: &Origin) -> Result<Description, String> {
        let Origin::Peer(peer) = from else { return Err("no requester".to_owned()) };
        let offer = self.offer(name, peer.id)?;
        offer.table.description().ok_or_else(|| format!("{name} has too many columns"))
    }
}

fn check_terms(terms: &Terms, offer: &Offer) -> Result<(), String> {
    let rows = offer.table.rows as u64;
    if terms.rows != rows {
        return Err(format!(
            "{} has {rows} rows, the agreement says {}",
            &*terms.dataset, terms.rows
        ));
    }
    let description = offer.table.description().ok_or("too many columns")?;
    for column in terms.columns.iter() {
        if !description.columns.contains(column) {
            let name = &*column.name;
            return Err(format!(
                "{} has no column {name} as the agreement describes it",
                &*terms.dataset
            ));
        }
    }
    Ok(())
}

const fn statistic(wanted: Wanted) -> Statistic {
    match wanted {
        Wanted::Sum(_) => Statistic::Sum,
        Wanted::Mean(_) => Statistic::Mean,
        Wanted::Variance(_) => Statistic::Variance,
        Wanted::Covariance(_, _) => Statistic::Covariance,
    }
}

impl Actor for Datasets {
    const KIND: &'static str = "dataset";
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
        let answer = match self.consider(&agreement, cx.origin()) {
            Ok(begin) => self.accept(begin, cx),
            Err(reason) => Accepted::No(Text::cut(&reason)),
        };
        let session = agreement.session.short();
        tracing::info!(session, requester = %agreement.receiver.short(), ?answer, "contribution asked for");
        // Leaves when the use is on the disk.
        reply.send(answer, cx);
        Ok(())
    }
}

impl Datasets {
    fn accept(&mut self, begin: Begin, cx: &mut Cx<'_, Self>) -> Accepted {
        let agreement = &begin.agreement;
        let one = Use {
            session: agreement.session,
            requester: agreement.receiver,
            agreement: agreement.hash(),
            dataset: agreement.owners[usize::from(begin.index)].dataset.clone(),
            at: cx.now().wall,
        };
        let Some(bytes) = self.uses.note(&one) else {
            return Accepted::No(Text::cut("this session was served before"));
        };
        self.running.insert(agreement.session, None);
        cx.persist(FILE, bytes);
        let myself: Link<Begin> = cx.myself();
        // Held back like the answer; a queue without room for control messages is lost anyway.
        let _ = cx.tell(&myself, begin);
        Accepted::Yes
    }

    fn share(
        &mut self,
        begin: &Begin,
        machine: Owner,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), String> {
        let Begin { agreement, program, index } = begin;
        let session = agreement.session;
        let cast = cast(agreement).map_err(|error| error.to_string())?;
        let contacts = agreement.parties.iter();
        let contacts =
            contacts.map(|seat| Contact { id: seat.id, address: seat.address.to_string() });
        if let Some(transport) = cx.node().transport() {
            transport.learn(contacts.collect());
        }
        let parties: Vec<NodeId> = agreement.parties.iter().map(|seat| seat.id).collect();
        let listener = move |event: Event<()>| {
            if let Event::Ended { outcome, traffic } = event {
                let error = outcome.err().map(|error| error.to_string());
                tracing::info!(session = %session.short(), sent = traffic.sent, error, "columns shared");
            }
        };
        // Parties send owners nothing but credit.
        let most = Bytes::mib(1);
        let child = Conversation::new(session, self.me, cast, machine, most, listener);
        tracing::debug!(session = %session.short(), owner = index, program = %program.hash(), "sharing");
        let spawned = cx.child(
            child,
            Queue::default(),
            Some(agreement.within),
            move |datasets: &mut Self, _, _| {
                datasets.running.remove(&session);
                Ok(())
            },
        );
        let door = cx.node().bulk().register(session, parties, spawned.link::<BulkEvent>());
        let door = door.map_err(|why| {
            spawned.stop();
            format!("the session's streams: {why}")
        })?;
        self.running.insert(session, Some(door));
        Ok(())
    }
}

impl Handle<Begin> for Datasets {
    fn handle(
        &mut self,
        begin: Begin,
        _reply: Reply<Begin>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let session = begin.agreement.session;
        let terms = begin.agreement.owners[usize::from(begin.index)].clone();
        let Some(table) = self.offers.get(&*terms.dataset).map(|offer| Arc::clone(&offer.table))
        else {
            return Ok(());
        };
        let seed = Seed::new(cx.node().random("mpc owner", 0).array());
        let (program, index) = (begin.program.clone(), begin.index);
        let (within, now) = (begin.agreement.within, cx.now());
        // Encoding a million numbers takes a while.
        let encode = move || machine(session, &program, index, &table, &terms, within, &seed, now);
        let then = move |datasets: &mut Self,
                         made: Result<Result<Owner, String>, CallError>,
                         cx: &mut Cx<'_, Self>| {
            let made = made.map_err(|why| why.to_string()).and_then(|made| made);
            let begun = made.and_then(|machine| datasets.share(&begin, machine, cx));
            if let Err(reason) = begun {
                // The parties' deadline names us.
                tracing::warn!(session = %session.short(), reason, "columns were not shared");
                datasets.running.remove(&session);
            }
            Ok(())
        };
        if let Err(why) = cx.pool(Pool::Jobs, encode, then) {
            tracing::warn!(session = %session.short(), %why, "columns were not shared");
            self.running.remove(&session);
        }
        Ok(())
    }
}

#[expect(clippy::too_many_arguments, reason = "everything that the job takes along to its thread")]
fn machine(
    session: SessionId,
    program: &Program,
    index: u8,
    table: &Table,
    terms: &Terms,
    within: Millis,
    seed: &Seed,
    now: Now,
) -> Result<Owner, String> {
    let columns = terms.columns.iter().map(|column| column.name.to_string());
    let input = table.input(session, columns).ok_or("too many rows")?;
    Owner::new(session, program, index, input, within, seed, now).map_err(|error| error.to_string())
}
