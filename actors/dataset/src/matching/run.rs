//! One side of a run, as a child of the actor.

use crate::manager::Datasets;
use std::convert::Infallible;
use troupe_psi::{Agreement, Deadlines, Error, Outcome, Partner, Party, Progress, Seat, Set, Side};
use troupe_runtime::{
    BulkEvent, Cancel, Cast, Contact, Conversation, Cx, Event, Exit, Forks, Link, Proceed, Queue,
    Registration,
};
use troupe_types::{Bytes, Millis, NodeId};
use troupe_wire::Seed;

/// What a party keeps of an item, its own or the other's.
const ITEM: u64 = 128;
/// Bytes that may wait for a party beyond what its partner sends.
const SLACK: Bytes = Bytes::mib(2);

/// What both owners have agreed on, and who the other one is.
pub(crate) struct Run {
    pub(crate) agreement: Agreement,
    pub(crate) side: Side,
    pub(crate) partner: Contact,
    pub(crate) within: Millis,
}

/// A party that listens.
pub(crate) struct Seated {
    pub(crate) proceed: Link<Proceed>,
    pub(crate) cancel: Link<Cancel>,
    /// Lets the other owner's stream in for as long as it is held.
    _door: Registration,
}

impl Run {
    /// Seats the party and opens its door; it says nothing before it is told to. `listener` hears of it, and `left` why it is
    /// gone.
    pub(crate) fn seat(
        self,
        me: NodeId,
        set: Set,
        listener: impl FnMut(Event<Progress, Outcome, Error, Infallible>) + 'static,
        left: impl FnOnce(&mut Datasets, &str, &mut Cx<'_, Datasets>) + 'static,
        cx: &mut Cx<'_, Datasets>,
    ) -> Result<Seated, String> {
        let Self { agreement, side, partner, within } = self;
        let session = agreement.session;
        let seat = Seat { agreement, side, deadlines: deadlines(within) };
        let seed = Seed::new(cx.node().random("psi party", 0).array());
        let party = Party::new(seat, set, &seed, cx.node().forks(), cx.now());
        let party: Party<Forks> = party.map_err(|error| error.to_string())?;
        let other = partner.id;
        if let Some(transport) = cx.node().transport() {
            transport.learn(vec![partner]);
        }
        let cast = Cast::new([(Partner, other)]).map_err(|error| error.to_string())?;
        let incoming = agreement.traffic()[if side == Side::First { 1 } else { 0 }];
        let most = Bytes(incoming.saturating_add(SLACK.0));
        let child = Conversation::new(session, me, cast, party, most, listener).waiting();
        let queue = Queue { messages: 4_096, bytes: Bytes::mib(16) };
        let spawned =
            cx.child(child, queue, Some(within), move |datasets: &mut Datasets, exit, cx| {
                left(datasets, &why(&exit), cx);
                Ok(())
            });
        let door = cx.node().bulk().register(session, vec![other], spawned.link::<BulkEvent>());
        let door = door.map_err(|why| {
            spawned.stop();
            format!("the session's streams: {why}")
        })?;
        let (proceed, cancel) = (spawned.link::<Proceed>(), spawned.link::<Cancel>());
        Ok(Seated { proceed, cancel, _door: door })
    }
}

fn why(exit: &Exit) -> String {
    match exit {
        Exit::Stopped => "stopped".to_owned(),
        Exit::DeadlinePassed => "the deadline of the matching passed".to_owned(),
        Exit::Panicked(_) => "the matching crashed".to_owned(),
        Exit::Faulted(fault) => fault.to_string(),
    }
}

/// What a run takes while it lasts: its machine, and what waits for it.
pub(crate) fn memory(sizes: [u32; 2]) -> Bytes {
    let items = u64::from(sizes[0]) + u64::from(sizes[1]);
    Bytes(items.saturating_mul(ITEM + 64).saturating_add(SLACK.0))
}

/// Most of the time is for the points, which both sides compute.
fn deadlines(within: Millis) -> Deadlines {
    Deadlines { points: Millis(within.0 / 10 * 7), answers: Millis(within.0 / 10 * 2) }
}
