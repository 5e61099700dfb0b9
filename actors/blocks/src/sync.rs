//! `sync`: what is told to whoever follows the chain.

use troupe_types::{Hash, Height, Millis};
use troupe_wire::{Lane, Message};

/// Told by the executor: a block is final and durable here.
#[derive(Debug)]
pub(crate) struct Advanced {
    pub(crate) height: Height,
    pub(crate) hash: Hash,
}

impl Message for Advanced {
    type Reply = ();
    const NAME: &'static str = "advanced";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::MAX;
}
