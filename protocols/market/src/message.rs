//! What the actors of one process say to each other of tasks on the chain. None of it crosses between processes.
//!
//! The actor `market` answers. Whoever holds data or computes tells it what was [decided](Decide); the actor sees to it that the
//! chain hears of it, when it is the time for it.

use crate::call::abi::{DataRegistry, TaskMarket};
use crate::data::Listing;
use crate::duty::{Knows, Say, Who};
use crate::statement::{Held, Statement};
use crate::task::{End, Phase};
use troupe_types::{Bytes, Height, Millis, NodeId, UnixMillis};
use troupe_wire::Message;

/// The kind of the actor that answers.
pub const ACTOR: &str = "market";

/// Asked by any actor of the process: what does the chain say of a task, and who are we there?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look(pub u64);

/// Asked by any actor of the process: say so when the task is in this phase or a later one, or over. Whoever stops waiting may
/// ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Await {
    /// Which task.
    pub task: u64,
    /// The phase.
    pub phase: Phase,
}

/// Told by whoever holds data or computes: what this process has decided or found out. It is kept until the task is over,
/// merged with what was said before. The reply says that it is kept, not that it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decide {
    /// Of which task.
    pub task: u64,
    /// What.
    pub decision: Decision,
}

/// Asked by whoever computes: signatures of this node under what it states of a task that it computes now, in the same order.
/// What was signed of a task is on the disk before anybody has it, and nothing that contradicts it is ever signed, whatever
/// became of the process in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// Of which task.
    pub task: u64,
    /// What; of one task no more than [`MOST_SIGNED`](crate::statement::MOST_SIGNED).
    pub statements: Vec<Statement>,
}

/// What was decided or found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// As an owner: the policy allows the terms.
    Allow,
    /// As an owner: the parties may start.
    Confirm,
    /// As an owner: it does not take part in what is about to start, and why. The first reason counts.
    Decline(End),
    /// As a party: it has the terms and can compute them. Whoever does not say so and finds that it has to compute gives up:
    /// it has forgotten.
    Able,
    /// As a party: what came of it. The first word counts.
    Say(Say),
    /// What others signed of how the task ends, at most [`MOST_HELD`](crate::statement::MOST_HELD) of them: whoever contradicts it
    /// on the chain is reported there.
    Holds(Vec<Held>),
    /// As a party: it waited in vain for this message. It is demanded on the chain before anything is said there of what came of
    /// it, and whatever is published is acknowledged.
    Missing {
        /// Of which seat.
        of: u8,
        /// In which round.
        round: u32,
    },
    /// As a party: the message of this demand of its own is there now.
    Received(u8),
    /// As a party: what it has sent to another one, encrypted as it was. It is published if that is demanded, and only then; said
    /// again, the last one counts.
    Sent {
        /// To which seat.
        to: u8,
        /// In which round.
        round: u32,
        /// What; no longer than [`MAX_PUBLISHED`](crate::task::MAX_PUBLISHED).
        message: Vec<u8>,
    },
}

/// Told by [`ACTOR`] to whoever computed: what was published of the message that it [missed](Decision::Missing). It may be
/// lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// In which task.
    pub task: u64,
    /// Of which seat.
    pub of: u8,
    /// In which round.
    pub round: u32,
    /// What was published; nothing where the party has nothing.
    pub message: Vec<u8>,
}

/// Asked by whoever holds data: have these listed on the chain, and nothing else of this node. What is new is published, what
/// differs is updated, what is gone is revoked. The answer comes when all of it is on the chain; said again, nothing happens
/// again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer(pub Vec<Listing>);

