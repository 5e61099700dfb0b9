//! What processes say to a directory.

use bincode::{Decode, Encode};
use troupe_types::{Incarnation, Millis, NodeId};
use troupe_wire::{Limit, List, Message, Retry, Sender, Text, Wire};

/// The service under which a directory answers.
pub const SERVICE: &str = "directory";

/// The most entries in one answer.
pub const MAX_FOUND: usize = 64;

/// A process as others find it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Entry {
    /// Whom the certificate must prove.
    pub id: NodeId,
    /// Which start of the node this is.
    pub incarnation: Incarnation,
    /// Where it listens: host and port.
    pub address: Text<256>,
    /// The role it says it has.
    pub role: Text<32>,
    /// The services it publishes.
    pub services: List<Text<64>, 16>,
}

/// Sent by every process to its bootstrap peers when it starts and before its entry expires.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Announce {
    /// Which start of the node this is.
    pub incarnation: Incarnation,
    /// Where it listens: host and port.
    pub address: Text<256>,
    /// The role it has.
    pub role: Text<32>,
    /// The services it publishes.
    pub services: List<Text<64>, 16>,
}

/// The answer to [`Announce`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Announced {
    /// Listed for so long; announce again in half of it.
    For(Millis),
    /// Not listed, and why.
    Refused(Text<128>),
}

/// Sent by a process that drains: nobody should be sent to it any more.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Withdraw;

/// Sent by whoever looks for a service.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Find {
    /// The service; empty for every process.
    pub service: Text<64>,
    /// How many entries are wanted; at most [`MAX_FOUND`] come.
    pub most: u16,
}

/// Sent by whoever has to reach certain processes and does not know where they are: validators that were elected.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Locate(pub List<NodeId, MAX_FOUND>);

/// The answer to [`Find`] and [`Locate`]: live entries, ordered by identity.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Found(pub List<Entry, MAX_FOUND>);

impl Message for Announce {
    type Reply = Announced;
    const NAME: &'static str = "announce";
    const RETRY: Retry = Retry::Idempotent;
}

impl Wire for Announce {
    const SERVICE: &'static str = SERVICE;
    const TAG: u16 = 1;
    const LIMIT: Limit = Limit::KiB16;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Withdraw {
    type Reply = ();
    const NAME: &'static str = "withdraw";
    const RETRY: Retry = Retry::Idempotent;
}

impl Wire for Withdraw {
    const SERVICE: &'static str = SERVICE;
    const TAG: u16 = 2;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Find {
    type Reply = Found;
    const NAME: &'static str = "find";
    const RETRY: Retry = Retry::Idempotent;
}

impl Wire for Find {
    const SERVICE: &'static str = SERVICE;
    const TAG: u16 = 3;
    const LIMIT: Limit = Limit::KiB1;
    const REPLY_LIMIT: Limit = Limit::KiB256;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Locate {
    type Reply = Found;
    const NAME: &'static str = "locate";
    const RETRY: Retry = Retry::Idempotent;
}

impl Wire for Locate {
    const SERVICE: &'static str = SERVICE;
    const TAG: u16 = 4;
    const LIMIT: Limit = Limit::KiB16;
    const REPLY_LIMIT: Limit = Limit::KiB256;
    const SENDER: Sender = Sender::Anyone;
}

#[cfg(test)]
mod tests {
    use super::*;
    use troupe_wire::{Stream, vectors};

    fn text<const MAX: usize>(stream: &mut Stream) -> Text<MAX> {
        let length = stream.below(MAX as u64 + 1);
        let letters =
            (0..length).map(|_| char::from(b'a' + u8::try_from(stream.below(26)).unwrap()));
        Text::new(letters.collect::<String>()).unwrap()
    }

    fn announce(stream: &mut Stream) -> Announce {
        let services = (0..stream.below(17)).map(|_| text(stream)).collect();
        Announce {
            incarnation: Incarnation(stream.below(1 << 40)),
            address: text(stream),
            role: text(stream),
            services: List::new(services).unwrap(),
        }
    }

    fn entry(stream: &mut Stream) -> Entry {
        let Announce { incarnation, address, role, services } = announce(stream);
        Entry { id: NodeId(stream.array()), incarnation, address, role, services }
    }

    #[test]
    fn encodings_are_pinned() {
        let hashes = [
            vectors::hash(Announce::LIMIT, announce),
            vectors::hash(Find::LIMIT, |stream| Find {
                service: text(stream),
                most: u16::try_from(stream.below(1 << 16)).unwrap(),
            }),
            vectors::hash(Find::REPLY_LIMIT, |stream| {
                let entries = (0..stream.below(65)).map(|_| entry(stream)).collect();
                Found(List::new(entries).unwrap())
            }),
            vectors::hash(Locate::LIMIT, |stream| {
                let nodes = (0..stream.below(65)).map(|_| NodeId(stream.array())).collect();
                Locate(List::new(nodes).unwrap())
            }),
        ];
        let pinned =
            ["37b6f42616c64431", "421abca156889a5a", "41874e9593d272c8", "f867639791ac3a8e"];
        assert_eq!(hashes, pinned);
    }
}
