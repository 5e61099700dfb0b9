//! The election of a round.

use super::draw::{Chance, drawn};
use alloy_primitives::U256;
use bincode::{Decode, Encode};
use std::cmp::Reverse;
use troupe_crypto::hash::keccak256_concat;
use troupe_types::{Hash, NodeId};

/// What stands before the hash of somebody's luck.
const LUCK: &[u8] = b"troupe election luck";
/// What stands before the hash that orders proposers.
const TURN: &[u8] = b"troupe election turn";

/// Somebody who may be elected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub node: NodeId,
    /// The version of the program that the node runs, without the last part: a newer one goes first.
    pub version: u32,
    /// His own stake and what is delegated to him, in LAT.
    pub votes: u64,
    /// The number of his stake: the earlier, the less.
    pub since: u64,
}

/// Somebody who validates now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sitting {
    /// Who, as things are now.
    pub candidate: Candidate,
    /// For how many rounds without a break.
    pub rounds: u32,
    /// Whether he has to go: he withdrew, was slashed, or runs a version that is too old.
    pub is_out: bool,
}

/// How many balls a candidate has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Weighing {
    /// One for each vote.
    Votes,
    /// As many as the square root of his votes: large stakes count for less.
    SquareRoot,
}

/// What an election is decided by.
#[derive(Debug, Clone, Copy)]
pub struct Election<'a> {
    /// How many validate.
    pub seats: usize,
    /// Those who do now.
    pub sitting: &'a [Sitting],
    /// Alternative validators that do not.
    pub others: &'a [Candidate],
    /// How balls are counted.
    pub weighing: Weighing,
    /// A word that nobody could choose.
    pub output: Hash,
}

/// How many of so many validators an election may replace that need not go.
#[must_use]
pub const fn replaceable(seats: usize) -> usize {
    seats.saturating_sub(1) / 3
}

impl Weighing {
    fn balls(self, votes: u64) -> u64 {
        match self {
            Self::Votes => votes,
            Self::SquareRoot => votes.isqrt(),
        }
    }
}

impl Election<'_> {
    /// The validators of the next round, in the order in which they propose. Nobody is left without a successor: where
    /// nobody could sit, those who do now stay.
    #[must_use]
    pub fn elect(&self) -> Vec<NodeId> {
        let mut staying: Vec<&Sitting> = self.sitting.iter().filter(|one| !one.is_out).collect();
        staying.sort_by_key(|one| first_to_go(one));
        let mut elected = self.ranked();
        elected.truncate(self.seats);
        let (stay, seats) = (staying.len(), self.seats);
        // As many give way as there are winners without a seat, but no more than may be replaced.
        let crowd = (stay + elected.len()).saturating_sub(seats);
        let may_go = stay.saturating_sub(seats - replaceable(seats));
        let staying = staying.split_off(crowd.min(may_go));
        let mut members: Vec<NodeId> = staying.iter().map(|one| one.candidate.node).collect();
        members.extend(elected);
        members.truncate(seats);
        if members.is_empty() {
            members = self.sitting.iter().map(|one| one.candidate.node).collect();
        }
        members.sort_by_key(|node| (self.word(TURN, node), *node));
        members
    }

    /// The others, he who goes first at the head.
    fn ranked(&self) -> Vec<NodeId> {
        let balls = |candidate: &Candidate| self.weighing.balls(candidate.votes);
        let all: u128 = self.others.iter().map(|candidate| u128::from(balls(candidate))).sum();
        let seats = u64::try_from(self.seats).unwrap_or(u64::MAX);
        let chance = Chance { numerator: seats, denominator: all.max(1) };
        let mut ranked: Vec<_> = self
            .others
            .iter()
            .map(|candidate| {
                let luck = self.word(LUCK, &candidate.node);
                let count = drawn(balls(candidate), chance, luck);
                // Of equals, the lucky one; of the same luck there are no two.
                (Reverse((candidate.version, count, luck)), candidate.node)
            })
            .collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, node)| node).collect()
    }

    fn word(&self, purpose: &[u8], node: &NodeId) -> U256 {
        U256::from_be_bytes(keccak256_concat(&[purpose, &self.output.0, &node.0]).0)
    }
}

/// The least goes first: an old version, many rounds, few votes, a late stake.
fn first_to_go(one: &Sitting) -> impl Ord + use<> {
    let Candidate { node, version, votes, since } = &one.candidate;
    (*version, Reverse(one.rounds), *votes, Reverse(*since), *node)
}
