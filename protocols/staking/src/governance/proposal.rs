//! What is known of a proposal.

use super::{Choice, LONGEST_PIP, Tally};
use crate::params::Param;
use crate::stake::StakeId;
use crate::world::{Key, Stored, Table, World};
use bincode::{Decode, Encode};
use std::fmt;
use troupe_types::{Epoch, Hash, Height, NodeId, UnixMillis};
use troupe_wire::Text;

const LAST: Key = Key::new(Table::Proposal, []);

/// What is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Content {
    /// A text, that is found elsewhere.
    Text,
    /// A newer program.
    Version {
        /// Its version: the major part in 16 bits, the minor one in 8, the patch in 8.
        version: u32,
    },
    /// Another value of a parameter.
    Param {
        /// Which.
        param: Param,
        /// What it is to be.
        value: u128,
    },
    /// To drop a proposal.
    Cancel {
        /// Which.
        target: Hash,
    },
}

/// What became of a proposal. The numbers are those of PlatON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[repr(u8)]
pub enum State {
    /// It is voted on.
    Voting = 1,
    /// It was accepted.
    Passed = 2,
    /// It was not, or could not be done any more.
    Failed = 3,
    /// The version was accepted and will be in force.
    PreActive = 4,
    /// The version is in force, or was.
    Active = 5,
    /// It was dropped.
    Canceled = 6,
}

/// What accounts voted, summed up as they did. In von.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Sums {
    /// By choice.
    pub(super) choices: [u128; 3],
    /// What of it they delegate.
    pub(super) delegated: u128,
}

/// A proposal.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Proposal {
    /// What it is called.
    pub id: Hash,
    /// The number of the text that it is about.
    pub pip: Text<LONGEST_PIP>,
    /// Who proposed.
    pub proposer: StakeId,
    /// The node of who proposed.
    pub node: NodeId,
    /// What.
    pub content: Content,
    /// The block of it.
    pub height: Height,
    /// When.
    pub submitted: UnixMillis,
    /// It ends with the first round that is as late.
    pub ends: UnixMillis,
    /// What became of it.
    pub state: State,
    /// How the votes were when it ended.
    pub result: Option<Tally>,
    /// Which proposal dropped it.
    pub canceled_by: Option<Hash>,
    /// The first round with the version.
    pub active_from: Option<Epoch>,
    /// What accounts voted.
    pub(super) sums: Sums,
    /// How many alternative validators there were since it was proposed: counted for a version alone.
    pub(super) seen: u64,
    /// The last settlement epoch of which they were counted.
    pub(super) seen_in: u64,
}

impl Proposal {
    /// The proposal of an identifier.
    pub fn of(world: &mut impl World, id: &Hash) -> Option<Self> {
        let number = u64::load(world, &id_key(id))?;
        // Identifiers are hashes: what is left of one that is cut off names it as well.
        Self::load(world, &key(number)).filter(|proposal| proposal.id == *id)
    }

    /// The number of a proposal.
    pub(super) fn number(world: &mut impl World, id: &Hash) -> Option<u64> {
        u64::load(world, &id_key(id))
    }

    pub(super) fn numbered(world: &mut impl World, number: u64) -> Option<Self> {
        let found = Self::load(world, &key(number));
        if found.is_none() {
            world.broken("a proposal that is none");
        }
        found
    }

    pub(super) fn keep(&self, world: &mut impl World, number: u64) {
        self.save(world, &key(number));
    }

    /// Keeps a new one, and gives its number.
    pub(super) fn enter(&self, world: &mut impl World) -> u64 {
        let number = u64::load(world, &LAST).unwrap_or(0).saturating_add(1);
        number.save(world, &LAST);
        number.save(world, &id_key(&self.id));
        self.keep(world, number);
        number
    }
}

impl Sums {
    /// Counts an amount for a choice instead of another, of what is delegated.
    pub(super) fn change(&mut self, choice: Choice, before: u128, now: u128) {
        let sum = &mut self.choices[choice as usize - 1];
        *sum = sum.saturating_sub(before).saturating_add(now);
        self.delegated = self.delegated.saturating_sub(before).saturating_add(now);
    }

    /// Counts what is locked.
    pub(super) fn lock(&mut self, choice: Choice, amount: u128) {
        let sum = &mut self.choices[choice as usize - 1];
        *sum = sum.saturating_add(amount);
    }

    /// All that accounts voted with.
    pub(super) fn total(&self) -> u128 {
        self.choices.iter().fold(0, |sum, one| sum.saturating_add(*one))
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Voting => "voted on",
            Self::Passed => "accepted",
            Self::Failed => "not accepted",
            Self::PreActive => "accepted and not in force yet",
            Self::Active => "in force",
            Self::Canceled => "dropped",
        })
    }
}

pub(super) fn key(number: u64) -> Key {
    Key::new(Table::Proposal, number.to_be_bytes())
}

fn id_key(id: &Hash) -> Key {
    Key::new(Table::ProposalId, *head(id))
}

/// What of a hash is in a key.
pub(super) fn head(hash: &Hash) -> &[u8; 28] {
    hash.0.first_chunk().unwrap_or(&[0; 28])
}
