//! What the executor is asked and told.

use std::sync::Arc;
use troupe_chain::pool::Sender;
use troupe_chain::state::{AccountProof, Layered, Slot};
use troupe_consensus::{Anchor, Block, CommitProof, Evidence, Order, Outcome, Term};
use troupe_types::{Address, Bytes, Hash, Height, Millis};
use troupe_wire::{Lane, Message};

/// Asked by consensus: make a block. The answer is the block and what it elects; `None` when its parent
/// can no longer become final.
#[derive(Debug)]
pub(crate) struct Build(pub(crate) Order);

/// Asked by consensus: execute a block. `None` when it can no longer become final.
#[derive(Debug)]
pub(crate) struct Execute(pub(crate) Arc<Block>);

/// Told by consensus: a block is final.
#[derive(Debug)]
pub(crate) struct Commit {
    pub(crate) hash: Hash,
    pub(crate) proof: CommitProof,
}

/// Asked by sync: take over blocks that others have made final, ascending. Their proofs were checked.
/// Answered when they are durable.
#[derive(Debug)]
pub(crate) struct Import(pub(crate) Vec<Imported>);

/// One of them.
#[derive(Debug, Clone)]
pub(crate) struct Imported {
    pub(crate) block: Arc<troupe_chain::Block>,
    pub(crate) proof: CommitProof,
}

/// Told by consensus: a validator contradicted itself. The signatures were checked.
#[derive(Debug)]
pub(crate) struct Accuse(pub(crate) Evidence);

/// Asked by the pool: what does the last final state say of these senders?
#[derive(Debug)]
pub(crate) struct Look(pub(crate) Vec<Address>);

/// Asks for the last final block that is durable here.
#[derive(Debug)]
pub struct Head;

/// The answer to [`Head`].
#[derive(Debug, Clone)]
pub struct Headed {
    /// Its height.
    pub height: Height,
    /// Its hash.
    pub hash: Hash,
    /// The state after it.
    pub state: Layered,
    /// The terms that are known in it.
    pub terms: Arc<Vec<Term>>,
}

/// Asks for the state after a final block. `None` for all but the last few.
#[derive(Debug)]
pub struct StateAt(pub Height);

/// Asks what proves an account against the state root of a final block. `None` for all but the last few.
#[derive(Debug)]
pub struct Prove {
    /// Of which block.
    pub height: Height,
    /// Which account.
    pub address: Address,
    /// Which words of its storage.
    pub slots: Vec<Slot>,
}

impl Message for Build {
    type Reply = Option<(Block, Option<Term>)>;
    const NAME: &'static str = "build";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::secs(30);
}

impl Message for Execute {
    type Reply = Option<Outcome>;
    const NAME: &'static str = "execute";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::secs(30);
}

impl Message for Commit {
    type Reply = ();
    const NAME: &'static str = "commit";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::MAX;
}

impl Message for Import {
    type Reply = Box<Anchor>;
    const NAME: &'static str = "import";
    const DEADLINE: Millis = Millis::secs(600);
}

impl Message for Accuse {
    type Reply = ();
    const NAME: &'static str = "accuse";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::MAX;
}

impl Message for Look {
    type Reply = Vec<Sender>;
    const NAME: &'static str = "look";
}

impl Message for Head {
    type Reply = Headed;
    const NAME: &'static str = "head";
}

impl Message for StateAt {
    type Reply = Option<Layered>;
    const NAME: &'static str = "state_at";
}

impl Message for Prove {
    type Reply = Option<AccountProof>;
    const NAME: &'static str = "prove";

    fn weight(&self) -> Bytes {
        Bytes::of(self.slots.len() * size_of::<Slot>())
    }
}