/// What the chain says of a task.
#[derive(Clone)]
pub struct Seen {
    /// The chain.
    pub chain_id: u64,
    /// The block after which this is so.
    pub height: Height,
    /// The time of that block.
    pub time: UnixMillis,
    /// Who we are in the market.
    pub me: Who,
    /// The task.
    pub task: TaskMarket::Task,
    /// Who has its seats, in their order: the node and its key.
    pub nodes: Vec<(NodeId, [u8; 32])>,
    /// The data sets of its legs, in their order.
    pub datasets: Vec<DataRegistry::Dataset>,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Seen({}, phase {}, after {})", self.task.id, self.task.phase, self.height)
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unseen {
    /// There is no such task.
    #[error("there is no task {0} on the chain")]
    NoTask(u64),
    /// The chain has no market.
    #[error("the chain has no market")]
    NoMarket,
    /// The process has seen no block yet.
    #[error("no block was seen yet")]
    NotYet,
    /// Nobody answers for the chain, or what is answered cannot be read.
    #[error("the chain was not read: {0}")]
    Unreachable(String),
    /// So many wait, are listed, or are kept; nothing was done.
    #[error("{got} {what}, allowed are {most}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        got: usize,
        /// The most.
        most: usize,
    },
    /// The chain refused what was to be done.
    #[error("the chain refused it: {0}")]
    Refused(String),
    /// The account has no seat in the task, or the task is in no phase in which something is signed of it.
    #[error("task {0} is not computed here now")]
    NotComputing(u64),
    /// Something else was stated of the task before.
    #[error("something else was said of task {0} before")]
    Said(u64),
    /// There is no signature: the key cannot be used.
    #[error("the key of this node signs nothing: {0}")]
    NoKey(String),
}

impl Message for Look {
    type Reply = Result<Seen, Unseen>;
    const NAME: &'static str = "look";
    /// Several questions to others, where the process keeps no chain.
    const DEADLINE: Millis = Millis::secs(30);
}

impl Message for Await {
    type Reply = Result<Seen, Unseen>;
    const NAME: &'static str = "await";
    /// Phases may take that long.
    const DEADLINE: Millis = Millis::secs(12 * 3_600);
}

impl Message for Decide {
    type Reply = Result<(), Unseen>;
    const NAME: &'static str = "decide";
    const DEADLINE: Millis = Millis::secs(30);

    fn weight(&self) -> Bytes {
        let more = match &self.decision {
            Decision::Sent { message, .. } => message.len(),
            Decision::Holds(held) => size_of::<Held>() * held.len(),
            Decision::Allow
            | Decision::Confirm
            | Decision::Decline(_)
            | Decision::Able
            | Decision::Say(_)
            | Decision::Missing { .. }
            | Decision::Received(_) => 0,
        };
        Bytes::of(size_of::<Self>() + more)
    }
}

impl Message for Sign {
    type Reply = Result<Vec<[u8; 64]>, Unseen>;
    const NAME: &'static str = "sign";
    const DEADLINE: Millis = Millis::secs(30);

    fn weight(&self) -> Bytes {
        Bytes::of(size_of::<Self>() + size_of::<Statement>() * self.statements.len())
    }
}

impl Message for Shown {
    type Reply = ();
    const NAME: &'static str = "shown";
    const DEADLINE: Millis = Millis::secs(30);

    fn weight(&self) -> Bytes {
        Bytes::of(size_of::<Self>() + self.message.len())
    }
}

impl Message for Offer {
    /// The numbers of the data sets, in the order in which they were given.
    type Reply = Result<Vec<u64>, Unseen>;
    const NAME: &'static str = "offer";
    /// Longer than several things take that are done one after the other.
    const DEADLINE: Millis = Millis::secs(1_800);

    fn weight(&self) -> Bytes {
        // A listing with lists as long as they may be has some two KiB.
        Bytes::of(self.0.len() * (size_of::<Listing>() + 2_048))
    }
}

impl Knows {
    /// Merges what was decided with what is known; [what was sent](Decision::Sent) is for whoever keeps it.
    pub fn add(&mut self, decision: &Decision) {
        match decision {
            Decision::Allow => self.is_allowed = true,
            Decision::Confirm => self.is_confirmed = true,
            Decision::Decline(why) => {
                self.declines.get_or_insert(*why);
            }
            Decision::Able => self.is_able = true,
            Decision::Say(say) => {
                self.said.get_or_insert(*say);
            }
            Decision::Missing { of, round } => self.missing = Some((*of, *round)),
            Decision::Holds(held) => {
                for one in held {
                    if !self.held.contains(one) {
                        self.held.push(*one);
                    }
                }
            }
            Decision::Received(number) if !self.received.contains(number) => {
                self.received.push(*number);
            }
            Decision::Received(_) | Decision::Sent { .. } => {}
        }
    }
}
