//! What processes say to each other to agree on blocks.
//!
//! None has a reply: what answers a [`Fetch`] is a message of its own, so that nobody waits for anybody.

use crate::signers::MAX_VALIDATORS;
use crate::{
    Block, Certificate, Place, Rank, Signature, Signers, Statement, ViewChange,
    ViewChangeCertificate,
};
use bincode::{Decode, Encode};
use troupe_types::{Bytes, Hash, Height, Millis};
use troupe_wire::{Lane, Limit, List, Message as Tell, Retry, Sender, Wire};

/// The service under which these are handled.
pub const SERVICE: &str = "consensus";

/// Sent by the proposer of a view to all: the next block. Sent again by anyone who is asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Propose {
    /// The block.
    pub block: Block,
    /// The certificate of its parent, where there is one yet.
    pub parent: Option<Certificate>,
    /// For the first block of a view that follows one given up: why it starts where it does.
    pub entry: Option<ViewChangeCertificate>,
    /// The certificate of the last block of the epoch before, until that block is final.
    pub edge: Option<Certificate>,
    /// The proposer's.
    pub signature: Signature,
}

/// Sent by a validator to all, after it has executed the block and written its vote down.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Vote {
    /// The view of the block.
    pub place: Place,
    /// The block's height.
    pub height: Height,
    /// Its number in the view.
    pub index: u32,
    /// The block.
    pub hash: Hash,
    /// Who votes, by position in the set of the epoch.
    pub voter: u16,
    /// The signature.
    pub signature: Signature,
    /// The certificate of the block's parent; `None` only on the genesis block.
    pub parent: Option<Certificate>,
}

/// Sent by the proposer when it has one, and to whoever turns out to lack it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Certified(pub Certificate);

/// Sent by a validator to all when its time for a view is over, and each second until it moves on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct GiveUp(pub ViewChange);

/// Sent to whoever turns out to be in a view that a quorum has given up.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Changed(pub ViewChangeCertificate);

/// Sent by everybody to all while nothing happens: where I am, what I have, what I lack. It announces
/// blocks to whoever missed them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Status {
    /// The view the sender is in.
    pub place: Place,
    /// Its highest certificate; `None` for the genesis block.
    pub highest: Option<Rank>,
    /// Its last final block.
    pub committed: Height,
    /// How many proposals of the view it has.
    pub proposals: u32,
    /// The first of those without a certificate.
    pub waiting: Option<Waiting>,
}

/// A proposal without a certificate, and the votes for it that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Waiting {
    /// Its number in the view.
    pub index: u32,
    /// The block.
    pub hash: Hash,
    /// Whose votes need not be sent.
    pub known: Signers,
}

/// Sent by whoever lacks something to somebody who should have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Fetch {
    /// Certified blocks of the highest chain above a height, a few at a time, lowest first.
    Above(Height),
    /// One certified block.
    Block(Hash),
    /// A proposal.
    Proposal {
        /// Its view.
        place: Place,
        /// Its number there.
        index: u32,
    },
}

/// The answer to a [`Fetch`] that a message above does not answer, and what a node of the next epoch
/// tells one of the last: the certified block that ended it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[expect(clippy::large_enum_variant, reason = "moved once from the socket to the machine")]
pub enum Answer {
    /// A block and its certificate.
    Block(Block, Certificate),
    /// Votes that were missing.
    Votes(List<Vote, MAX_VALIDATORS>),
    /// What was asked for is final and not kept here any more; this is the height of the last final
    /// block.
    Gone(Height),
}

/// Any of them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "moved once from the socket to the machine")]
pub enum Message {
    /// See [`Propose`].
    Propose(Propose),
    /// See [`Vote`].
    Vote(Vote),
    /// See [`Certified`].
    Certified(Certified),
    /// See [`GiveUp`].
    GiveUp(GiveUp),
    /// See [`Changed`].
    Changed(Changed),
    /// See [`Status`].
    Status(Status),
    /// See [`Fetch`].
    Fetch(Fetch),
    /// See [`Answer`].
    Answer(Answer),
}

impl Vote {
    /// What was signed.
    #[must_use]
    pub const fn statement(&self) -> Statement {
        let Self { place, height, index, hash, .. } = *self;
        Statement { kind: crate::Kind::Vote, place, height, index, hash, certified: None }
    }
}

macro_rules! messages {
    ($($type:ident $name:literal $tag:literal $limit:ident $lane:ident $weight:expr;)*) => {$(
        impl Tell for $type {
            type Reply = ();
            const NAME: &'static str = $name;
            const LANE: Lane = Lane::$lane;
            const DEADLINE: Millis = Millis::secs(10);
            const RETRY: Retry = Retry::Idempotent;

            fn weight(&self) -> Bytes {
                let weight: fn(&Self) -> usize = $weight;
                Bytes::of(size_of::<Self>() + weight(self))
            }
        }

        impl Wire for $type {
            const SERVICE: &'static str = SERVICE;
            const TAG: u16 = $tag;
            const LIMIT: Limit = Limit::$limit;
            const SENDER: Sender = Sender::Anyone;
        }

        impl From<$type> for Message {
            fn from(message: $type) -> Self {
                Self::$type(message)
            }
        }
    )*};
}

