//! What the pool is asked and told.

use troupe_chain::Invalid;
use troupe_chain::pool::{Sender, Status, Wanted};
use troupe_chain::transaction::Recovered;
use troupe_types::{Address, Bytes, Hash, Millis};
use troupe_wire::{Lane, Message};

/// Asked by whoever has a transaction, as its envelope: let it in.
#[derive(Debug)]
pub struct Submit(pub Vec<u8>);

/// The answer to [`Submit`]: its hash, or why it was not let in.
pub type Submitted = Result<Hash, Invalid>;

/// Asked by the executor: what goes into a block?
#[derive(Debug)]
pub(crate) struct Best(pub(crate) Wanted);

/// Told by the executor: a block is final.
#[derive(Debug)]
pub(crate) struct Settled {
    /// Accounts that it changed.
    pub(crate) changed: Vec<(Address, Sender)>,
    /// The base fee of the next one.
    pub(crate) base_fee: u64,
}

/// Told by the pool to itself: go on with what waits.
#[derive(Debug)]
pub(crate) struct Again;

/// Told to consensus: is there anything for a block?
#[derive(Debug)]
pub(crate) struct Waiting(pub(crate) bool);

impl Message for Submit {
    type Reply = Submitted;
    const NAME: &'static str = "submit";
    const LANE: Lane = Lane::Bulk;

    fn weight(&self) -> Bytes {
        Bytes::of(self.0.len())
    }
}

impl Message for Best {
    type Reply = Vec<Recovered>;
    const NAME: &'static str = "best";
    const LANE: Lane = Lane::Control;
}

impl Message for Settled {
    type Reply = ();
    const NAME: &'static str = "settled";
    const LANE: Lane = Lane::Control;
}

impl Message for Again {
    type Reply = ();
    const NAME: &'static str = "again";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::MAX;
}

impl Message for Waiting {
    type Reply = ();
    const NAME: &'static str = "waiting";
    const LANE: Lane = Lane::Control;
}

/// Asks for a transaction that waits.
#[derive(Debug)]
pub struct Pooled(pub Hash);

/// Asks how full the pool is.
#[derive(Debug)]
pub struct PoolStatus;

/// Asks what waits: at most so many that can go into a block, and as many that cannot.
#[derive(Debug)]
pub struct PoolContent(pub usize);

/// Asks for the nonce after a sender's transactions that can go into a block; `None` for one without.
#[derive(Debug)]
pub struct NextNonce(pub Address);

impl Message for Pooled {
    type Reply = Option<Recovered>;
    const NAME: &'static str = "pooled";
}

impl Message for PoolStatus {
    type Reply = Status;
    const NAME: &'static str = "pool_status";
}

impl Message for PoolContent {
    type Reply = (Vec<Recovered>, Vec<Recovered>);
    const NAME: &'static str = "pool_content";
}

impl Message for NextNonce {
    type Reply = Option<u64>;
    const NAME: &'static str = "next_nonce";
}
