//! What processes say to each other about transactions and blocks.
//!
//! Small transactions are pushed to validators as soon as they come in; the others hear of a hash and pull
//! what they lack: see [`gossip`](crate::gossip). Blocks that are committed are fetched in ranges, each with
//! the proof that it is committed: see [`sync`](crate::sync).

use crate::transaction::{MAX_TRANSACTION, Recovered};
use bincode::{Decode, Encode};
use troupe_types::{Bytes, Hash, Height, Millis};
use troupe_wire::{Blob, Lane, Limit, List, Message, Retry, Sender, Wire};

/// The service of pools.
pub const POOL: &str = "chain.pool";
/// The service of committed blocks.
pub const SYNC: &str = "chain.sync";

/// The most transactions in one announcement.
pub const MAX_ANNOUNCED: usize = 1_024;
/// The most transactions asked for at once.
pub const MAX_PULLED: usize = 256;
/// The most transactions pushed at once.
pub const MAX_PUSHED: usize = 1_024;
/// The largest transaction that is pushed; a larger one is announced.
pub const MAX_WHOLE: usize = 4 << 10;
/// The most bytes of blocks in one answer: what the largest message leaves room for.
pub const MAX_FETCHED: usize = (256 << 10) - 64;

/// A transaction that somebody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Announced {
    /// Its hash.
    pub hash: Hash,
    /// Its type byte.
    pub kind: u8,
    /// Bytes of its envelope.
    pub size: u32,
}

/// Sent by a pool to its peers, soon after transactions came in: who lacks them may pull them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Announce(pub List<Announced, MAX_ANNOUNCED>);

/// Sent by a pool that lacks announced transactions to who announced them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Pull(pub List<Hash, MAX_PULLED>);

/// The answer to [`Pull`]: those that are still there and fit, in the order in which they were asked
/// for. Each is an envelope, which the receiver checks.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Pulled(pub List<Blob<MAX_TRANSACTION>, MAX_PULLED>);

/// Sent by a pool to validators, soon after transactions came in here first: envelopes, which the receiver
/// checks.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Push(pub List<Blob<MAX_WHOLE>, MAX_PUSHED>);

/// Sent by a node now and then to its peers: how far are you?
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Inquire;

/// Sent by a node that follows others: how far are you, as soon as you are above this height? Answered at
/// once where that is so, otherwise when it is, and after a while in any case: without asking every
/// moment, a node that takes no part in agreement sees a block when it is final. One question of each
/// peer waits at a time; a later one takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Follow {
    /// The last block that the sender has.
    pub above: Height,
}

/// The answer to [`Inquire`] and [`Follow`]. A claim: blocks come with proofs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Position {
    /// The genesis block, which has to be ours.
    pub genesis: Hash,
    /// The first block it can serve.
    pub first: Height,
    /// The last committed block.
    pub height: Height,
    /// That block's hash.
    pub hash: Hash,
}

/// Sent by a node that is behind: committed blocks from a height on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Fetch {
    /// The first block wanted.
    pub from: Height,
    /// How many bytes of its frame are here already.
    pub offset: u32,
    /// The most blocks wanted.
    pub most: u16,
}

/// The answer to [`Fetch`]: the bytes that follow, of frames laid end to end and cut anywhere; nothing
/// where there is no such block. A frame is the length of a stored block, in four big-endian bytes, and
/// the block.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Fetched(pub Blob<MAX_FETCHED>);

impl Announced {
    /// What is announced of a transaction.
    #[must_use]
    pub fn of(transaction: &Recovered) -> Self {
        let kind = transaction.transaction().kind().byte();
        let size = u32::try_from(transaction.size().0).unwrap_or(u32::MAX);
        Self { hash: transaction.hash(), kind, size }
    }
}

impl Pulled {
    /// As many envelopes as fit an answer, from the first on.
    #[must_use]
    pub fn fill(envelopes: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut room = MAX_FETCHED;
        let mut taken = Vec::new();
        for envelope in envelopes {
            // A length takes at most five bytes.
            let needed = envelope.len() + 5;
            if needed > room || taken.len() == MAX_PULLED {
                break;
            }
            let Ok(envelope) = Blob::new(envelope) else { continue };
            room -= needed;
            taken.push(envelope);
        }
        Self(List::new(taken).unwrap_or_default())
    }
}

impl Message for Announce {
    type Reply = ();
    const NAME: &'static str = "announce_transactions";
    const LANE: Lane = Lane::Bulk;
    const RETRY: Retry = Retry::Idempotent;

    fn weight(&self) -> Bytes {
        Bytes::of(size_of::<Self>() + self.0.len() * size_of::<Announced>())
    }
}