messages! {
    Propose "propose" 1 KiB512 Normal |it| it.block.body.len();
    Vote "vote" 2 KiB1 Control |_| 0;
    Certified "certified" 3 KiB1 Control |_| 0;
    GiveUp "give_up" 4 KiB1 Control |_| 0;
    Changed "changed" 5 KiB64 Control |it| it.0.entries.len() * size_of::<crate::Entry>();
    Status "status" 6 KiB1 Normal |_| 0;
    Fetch "fetch" 7 KiB1 Normal |_| 0;
    Answer "answer" 8 KiB512 Normal |it| match it {
        Answer::Block(block, _) => block.body.len(),
        Answer::Votes(votes) => votes.len() * size_of::<Vote>(),
        Answer::Gone(_) => 0,
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Causes, Entry, Header, Kind, MAX_BODY, Proposed, Record};
    use proptest::prelude::*;
    use troupe_types::{Epoch, UnixMillis, View};
    use troupe_wire::{Blob, Seed, Stream, codec, vectors};

    fn number(s: &mut Stream) -> u64 {
        let width = s.below(48);
        s.below(1 << (width + 1))
    }

    fn small(s: &mut Stream, below: u64) -> u16 {
        u16::try_from(s.below(below)).unwrap()
    }

    fn place(s: &mut Stream) -> Place {
        Place { epoch: Epoch(number(s)), view: View(number(s)) }
    }

    fn signers(s: &mut Stream) -> Signers {
        (0..s.below(40)).map(|_| small(s, 128)).collect()
    }

    fn certificate(s: &mut Stream) -> Certificate {
        Certificate {
            place: place(s),
            height: Height(number(s)),
            index: u32::from(small(s, 10)),
            hash: Hash(s.array()),
            signers: signers(s),
            signature: Signature(s.array()),
        }
    }

    fn perhaps<T>(s: &mut Stream, make: fn(&mut Stream) -> T) -> Option<T> {
        s.chance(1, 2).then(|| make(s))
    }

    fn block(s: &mut Stream) -> Block {
        let causes = Causes {
            has_transactions: s.chance(1, 2),
            has_evidence: s.chance(1, 2),
            ends_epoch: s.chance(1, 2),
        };
        let header = Header {
            hash: Hash(s.array()),
            parent: Hash(s.array()),
            height: Height(number(s)),
            place: place(s),
            index: u32::from(small(s, 10)),
            time: UnixMillis(number(s)),
            root: Hash(s.array()),
            causes,
        };
        let body = vec![7; usize::from(small(s, 900))];
        Block { header, body: Blob::new(body).unwrap() }
    }

    fn whole(s: &mut Stream) -> ViewChangeCertificate {
        let entry = |s: &mut Stream| Entry {
            height: Height(number(s)),
            certified: perhaps(s, place),
            hash: Hash(s.array()),
            signers: signers(s),
            signature: Signature(s.array()),
        };
        let entries = (0..s.below(5)).map(|_| entry(s)).collect();
        let (place, highest) = (place(s), perhaps(s, certificate));
        ViewChangeCertificate { place, entries: List::new(entries).unwrap(), highest }
    }

    fn propose(s: &mut Stream) -> Propose {
        Propose {
            block: block(s),
            parent: perhaps(s, certificate),
            entry: perhaps(s, whole),
            edge: perhaps(s, certificate),
            signature: Signature(s.array()),
        }
    }

    fn a_vote(s: &mut Stream) -> Vote {
        Vote {
            place: place(s),
            height: Height(number(s)),
            index: u32::from(small(s, 10)),
            hash: Hash(s.array()),
            voter: small(s, 128),
            signature: Signature(s.array()),
            parent: perhaps(s, certificate),
        }
    }

    fn change(s: &mut Stream) -> ViewChange {
        ViewChange {
            place: place(s),
            highest: perhaps(s, certificate),
            voter: small(s, 128),
            signature: Signature(s.array()),
            edge: perhaps(s, certificate),
        }
    }

    fn status(s: &mut Stream) -> Status {
        Status {
            place: place(s),
            highest: perhaps(s, |s| Rank { height: Height(number(s)), place: place(s) }),
            committed: Height(number(s)),
            proposals: u32::from(small(s, 10)),
            waiting: perhaps(s, |s| Waiting {
                index: u32::from(small(s, 10)),
                hash: Hash(s.array()),
                known: signers(s),
            }),
        }
    }

    fn fetch(s: &mut Stream) -> Fetch {
        match s.below(3) {
            0 => Fetch::Above(Height(number(s))),
            1 => Fetch::Block(Hash(s.array())),
            _ => Fetch::Proposal { place: place(s), index: u32::from(small(s, 10)) },
        }
    }

    fn answer(s: &mut Stream) -> Answer {
        match s.below(3) {
            0 => return Answer::Block(block(s), certificate(s)),
            1 => return Answer::Gone(Height(number(s))),
            _ => {}
        }
        let votes = (0..s.below(9)).map(|_| a_vote(s)).collect();
        Answer::Votes(List::new(votes).unwrap())
    }

    fn record(s: &mut Stream) -> Record {
        match s.below(7) {
            6 => Record::Holder(crate::PublicKey(s.array())),
            5 => {
                let kind = Kind::ALL[usize::try_from(s.below(3)).unwrap()];
                let (place, digest) = (Place::new(number(s), number(s)), Hash(s.array()));
                let mark = crate::Mark { place, index: 3, height: Height(number(s)), kind, digest };
                Record::Barred(crate::PublicKey(s.array()), mark)
            }
            4 => Record::Entry(whole(s)),
            0 => Record::Block(block(s)),
            1 => Record::Vote(a_vote(s)),
            2 => Record::Proposal(Proposed {
                statement: block(s).header.statement(Kind::Proposal),
                parent: perhaps(s, certificate),
                entry: perhaps(s, whole),
                signature: Signature(s.array()),
            }),
            _ => Record::ViewChange(change(s)),
        }
    }

    #[test]
    fn encodings_are_pinned() {
        let hashes = [
            vectors::hash(Propose::LIMIT, propose),
            vectors::hash(Vote::LIMIT, a_vote),
            vectors::hash(Certified::LIMIT, |s| Certified(certificate(s))),
            vectors::hash(GiveUp::LIMIT, |s| GiveUp(change(s))),
            vectors::hash(Changed::LIMIT, |s| Changed(whole(s))),
            vectors::hash(Status::LIMIT, status),
            vectors::hash(Fetch::LIMIT, fetch),
            vectors::hash(Answer::LIMIT, answer),
            vectors::hash(Record::LIMIT, record),
        ];
        let pinned = [
            "54144e7faea65cba",
            "b75988b7d01cd24c",
            "2d5135c7384464b2",
            "d4235640cef2bc0f",
            "e4a171783f85204a",
            "f913fbfdc5036960",
            "da757bbc38144a2c",
            "e5388eae4e944e87",
            "71946a1f6d067ff1",
        ];
        assert_eq!(hashes, pinned);
    }

    #[test]
    fn the_largest_of_each_fits_its_limit() {
        let s = &mut Seed::from_number(1).stream("largest");
        let top = |s: &mut Stream| Certificate {
            place: Place::new(u64::MAX, u64::MAX),
            height: Height(u64::MAX),
            index: u32::MAX,
            signers: (0..128).collect(),
            ..certificate(s)
        };
        let entry = Entry {
            height: Height(u64::MAX),
            certified: Some(Place::new(u64::MAX, u64::MAX)),
            hash: Hash(s.array()),
            signers: (0..128).collect(),
            signature: Signature(s.array()),
        };
        let whole = ViewChangeCertificate {
            place: Place::new(u64::MAX, u64::MAX),
            entries: List::new(vec![entry; 128]).unwrap(),
            highest: Some(top(s)),
        };
        let mut big = propose(s);
        big.block.body = Blob::new(vec![1; MAX_BODY]).unwrap();
        (big.parent, big.edge, big.entry) = (Some(top(s)), Some(top(s)), Some(whole.clone()));
        assert!(codec::encode(&big, Propose::LIMIT).is_ok());
        let body = big.block;
        assert!(codec::encode(&Answer::Block(body, top(s)), Answer::LIMIT).is_ok());
        assert!(codec::encode(&Changed(whole), Changed::LIMIT).is_ok());
        let vote = Vote { parent: Some(top(s)), ..a_vote(s) };
        assert!(codec::encode(&vote, Vote::LIMIT).is_ok());
        let votes = Answer::Votes(List::new(vec![vote; 128]).unwrap());
        assert!(codec::encode(&votes, Answer::LIMIT).is_ok());
        let change = ViewChange { highest: Some(top(s)), edge: Some(top(s)), ..change(s) };
        assert!(codec::encode(&GiveUp(change), GiveUp::LIMIT).is_ok());
        assert!(Blob::<MAX_BODY>::new(vec![0; MAX_BODY + 1]).is_err(), "one byte too many");
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_no_truncation_decodes(seed in any::<u64>(), at in any::<prop::sample::Index>(), change in 1u8..) {
            let s = &mut Seed::from_number(seed).stream("messages");
            let bytes = codec::encode(&propose(s), Propose::LIMIT).unwrap();
            prop_assert!(codec::decode::<Propose>(&bytes[..at.index(bytes.len())], Propose::LIMIT).is_err());
            let mut other = bytes.clone();
            other[at.index(bytes.len())] ^= change;
            if let Ok(decoded) = codec::decode::<Propose>(&other, Propose::LIMIT) {
                prop_assert_eq!(codec::encode(&decoded, Propose::LIMIT).unwrap(), other);
            }
            let answer = codec::encode(&answer(s), Answer::LIMIT).unwrap();
            prop_assert!(codec::decode::<Answer>(&answer[..at.index(answer.len())], Answer::LIMIT).is_err());
        }
    }
}
