//! What participants of a joint computation say to each other before and while it runs.

use crate::Task;
use crate::task::{Bounded, MAX_COLUMNS, NAME};
use bincode::{Decode, Encode};
use troupe_types::{Bytes, Hash, Millis, SessionId};
use troupe_wire::{Lane, Limit, List, Message, Retry, Sender, Text, Wire};

/// The service of compute parties.
pub const COMPUTE: &str = "compute.session";
/// The service of data owners.
pub const DATA: &str = "data.dataset";

/// Sent by the first receiver to each compute party: take your seat.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Prepare(pub Task);

/// Sent by the first receiver to each data owner once all parties are seated: share your columns.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Contribute(pub Task);

/// Sent by whoever declared a task on a chain to each data owner: agree to it there, before its parties are elected. They
/// are [nobody](crate::task::nobody) here.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Consent(pub Task);

/// Sent by the first receiver to both owners of rows that are matched, once all parties are seated: match your rows, and tell the
/// parties how many are common. After it they [contribute](Contribute) those.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Join(pub Task);

/// The answer to [`Join`], when the parties know as well.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Joined {
    /// So many rows are common.
    Rows(u32),
    /// It takes no part, or not any longer; nothing was shared.
    No(Text<256>),
}

/// Sent by an owner to the other one of a task whose rows they match: it is ready. The answer says whether the other one is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Meet {
    /// The task's session.
    pub session: SessionId,
    /// The task's hash.
    pub terms: Hash,
}

/// Sent by an owner of matched rows to each compute party: so many are common. The answer comes when both owners have said it:
/// a party that hears two numbers takes no part.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Common {
    /// The task's session.
    pub session: SessionId,
    /// The task's hash.
    pub terms: Hash,
    /// How many.
    pub rows: u32,
}

/// The answer to [`Prepare`], [`Contribute`], [`Consent`] and [`Common`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Accepted {
    /// It takes part.
    Yes,
    /// It does not; nothing was started there.
    No(Text<256>),
}

/// Sent by the receiver to a compute party: how far is it? Only the receiver is told.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Inquire(pub SessionId);

/// The answer to [`Inquire`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Status {
    /// What is going on.
    pub stage: Stage,
    /// How much of the stage is done, in bytes.
    pub done: u64,
    /// How much there is.
    pub total: u64,
    /// What this party has sent for the session.
    pub sent: Bytes,
    /// What it has received.
    pub received: Bytes,
}

/// See [`Status`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Stage {
    /// No such session here, or none of this receiver's.
    Unknown,
    /// Shares travel from the owners.
    Inputs,
    /// The parties work.
    Computing {
        /// The running round, from 1.
        round: u32,
        /// How many there are.
        rounds: u32,
    },
    /// Shares of the results travel to the receiver.
    Revealing,
    /// Done.
    Finished,
    /// Ended without a result.
    Failed(Text<256>),
    /// The parties prove that their messages were right.
    Checking {
        /// The running round, from 1.
        round: u32,
        /// How many there are.
        rounds: u32,
    },
}

/// Sent by the receiver: it no longer wants the result.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Abandon(pub SessionId);

/// Sent by whoever plans a computation: what is in this data set?
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Describe {
    /// The data set's name at its owner.
    pub dataset: Text<NAME>,
}

/// The answer to [`Describe`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Described {
    /// What the asker may know.
    As(Description),
    /// There is none that the asker may use.
    No(Text<256>),
}

/// A data set from outside.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Description {
    /// Its number of rows.
    pub rows: u64,
    /// Columns of numbers, with the bounds that their owner promises.
    pub columns: List<Bounded, MAX_COLUMNS>,
    /// SHA-256 of its content.
    pub content: Hash,
    /// Its number in the registry of the node's chain; 0 where it is not listed on one.
    pub listed: u64,
}

/// Data sets of one node that its keepers may list.
pub const MAX_SHELVES: usize = 256;

/// Sent by a keeper of a data node: offer one more data set, declared as manifests do it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Declare(pub Text<16_384>);

/// The answer to [`Declare`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Declared {
    /// It is offered, also after a restart.
    As(Shelf),
    /// It is not.
    No(Text<256>),
}

/// Sent by a keeper of a data node: offer this one no longer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Retract(pub Text<64>);

/// The answer to [`Retract`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Retracted {
    /// It is gone, also after a restart.
    Yes,
    /// It is as it was.
    No(Text<256>),
}

