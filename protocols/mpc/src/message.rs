//! What participants of a joint computation say to each other before and while it runs.

use crate::agreement::{Agreement, ColumnTerms, MAX_COLUMNS};
use bincode::{Decode, Encode};
use troupe_types::{Bytes, Hash, Millis, SessionId};
use troupe_wire::{Lane, Limit, List, Message, Retry, Sender, Text, Wire};

/// The service of compute parties.
pub const COMPUTE: &str = "compute.session";
/// The service of data owners.
pub const DATA: &str = "data.dataset";

/// Sent by the receiver to each compute party: take your seat.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Prepare(pub Agreement);

/// Sent by the receiver to each data owner once all parties are seated: share your columns.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Contribute(pub Agreement);

/// The answer to [`Prepare`] and [`Contribute`].
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
}

/// Sent by the receiver: it no longer wants the result.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Abandon(pub SessionId);

/// Sent by whoever plans a computation: what is in this data set?
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Describe {
    /// The data set's name at its owner.
    pub dataset: Text<64>,
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
    /// Columns of numbers.
    pub columns: List<ColumnTerms, MAX_COLUMNS>,
    /// SHA-256 of its content.
    pub content: Hash,
}

impl Message for Prepare {
    type Reply = Accepted;
    const NAME: &'static str = "prepare";
}

impl Wire for Prepare {
    const SERVICE: &'static str = COMPUTE;
    const TAG: u16 = 1;
    const LIMIT: Limit = Agreement::LIMIT;
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
    const REPLY_LIMIT: Limit = Limit::KiB16;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Contribute {
    type Reply = Accepted;
    const NAME: &'static str = "contribute";
}

impl Wire for Contribute {
    const SERVICE: &'static str = DATA;
    const TAG: u16 = 2;
    const LIMIT: Limit = Agreement::LIMIT;
    const SENDER: Sender = Sender::Anyone;
}
