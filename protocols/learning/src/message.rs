//! What participants of a joint computation say to each other before and while it runs.

use crate::Task;
use crate::task::{Bounded, Deputy, MAX_COLUMNS, NAME};
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

/// Sent by the first receiver to each compute party before it is asked to take its seat: which process would compute? The parties are known,
/// their deputies are not.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Reserve(pub Task);

/// The answer to [`Reserve`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Reserved {
    /// The one that answers.
    Here,
    /// Another one of this party. It keeps a place free for a while.
    By(Deputy),
    /// None, and why.
    No(Text<256>),
}

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

impl Message for Reserve {
    type Reply = Reserved;
    const NAME: &'static str = "reserve";
    /// It may wait until a process has room.
    const DEADLINE: Millis = Millis::secs(10);
}

impl Wire for Reserve {
    const SERVICE: &'static str = COMPUTE;
    const TAG: u16 = 5;
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
    // 3, 4 and 5 were the owner's.
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
