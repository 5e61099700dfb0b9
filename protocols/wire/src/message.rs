//! What can be sent to an actor, and what may cross between processes.

use crate::{Limit, Version};
use bincode::{Decode, Encode};
use troupe_types::{Bytes, Millis};

/// How early a message is refused when its receiver falls behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Large and patient: refused once the receiver's queue is half full.
    Bulk,
    /// Ordinary: refused at nine tenths.
    Normal,
    /// Keeps the system going: refused only when the queue is full.
    Control,
}

/// Whether a call whose outcome is unknown may be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// It may have run, and running it twice is not the same as once.
    Never,
    /// Running it twice is the same as once.
    Idempotent,
}

/// Who may send a message from another process; checked before its body is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sender {
    /// Every authenticated peer of this network.
    Anyone,
    /// Peers that this process's own manifest or directory lists.
    Listed,
    /// Listed peers which have one of these roles there.
    Roles(&'static [&'static str]),
}

/// Anything an actor can be told or asked.
pub trait Message: Send + Sized + 'static {
    /// What the receiver answers; `()` for what is only told.
    type Reply: Send + 'static;
    /// The label in metrics and traces, `snake_case`.
    const NAME: &'static str;
    /// How early it is refused under load.
    const LANE: Lane = Lane::Normal;
    /// How long it is worth running when nobody said otherwise.
    const DEADLINE: Millis = Millis::secs(5);
    /// Whether it may be sent again when its outcome is unknown.
    const RETRY: Retry = Retry::Never;

    /// The memory it holds while it waits, its own size included.
    fn weight(&self) -> Bytes {
        Bytes::of(size_of::<Self>())
    }
}

/// A message that may cross between processes.
///
/// Sent messages never change: a changed field is a new type with a new tag, and tags are never
/// used again.
pub trait Wire: Message<Reply: Encode + Decode<()>> + Encode + Decode<()> {
    /// The service that answers it, as published in manifests: `compute.session`.
    const SERVICE: &'static str;
    /// Its number within the service.
    const TAG: u16;
    /// The first protocol version that has it.
    const SINCE: Version = Version(1);
    /// The largest encoding.
    const LIMIT: Limit;
    /// The largest encoding of the reply.
    const REPLY_LIMIT: Limit = Limit::KiB1;
    /// Who may send it.
    const SENDER: Sender;
}
