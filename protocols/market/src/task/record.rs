//! Tasks.

use crate::data::{Asked, MAX_NAMED};
use bincode::{Decode, Encode};
use troupe_records::{Key, Stored, Table, World};
use troupe_types::{Address, Hash, Height, Millis, NodeId, UnixMillis};
use troupe_wire::List;

/// How many parties compute.
pub const PARTIES: usize = 3;
/// How many are drawn besides, to take the place of who does not accept.
pub const RESERVES: usize = 6;
/// The most data sets of a task.
pub const MAX_DATASETS: usize = 16;
/// The most receivers of a task.
pub const MAX_RECEIVERS: usize = 8;
/// The most demands of one party.
pub const MAX_OF_PARTY: usize = 4;
/// The most demands.
pub const MAX_DEMANDS: usize = PARTIES * MAX_OF_PARTY;
/// The longest time that somebody may have for a phase.
pub const LONGEST: Millis = Millis::secs(30 * 24 * 3_600);
/// The longest time in which parties that bind a part of their stake wait for others.
pub const LONGEST_WAIT: Millis = Millis::secs(24 * 3_600);
/// The largest price, fee or stake that is added, in von. Sums of some thousand fit into 128 bits.
pub const MAX_AMOUNT: u128 = 1 << 100;

/// How long phases take at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Spans {
    /// Until all owners have authorised.
    pub consent: Millis,
    /// Until a party that was elected has accepted.
    pub accept: Millis,
    /// Until all owners have confirmed.
    pub start: Millis,
    /// Until all parties have said what came of it.
    pub compute: Millis,
    /// In which contradictions may be shown before anybody is paid.
    pub settle: Millis,
}

/// Where a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[repr(u8)]
pub enum Phase {
    /// Owners authorise.
    Consent = 1,
    /// It is final and waits for the word that elects its parties.
    Draw = 2,
    /// Parties accept.
    Accept = 3,
    /// Owners confirm.
    Start = 4,
    /// Parties compute.
    Compute = 5,
    /// All parties say the same; whoever can show a contradiction may.
    Settle = 6,
    /// It is over.
    Ended = 7,
}

/// Why a task is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[repr(u8)]
pub enum End {
    /// All is done and paid.
    Paid = 1,
    /// The sender took it back before it was final.
    Cancelled = 2,
    /// An owner did not authorise it in time.
    NoConsent = 3,
    /// An owner took its authorisation back after the task was final.
    Revoked = 4,
    /// No view came in time whose word could elect parties.
    NoWord = 5,
    /// There were too few compute nodes that all policies admit.
    NoParties = 6,
    /// Parties did not accept, and nobody was left to take their places.
    NotAccepted = 7,
    /// An owner did not confirm in time.
    NotStarted = 8,
    /// A party said nothing in time: it lost its bond.
    Stalled = 9,
    /// Parties said different things. Who is wrong is not known.
    Disagreed = 10,
    /// A party gave up. Why is not known.
    Aborted = 11,
    /// Somebody did not answer in a dispute: it lost its small bond.
    Unanswered = 12,
    /// It was proven that a party contradicted itself: it was slashed.
    Caught = 13,
    /// An owner said before the start that it has too little data for it, as where too few rows are common.
    TooLittle = 14,
    /// An owner said before the start that its policy does not allow it.
    Forbidden = 15,
    /// An owner said before the start that it cannot take part.
    Unready = 16,
}

impl End {
    const ALL: [Self; 16] = [
        Self::Paid,
        Self::Cancelled,
        Self::NoConsent,
        Self::Revoked,
        Self::NoWord,
        Self::NoParties,
        Self::NotAccepted,
        Self::NotStarted,
        Self::Stalled,
        Self::Disagreed,
        Self::Aborted,
        Self::Unanswered,
        Self::Caught,
        Self::TooLittle,
        Self::Forbidden,
        Self::Unready,
    ];

