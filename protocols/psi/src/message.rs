//! What data owners and those who ask them say to each other before, while and after rows are matched.
//!
//! Whoever wants rows matched [surveys](Survey) both owners, writes a [`Task`] and has both [consent](Match) to it. Nothing
//! has left either of them by then. Told to [`Begin`], both exchange their points; the result stays at the owners, and
//! where the task says so its requester [fetches](Fetch) it.

use crate::{Agreement, MAX_ITEMS, Mode, Side};
use bincode::{Decode, Encode};
use sha2::{Digest, Sha256};
use troupe_types::{Bytes, Hash, Millis, NodeId, SessionId};
use troupe_wire::{Lane, Limit, List, Message, Retry, Sender, Text, Wire, codec};

/// The service of data owners.
pub const SERVICE: &str = "data.dataset";
/// Columns that identify a row together.
pub const MAX_KEYS: usize = 4;
/// Rows of a result that are told at once.
pub const PAGE: usize = 256;

/// The terms of one matching, as everybody reads them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Task {
    /// Drawn at random by the requester; nothing is matched twice under one.
    pub session: SessionId,
    /// Whose rows.
    pub owners: [Owner; 2],
    /// Who learns what.
    pub mode: Mode,
    /// Who asked.
    pub requester: NodeId,
    /// Who gets what the receivers learned.
    pub delivery: Delivery,
    /// How long it may take from the beginning.
    pub within: Millis,
}

/// One owner's part.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Owner {
    /// Who it is.
    pub id: NodeId,
    /// Host and port.
    pub address: Text<256>,
    /// Which of its data sets.
    pub dataset: Text<64>,
    /// The columns that identify a row; those of both owners belong together in this order.
    pub keys: List<Text<64>, MAX_KEYS>,
    /// Different keys in it, as its owner told; both owners learn this of each other.
    pub items: u32,
}

/// Who gets a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Delivery {
    /// It stays with the owners that learned it, for computations on their common rows.
    Kept,
    /// The requester may fetch it from them as well.
    Returned,
}

/// A task that nobody should agree to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// One node is both owners.
    #[error("node {0} is both owners")]
    OneOwner(NodeId),
    /// No column identifies a row, or the owners name different numbers of them.
    #[error("rows are identified by {first} columns of one owner and {second} of the other")]
    Keys {
        /// The first owner's.
        first: usize,
        /// The second's.
        second: usize,
    },
    /// More items than a run can take.
    #[error("{got} items exceed {limit}")]
    Items {
        /// Items of an owner.
        got: u32,
        /// The most there may be.
        limit: u32,
    },
}

/// Sent by whoever plans a matching to an owner: how many different keys are there?
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Survey {
    /// The data set's name at its owner.
    pub dataset: Text<64>,
    /// The columns that identify a row.
    pub keys: List<Text<64>, MAX_KEYS>,
    /// The other owner.
    pub partner: NodeId,
}

/// The answer to [`Survey`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Surveyed {
    /// So many different keys.
    Items(u32),
    /// There is no such data set that the asker may match.
    No(Text<256>),
}

/// Sent by the requester to both owners: would you?
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Match(pub Task);

/// Sent by the requester to both owners once both consented: begin.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Begin(pub SessionId);

/// The answer to [`Match`] and [`Begin`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Assent {
    /// It takes part.
    Yes,
    /// It does not; nothing has left it.
    No(Text<256>),
}

/// Sent by the requester to an owner: how far is it?
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Watch(pub SessionId);

/// The answer to [`Watch`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Status {
    /// What is going on.
    pub stage: Stage,
    /// How much of the stage is done, in bytes.
    pub done: u64,
    /// How much there is.
    pub total: u64,
    /// What this owner has sent.
    pub sent: Bytes,
    /// What it has received.
    pub received: Bytes,
}

/// See [`Status`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Stage {
    /// No such matching here, or none of this requester's.
    Unknown,
    /// Both must consent first.
    Waiting,
    /// Points travel both ways.
    Points,
    /// Answers travel to whoever learns something.
    Answers,
    /// Done; both owners have this transcript.
    Finished(Hash),
    /// Ended without a result.
    Failed(Text<256>),
}

