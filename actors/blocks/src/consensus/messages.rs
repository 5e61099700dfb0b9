//! What consensus is asked and told by others of this process.

use troupe_consensus::{Anchor, Evidence, Snapshot};
use troupe_types::Millis;
use troupe_wire::{Lane, Message};

/// Told by sync: blocks up to this one, which others made final, are executed and durable here.
#[derive(Debug)]
pub(crate) struct Synced(pub(crate) Box<Anchor>);

/// Told by the executor: does evidence wait for a block?
#[derive(Debug)]
pub(crate) struct Accusing(pub(crate) bool);

/// Told by the executor: a final block carries this.
#[derive(Debug)]
pub(crate) struct Reported(pub(crate) Evidence);

/// Asks where this node's part in consensus is, and why it does not go on.
#[derive(Debug)]
pub struct Standing;

/// Asks for proofs that validators contradicted themselves, as far as this node has seen: one an
/// offence, the earliest first, of many those of the latest views.
#[derive(Debug)]
pub struct Contradictions;

impl Message for Synced {
    type Reply = ();
    const NAME: &'static str = "synced";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::MAX;
}

impl Message for Accusing {
    type Reply = ();
    const NAME: &'static str = "accusing";
    const LANE: Lane = Lane::Control;
}

impl Message for Reported {
    type Reply = ();
    const NAME: &'static str = "reported";
}

impl Message for Standing {
    type Reply = Box<Snapshot>;
    const NAME: &'static str = "standing";
}

impl Message for Contradictions {
    type Reply = Vec<Evidence>;
    const NAME: &'static str = "contradictions";
}
