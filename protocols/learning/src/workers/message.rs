//! What a party and its workers say to each other.

use crate::Task;
use crate::message::Accepted;
use bincode::{Decode, Encode};
use troupe_market::duty::Say;
use troupe_market::message::Seen;
use troupe_market::statement::{Held, MOST_HELD, MOST_SIGNED, Statement};
use troupe_market::task::MAX_PUBLISHED;
use troupe_types::{Bytes, Hash, Millis, SessionId};
use troupe_wire::{Lane, Limit, List, Message, Retry, Sender, Text, Wire};

/// The service of workers.
pub const WORKER: &str = "compute.worker";
/// The service of a party for its workers.
pub const PARTY: &str = "compute.party";

/// Sessions that a worker tells of.
pub const MOST_RUNNING: usize = 256;

/// Sent by a worker to its party, again and again: it is there, and has this free.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Enlist {
    /// Where it is reached: host and port.
    pub address: Text<256>,
    /// Sessions that it can begin.
    pub slots: u32,
    /// What they may hold together.
    pub memory: Bytes,
    /// The sessions that it has.
    pub running: List<SessionId, MOST_RUNNING>,
}

/// The answer to [`Enlist`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Enlisted {
    /// It counts for so long.
    For(Millis),
    /// It is no worker of this party.
    No,
}

/// Sent by a party to the worker that has a seat of its: take it. What a chain settles begins when the party [says so](Begin).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Assign(pub Task);

/// Sent by a party to its worker: the chain says that the session begins.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Begin {
    /// Which session.
    pub session: SessionId,
    /// The hash of its task.
    pub hash: Hash,
    /// Where statements are made.
    pub ground: Ground,
}

/// Where the parties of a task make statements, and by which keys: what the chain says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Ground {
    /// The chain.
    pub chain_id: u64,
    /// The number of the task.
    pub task: u64,
    /// The hash of its terms.
    pub terms: Hash,
    /// The keys of the parties, in the order of the seats.
    pub keys: List<[u8; 32], 3>,
}

/// Sent by a party to its worker: it need not compute this.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Dismiss {
    /// Which session.
    pub session: SessionId,
    /// The hash of its task.
    pub hash: Hash,
    /// Why.
    pub why: Text<256>,
}

/// Sent by a worker to its party: signatures under what it states of a session.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Countersign {
    /// Which session.
    pub session: SessionId,
    /// The hash of its task.
    pub hash: Hash,
    /// What it states.
    pub statements: List<Statement, MOST_SIGNED>,
}

/// The answer to [`Countersign`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Countersigned {
    /// The party's signatures, in the same order.
    Yes(List<[u8; 64], MOST_SIGNED>),
    /// None, and why.
    No(Text<256>),
}

/// Sent by a worker to its party: what it has found out of a session, as the party's market is to know it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Note {
    /// Which session.
    pub session: SessionId,
    /// The hash of its task.
    pub hash: Hash,
    /// What.
    pub word: Word,
}

/// What a worker has found out; see [`Decision`](troupe_market::message::Decision).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Word {
    /// What it sent to another party, encrypted as it was.
    Sent {
        /// To which seat.
        to: u8,
        /// In which round.
        round: u32,
        /// What.
        message: List<u8, MAX_PUBLISHED>,
    },
    /// It waited in vain for this message.
    Missing {
        /// Of which seat.
        of: u8,
        /// In which round.
        round: u32,
    },
    /// What others signed.
    Holds(List<Held, MOST_HELD>),
    /// What came of it. Nothing follows.
    Said(Say),
}

impl Ground {
    /// What the chain says of a task whose parties were elected.
    #[must_use]
    pub fn of(seen: &Seen) -> Option<Self> {
        let keys = List::new(seen.nodes.iter().map(|(_, key)| *key).collect()).ok()?;
        let terms = Hash(seen.task.terms.0);
        Some(Self { chain_id: seen.chain_id, task: seen.task.id, terms, keys })
    }
}

impl Message for Enlist {
    type Reply = Enlisted;
    const NAME: &'static str = "enlist";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::secs(4);
}

impl Wire for Enlist {
    const SERVICE: &'static str = PARTY;
    const TAG: u16 = 1;
    const LIMIT: Limit = Limit::KiB64;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Countersign {
    type Reply = Countersigned;
    const NAME: &'static str = "countersign";
    const DEADLINE: Millis = Millis::secs(30);
}

impl Wire for Countersign {
    const SERVICE: &'static str = PARTY;
    const TAG: u16 = 2;
    const LIMIT: Limit = Limit::KiB64;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Note {
    /// Whether it is kept.
    type Reply = bool;
    const NAME: &'static str = "note";
    const DEADLINE: Millis = Millis::secs(10);
}

impl Wire for Note {
    const SERVICE: &'static str = PARTY;
    const TAG: u16 = 3;
    const LIMIT: Limit = Limit::KiB64;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Assign {
    type Reply = Accepted;
    const NAME: &'static str = "assign";
}

impl Wire for Assign {
    const SERVICE: &'static str = WORKER;
    const TAG: u16 = 1;
    const LIMIT: Limit = Task::LIMIT;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Begin {
    type Reply = Accepted;
    const NAME: &'static str = "begin";
    const LANE: Lane = Lane::Control;
    const RETRY: Retry = Retry::Idempotent;
}

impl Wire for Begin {
    const SERVICE: &'static str = WORKER;
    const TAG: u16 = 2;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Dismiss {
    type Reply = ();
    const NAME: &'static str = "dismiss";
    const LANE: Lane = Lane::Control;
    const RETRY: Retry = Retry::Idempotent;
}

impl Wire for Dismiss {
    const SERVICE: &'static str = WORKER;
    const TAG: u16 = 3;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Anyone;
}