/// Sent by the requester: it no longer wants the result, and owners forget what they have of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Dismiss(pub SessionId);

/// Sent by the requester to an owner that learned something: what?
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Fetch {
    /// The matching.
    pub session: SessionId,
    /// The first row wanted, counted from 0 among the common ones.
    pub from: u32,
}

/// The answer to [`Fetch`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Fetched {
    /// How many are common; of those that the owner may name, the next keys.
    Common {
        /// How many there are.
        count: u32,
        /// Keys, each as its columns have it; none where only the number was learned.
        keys: List<List<Text<256>, MAX_KEYS>, PAGE>,
    },
    /// There is nothing for the asker.
    No(Text<256>),
}

impl Task {
    /// The largest encoding.
    pub const LIMIT: Limit = Limit::KiB16;

    /// What both owners bind every byte to.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let bytes = codec::encode(self, Self::LIMIT).unwrap_or_default();
        let digest = Sha256::new_with_prefix(b"troupe psi task 1").chain_update(bytes).finalize();
        Hash(digest.into())
    }

    /// Which side a node is.
    #[must_use]
    pub fn side(&self, id: NodeId) -> Option<Side> {
        let [first, second] = &self.owners;
        [(first, Side::First), (second, Side::Second)]
            .into_iter()
            .find(|(owner, _)| owner.id == id)
            .map(|(_, side)| side)
    }

    /// An owner's part.
    #[must_use]
    pub const fn owner(&self, side: Side) -> &Owner {
        match side {
            Side::First => &self.owners[0],
            Side::Second => &self.owners[1],
        }
    }

    /// The terms of the run, once they are fit for one.
    pub fn agreement(&self) -> Result<Agreement, Unfit> {
        let [first, second] = &self.owners;
        if first.id == second.id {
            return Err(Unfit::OneOwner(first.id));
        }
        if first.keys.is_empty() || first.keys.len() != second.keys.len() {
            return Err(Unfit::Keys { first: first.keys.len(), second: second.keys.len() });
        }
        let sizes = [first.items, second.items];
        if let Some(got) = sizes.into_iter().find(|items| *items > MAX_ITEMS) {
            return Err(Unfit::Items { got, limit: MAX_ITEMS });
        }
        Ok(Agreement { session: self.session, terms: self.hash(), mode: self.mode, sizes })
    }
}

impl Message for Survey {
    type Reply = Surveyed;
    const NAME: &'static str = "survey";
    const DEADLINE: Millis = Millis::secs(30);
    const RETRY: Retry = Retry::Idempotent;
}

impl Wire for Survey {
    const SERVICE: &'static str = SERVICE;
    const TAG: u16 = 16;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Match {
    type Reply = Assent;
    const NAME: &'static str = "match";
    const DEADLINE: Millis = Millis::secs(30);
}

impl Wire for Match {
    const SERVICE: &'static str = SERVICE;
    const TAG: u16 = 17;
    const LIMIT: Limit = Task::LIMIT;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Begin {
    type Reply = Assent;
    const NAME: &'static str = "begin_match";
    const RETRY: Retry = Retry::Idempotent;
}

impl Wire for Begin {
    const SERVICE: &'static str = SERVICE;
    const TAG: u16 = 18;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Watch {
    type Reply = Status;
    const NAME: &'static str = "watch";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::secs(2);
    const RETRY: Retry = Retry::Idempotent;
}

impl Wire for Watch {
    const SERVICE: &'static str = SERVICE;
    const TAG: u16 = 19;
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
    const SERVICE: &'static str = SERVICE;
    const TAG: u16 = 20;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Fetch {
    type Reply = Fetched;
    const NAME: &'static str = "fetch";
    const RETRY: Retry = Retry::Idempotent;
}

impl Wire for Fetch {
    const SERVICE: &'static str = SERVICE;
    const TAG: u16 = 21;
    const LIMIT: Limit = Limit::KiB1;
    const REPLY_LIMIT: Limit = Limit::KiB512;
    const SENDER: Sender = Sender::Anyone;
}