impl Wire for Announce {
    const SERVICE: &'static str = POOL;
    const TAG: u16 = 1;
    const LIMIT: Limit = Limit::KiB64;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Pull {
    type Reply = Pulled;
    const NAME: &'static str = "pull_transactions";
    const DEADLINE: Millis = Millis::secs(2);
    const RETRY: Retry = Retry::Idempotent;

    fn weight(&self) -> Bytes {
        Bytes::of(size_of::<Self>() + self.0.len() * size_of::<Hash>())
    }
}

impl Wire for Pull {
    const SERVICE: &'static str = POOL;
    const TAG: u16 = 2;
    const LIMIT: Limit = Limit::KiB16;
    const REPLY_LIMIT: Limit = Limit::KiB256;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Push {
    type Reply = ();
    const NAME: &'static str = "push_transactions";
    const LANE: Lane = Lane::Bulk;
    const RETRY: Retry = Retry::Idempotent;

    fn weight(&self) -> Bytes {
        let envelopes: usize = self.0.iter().map(|envelope| envelope.len()).sum();
        Bytes::of(size_of::<Self>() + self.0.len() * size_of::<Vec<u8>>() + envelopes)
    }
}

impl Wire for Push {
    const SERVICE: &'static str = POOL;
    const TAG: u16 = 3;
    const LIMIT: Limit = Limit::KiB256;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Inquire {
    type Reply = Position;
    const NAME: &'static str = "inquire_position";
    const DEADLINE: Millis = Millis::secs(2);
    const RETRY: Retry = Retry::Idempotent;
}

impl Wire for Inquire {
    const SERVICE: &'static str = SYNC;
    const TAG: u16 = 1;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Follow {
    type Reply = Position;
    const NAME: &'static str = "follow_chain";
    const DEADLINE: Millis = Millis::secs(10);
    const RETRY: Retry = Retry::Idempotent;
}

impl Wire for Follow {
    const SERVICE: &'static str = SYNC;
    const TAG: u16 = 3;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Anyone;
}

impl Message for Fetch {
    type Reply = Fetched;
    const NAME: &'static str = "fetch_blocks";
    const LANE: Lane = Lane::Bulk;
    const RETRY: Retry = Retry::Idempotent;
}

impl Wire for Fetch {
    const SERVICE: &'static str = SYNC;
    const TAG: u16 = 2;
    const LIMIT: Limit = Limit::KiB1;
    const REPLY_LIMIT: Limit = Limit::KiB256;
    const SENDER: Sender = Sender::Anyone;
}

#[cfg(test)]
mod tests {
    use super::*;
    use troupe_wire::{Stream, codec, vectors};

    fn hash(stream: &mut Stream) -> Hash {
        Hash(stream.array())
    }

    fn number(stream: &mut Stream, bits: u32) -> u64 {
        stream.below(1 << bits)
    }

    fn announced(stream: &mut Stream) -> Announced {
        let kind = u8::try_from(stream.below(256)).unwrap();
        Announced { hash: hash(stream), kind, size: u32::try_from(number(stream, 17)).unwrap() }
    }

    fn blob<const MAX: usize>(stream: &mut Stream) -> Blob<MAX> {
        let length = stream.below(200) as usize;
        Blob::new((0..length).map(|_| stream.array::<1>()[0]).collect()).unwrap()
    }

    #[test]
    fn encodings_are_pinned() {
        let hashes = [
            vectors::hash(Announce::LIMIT, |stream| {
                let count = stream.below(MAX_ANNOUNCED as u64 + 1);
                Announce(List::new((0..count).map(|_| announced(stream)).collect()).unwrap())
            }),
            vectors::hash(Pull::LIMIT, |stream| {
                let count = stream.below(MAX_PULLED as u64 + 1);
                Pull(List::new((0..count).map(|_| hash(stream)).collect()).unwrap())
            }),
            vectors::hash(Pull::REPLY_LIMIT, |stream| {
                let count = stream.below(MAX_PULLED as u64 + 1);
                Pulled(List::new((0..count).map(|_| blob(stream)).collect()).unwrap())
            }),
            vectors::hash(Push::LIMIT, |stream| {
                let count = stream.below(MAX_PUSHED as u64 + 1);
                Push(List::new((0..count).map(|_| blob(stream)).collect()).unwrap())
            }),
            vectors::hash(Inquire::REPLY_LIMIT, |stream| Position {
                genesis: hash(stream),
                first: Height(number(stream, 10)),
                height: Height(number(stream, 40)),
                hash: hash(stream),
            }),
            vectors::hash(Fetch::LIMIT, |stream| Fetch {
                from: Height(number(stream, 40)),
                offset: u32::try_from(number(stream, 22)).unwrap(),
                most: u16::try_from(number(stream, 10)).unwrap(),
            }),
            vectors::hash(Fetch::REPLY_LIMIT, |stream| Fetched(blob(stream))),
            vectors::hash(Follow::LIMIT, |stream| Follow { above: Height(number(stream, 40)) }),
        ];
        assert_eq!(
            hashes,
            [
                "4c0927cb7a902460",
                "1ef9a5ec936876be",
                "26f69bcc1d83f5d4",
                "4987d1c52164b8ea",
                "984150c9810df086",
                "88ca6e3bd6e8eb11",
                "21d698f1d2fb28ea",
                "f8adfec0b73265e0",
            ]
        );
    }

    #[test]
    fn the_largest_answers_fit_their_limits() {
        let fetched = Fetched(Blob::new(vec![0xff; MAX_FETCHED]).unwrap());
        assert!(codec::encode(&fetched, Fetch::REPLY_LIMIT).is_ok());
        for size in [1, 100, 1_000, 100_000, MAX_TRANSACTION] {
            let pulled = Pulled::fill((0..MAX_PULLED + 1).map(|_| vec![0xff; size]));
            assert!(!pulled.0.is_empty(), "{size}");
            assert!(codec::encode(&pulled, Pull::REPLY_LIMIT).is_ok(), "{size}");
        }
        let all = Announced { hash: Hash([0xff; 32]), kind: 0xff, size: u32::MAX };
        let announce = Announce(List::new(vec![all; MAX_ANNOUNCED]).unwrap());
        assert!(codec::encode(&announce, Announce::LIMIT).is_ok());
        let pull = Pull(List::new(vec![Hash([0xff; 32]); MAX_PULLED]).unwrap());
        assert!(codec::encode(&pull, Pull::LIMIT).is_ok());
    }
}
