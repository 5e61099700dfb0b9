//! What is asked of storage.

use std::sync::Arc;
use troupe_chain::search;
use troupe_consensus::{CommitProof, Term};
use troupe_ledger::Committed;
use troupe_types::{Epoch, Hash, Height, Millis};
use troupe_vault::{Archived, Stored};
use troupe_wire::{Lane, Message};

/// Told by the executor: a block is final and durable.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) committed: Arc<Committed>,
    pub(crate) proof: CommitProof,
}

/// Asks for a final block, with its receipts and its proof.
#[derive(Debug)]
pub struct StoredAt(pub Height);

/// Asks for the lowest block that is kept.
#[derive(Debug)]
pub struct Earliest;

/// Asks for the height of a final block.
#[derive(Debug)]
pub struct HeightOf(pub Hash);

/// Asks where a transaction is: the height of its block, and its place in it from 0.
#[derive(Debug)]
pub struct Find(pub Hash);

/// Asks for the state after a final block of any age. `None` where states are not kept.
#[derive(Debug)]
pub struct Past(pub Height);

/// Asks for the validators of an epoch that stakes elected a while ago. `None` where the block that did is not kept.
#[derive(Debug)]
pub struct Elected(pub Epoch);

/// Asks for final blocks by what is in them. `None` where that is not written down.
#[derive(Debug)]
pub struct Search(pub search::Search);

impl Message for Kept {
    type Reply = ();
    const NAME: &'static str = "kept";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::MAX;
}

impl Message for StoredAt {
    type Reply = Option<Arc<Stored>>;
    const NAME: &'static str = "stored_at";
}

impl Message for Earliest {
    type Reply = Height;
    const NAME: &'static str = "earliest";
}

impl Message for HeightOf {
    type Reply = Option<Height>;
    const NAME: &'static str = "height_of";
}

impl Message for Find {
    type Reply = Option<(Height, u32)>;
    const NAME: &'static str = "find";
}

impl Message for Search {
    type Reply = Option<search::Found>;
    const NAME: &'static str = "search";
}

impl Message for Elected {
    type Reply = Option<Term>;
    const NAME: &'static str = "elected";
}

impl Message for Past {
    type Reply = Option<Archived>;
    const NAME: &'static str = "past";
}