/// Sent by a keeper of a data node: what is offered?
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Inventory;

/// The answer to [`Inventory`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Listed {
    /// All data sets, by name.
    As(List<Shelf, MAX_SHELVES>),
    /// The asker is no keeper.
    No(Text<256>),
}

/// A data set as its keepers see it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Shelf {
    /// Its name.
    pub name: Text<64>,
    /// Its number of rows.
    pub rows: u64,
    /// Its number of columns, of every kind.
    pub columns: u32,
    /// SHA-256 of its content.
    pub content: Hash,
    /// How often it was used.
    pub uses: u64,
    /// It was added while the node ran; the others stand in its manifest.
    pub is_added: bool,
}

impl Message for Prepare {
    type Reply = Accepted;
    const NAME: &'static str = "prepare";
}

impl Wire for Prepare {
    const SERVICE: &'static str = COMPUTE;
    const TAG: u16 = 1;
    const LIMIT: Limit = Task::LIMIT;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Inquire {
    type Reply = Status;
    const NAME: &'static str = "inquire";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::secs(2);
    const RETRY: Retry = Retry::Idempotent;
}

impl Wire for Inquire {
    const SERVICE: &'static str = COMPUTE;
    const TAG: u16 = 2;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Abandon {
    type Reply = ();
    const NAME: &'static str = "abandon";
    const LANE: Lane = Lane::Control;
    const RETRY: Retry = Retry::Idempotent;
}

impl Wire for Abandon {
    const SERVICE: &'static str = COMPUTE;
    const TAG: u16 = 3;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Describe {
    type Reply = Described;
    const NAME: &'static str = "describe";
    const RETRY: Retry = Retry::Idempotent;
}

impl Wire for Describe {
    const SERVICE: &'static str = DATA;
    const TAG: u16 = 1;
    const LIMIT: Limit = Limit::KiB1;
    const REPLY_LIMIT: Limit = Limit::KiB256;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Contribute {
    type Reply = Accepted;
    const NAME: &'static str = "contribute";
}

impl Wire for Contribute {
    const SERVICE: &'static str = DATA;
    const TAG: u16 = 2;
    const LIMIT: Limit = Task::LIMIT;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Consent {
    type Reply = Accepted;
    const NAME: &'static str = "consent";
}

impl Wire for Consent {
    const SERVICE: &'static str = DATA;
    const TAG: u16 = 6;
    const LIMIT: Limit = Task::LIMIT;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Join {
    type Reply = Joined;
    const NAME: &'static str = "join";
    /// As long as a matching may take.
    const DEADLINE: Millis = Millis::secs(3_600);
}

impl Wire for Join {
    const SERVICE: &'static str = DATA;
    const TAG: u16 = 7;
    const LIMIT: Limit = Task::LIMIT;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Meet {
    type Reply = bool;
    const NAME: &'static str = "meet";
    const LANE: Lane = Lane::Control;
    const RETRY: Retry = Retry::Idempotent;
}

impl Wire for Meet {
    const SERVICE: &'static str = DATA;
    const TAG: u16 = 8;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Common {
    type Reply = Accepted;
    const NAME: &'static str = "common";
    const LANE: Lane = Lane::Control;
    /// The other owner may take longer.
    const DEADLINE: Millis = Millis::secs(3_600);
}

impl Wire for Common {
    const SERVICE: &'static str = COMPUTE;
    const TAG: u16 = 4;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Declare {
    type Reply = Declared;
    const NAME: &'static str = "declare";
    const DEADLINE: Millis = Millis::secs(120);
}

impl Wire for Declare {
    const SERVICE: &'static str = DATA;
    const TAG: u16 = 3;
    const LIMIT: Limit = Limit::KiB64;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Retract {
    type Reply = Retracted;
    const NAME: &'static str = "retract";
}

impl Wire for Retract {
    const SERVICE: &'static str = DATA;
    const TAG: u16 = 4;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Inventory {
    type Reply = Listed;
    const NAME: &'static str = "inventory";
    const RETRY: Retry = Retry::Idempotent;
}

impl Wire for Inventory {
    const SERVICE: &'static str = DATA;
    const TAG: u16 = 5;
    const LIMIT: Limit = Limit::KiB1;
    const REPLY_LIMIT: Limit = Limit::KiB64;
    const SENDER: Sender = Sender::Anyone;
}