    /// The end of a number.
    #[must_use]
    pub fn of(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|end| *end as u8 == number)
    }

    /// Whether it is for an owner to say, of a task that is about to start.
    #[must_use]
    pub const fn is_declined(self) -> bool {
        matches!(self, Self::TooLittle | Self::Forbidden | Self::Unready)
    }

    /// How a task ended, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Cancelled => "cancelled by its sender",
            Self::NoConsent => "not every owner of its data agreed in time",
            Self::Revoked => "an owner of its data took its consent back",
            Self::NoWord => "no view came to elect its parties",
            Self::NoParties => "too few compute nodes could be elected",
            Self::NotAccepted => "elected compute nodes did not take their seats",
            Self::NotStarted => "an owner of its data did not let the parties start",
            Self::Stalled => "a party said nothing until the deadline",
            Self::Disagreed => "parties said different things",
            Self::Aborted => "a party gave up",
            Self::Unanswered => "a party did not publish what was demanded of it",
            Self::Caught => "a party was caught contradicting itself",
            Self::TooLittle => "an owner has too little data for it",
            Self::Forbidden => "the policy of an owner does not allow it any more",
            Self::Unready => "an owner could not take part",
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Ending {
    /// Why.
    pub end: End,
    /// Through whom, as far as that is known.
    pub through: Option<Address>,
    /// When.
    pub time: UnixMillis,
}

/// A data set of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Leg {
    /// Its number.
    pub dataset: u64,
    /// In which version.
    pub version: u32,
    /// Whose it is.
    pub owner: Address,
    /// What it costs.
    pub price: u128,
    /// Whether its owner has authorised the task.
    pub is_authorised: bool,
    /// Whether its owner has confirmed the start.
    pub is_confirmed: bool,
}

/// What a party says came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Posting {
    /// The hash of the result.
    pub result: Hash,
    /// The root over all that all parties exchanged.
    pub transcript: Hash,
    /// The hash of what it has for the receivers.
    pub output: Hash,
    /// The hashes of what it exchanged with each of the others, in the order of their seats.
    pub pairs: [Hash; PARTIES - 1],
}

/// What a party has said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Word {
    /// Nothing yet.
    Silent,
    /// That it is done.
    Posted(Posting),
    /// That it gives up; through which seat, as it says.
    Gave {
        /// Whom it blames.
        blamed: Option<u8>,
    },
    /// Nothing, or that it gives up; and others showed what it had signed, which is what they posted.
    Signed {
        /// The hash of the result.
        result: Hash,
        /// The root over all that all parties exchanged.
        transcript: Hash,
    },
}

impl Word {
    /// What it says came of it: the result and the transcript.
    #[must_use]
    pub const fn done(&self) -> Option<(Hash, Hash)> {
        match *self {
            Self::Posted(Posting { result, transcript, .. })
            | Self::Signed { result, transcript } => Some((result, transcript)),
            Self::Silent | Self::Gave { .. } => None,
        }
    }
}

/// A seat of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Seat {
    /// The number of the compute node that has it.
    pub node: u64,
    /// Whether it is there because a policy wants it, or because it had the seat before: nobody takes its place.
    pub is_own: bool,
    /// Whether it has accepted.
    pub has_accepted: bool,
    /// What of its stake is bound here.
    pub bond: u128,
    /// What it said.
    pub word: Word,
    /// Whether it was slashed for this task.
    pub is_punished: bool,
}

impl Seat {
    /// A seat that nobody has accepted.
    pub(super) const fn empty(node: u64, is_own: bool) -> Self {
        let (has_accepted, is_punished) = (false, false);
        Self { node, is_own, has_accepted, bond: 0, word: Word::Silent, is_punished }
    }
}

/// How far a demand is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Answer {
    /// The party of whom it is demanded has not published it.
    Awaited,
    /// It has published something with this hash, which the other party has to acknowledge until then.
    Published {
        /// The keccak256.
        hash: Hash,
        /// Until when.
        until: UnixMillis,
    },
    /// It is settled.
    Settled,
}

/// That somebody wants a message published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Demand {
    /// The seat of who demands it.
    pub from: u8,
    /// Of the party of which seat.
    pub of: u8,
    /// The message of which round.
    pub round: u32,
    /// Until when.
    pub until: UnixMillis,
    /// How far it is.
    pub answer: Answer,
}

