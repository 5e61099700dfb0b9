//! What is told to whoever follows the chain.

use std::sync::Arc;
use troupe_chain::Header;
use troupe_consensus::Term;
use troupe_types::{Hash, Height, Millis, NodeId};
use troupe_wire::{Lane, Message};

/// Told by the executor: a block is final and durable here.
#[derive(Debug)]
pub(crate) struct Advanced {
    pub(crate) height: Height,
    pub(crate) hash: Hash,
    /// The terms that are known in its state.
    pub(crate) terms: Arc<Vec<Term>>,
    /// The blocks above that prove it final.
    pub(crate) proven_by: Vec<Hash>,
    /// Their headers, as far as they are at hand.
    pub(crate) above: Vec<Header>,
}

/// Told by consensus: a peer is further than messages reach back.
#[derive(Debug)]
pub(crate) struct Nudge {
    /// How high it says the chain is.
    pub(crate) height: Height,
    pub(crate) peer: NodeId,
}

impl Message for Advanced {
    type Reply = ();
    const NAME: &'static str = "advanced";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::MAX;
}

impl Message for Nudge {
    type Reply = ();
    const NAME: &'static str = "nudge";
    const LANE: Lane = Lane::Control;
}