/// A task. Amounts are in von.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Task {
    /// Who declared it and pays for it.
    pub sender: Address,
    /// The hash of what is agreed on; that travels off the chain.
    pub terms: Hash,
    /// Which kinds of algorithms run, a bit each.
    pub algorithms: u64,
    /// On which engine.
    pub engine: u8,
    /// Of how many rows at least.
    pub least_rows: u64,
    /// How many rows are behind every number at least.
    pub least_group: u32,
    /// Who learns results.
    pub receivers: List<Address, MAX_RECEIVERS>,
    /// Compute nodes that the sender does not want.
    pub excluded: List<NodeId, MAX_NAMED>,
    /// The paid task whose parties compute this one as well, in their seats; 0 where the chain elects some.
    pub after: u64,
    /// The data sets.
    pub legs: List<Leg, MAX_DATASETS>,
    /// What all parties get together.
    pub fee: u128,
    /// How long phases take.
    pub spans: Spans,
    /// Where it is.
    pub phase: Phase,
    /// Until when something has to happen.
    pub deadline: UnixMillis,
    /// Until when demands may be made in this phase.
    pub limit: UnixMillis,
    /// What is held for it.
    pub escrow: u128,
    /// The block in which it was declared.
    pub since: Height,
    /// The block in which all owners had authorised it.
    pub final_at: Height,
    /// Its parties are elected in the first view that has at least this number, of all views of the chain with blocks.
    pub draw_view: u64,
    /// The word that elected them, and the block it was done in.
    pub drawn: Option<(Hash, Height)>,
    /// Its parties.
    pub seats: List<Seat, PARTIES>,
    /// Who takes the place of one that does not accept, the first first.
    pub reserves: List<u64, RESERVES>,
    /// How many seats were given to others since, because who had them did not accept.
    pub replaced: u8,
    /// What parties want published.
    pub demands: List<Demand, MAX_DEMANDS>,
    /// How it ended.
    pub ending: Option<Ending>,
}

impl Task {
    /// The task of a number.
    pub fn of(world: &mut impl World, number: u64) -> Option<Self> {
        Self::load(world, &key(number))
    }

    pub(crate) fn keep(&self, world: &mut impl World, number: u64) {
        self.save(world, &key(number));
    }

    /// What is asked of data sets.
    #[must_use]
    pub const fn asked(&self, time: UnixMillis) -> Asked {
        let Self { sender: asker, algorithms, engine, least_rows, least_group, .. } = *self;
        Asked { asker, algorithms, engine, least_rows, least_group, time }
    }

    /// Whether an account pays for it, has data in it or learns its results: then it computes in it only where a policy
    /// wants that.
    #[must_use]
    pub fn is_involved(&self, account: Address) -> bool {
        self.sender == account
            || self.receivers.contains(&account)
            || self.legs.iter().any(|leg| leg.owner == account)
    }

    /// The owners of its data, in order.
    #[must_use]
    pub fn owners(&self) -> Vec<Address> {
        let mut owners: Vec<Address> = self.legs.iter().map(|leg| leg.owner).collect();
        owners.sort_unstable();
        owners.dedup();
        owners
    }

    /// The seat of a compute node.
    #[must_use]
    pub fn seat_of(&self, node: u64) -> Option<usize> {
        self.seats.iter().position(|seat| seat.node == node)
    }
}

fn key(number: u64) -> Key {
    Key::new(Table::Task, number.to_be_bytes())
}

/// The tasks after a number, so many at most.
pub fn page(world: &mut impl World, after: u64, most: usize) -> Vec<(u64, Task)> {
    crate::page::of(world, Table::Task, &after.to_be_bytes(), &[], most)
}

impl Phase {
    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Draw => "draw",
            Self::Accept => "accept",
            Self::Start => "start",
            Self::Compute => "compute",
            Self::Settle => "settle",
            Self::Ended => "ended",
        }
    }
}
