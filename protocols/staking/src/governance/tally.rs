//! Counting the votes.

use super::{Choice, Content, Proposal, Sums, ballot, holder};
use crate::stake::{self, Stake, StakeId};
use crate::world::World;
use alloy_primitives::U256;
use bincode::{Decode, Encode};
use std::collections::BTreeMap;
use troupe_types::Hash;

/// Of a thousand parts of the votes, so many are wanted for it at least.
// PlatON-Go 1.5.0, x/xcom: 66.7 percent
const WANTED: u64 = 667;

/// How the votes are: in von, and for a version in nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Tally {
    /// For it.
    pub yes: u128,
    /// Against it.
    pub no: u128,
    /// For neither.
    pub abstain: u128,
    /// What could have been voted with: all that is with alternative validators, and what others voted with. For a
    /// version, how many alternative validators there were in the time of the vote.
    pub eligible: u128,
}

impl Tally {
    /// All votes.
    #[must_use]
    pub const fn cast(&self) -> u128 {
        self.yes.saturating_add(self.no).saturating_add(self.abstain)
    }

    /// Whether more than a half has voted, and two thirds of them for it.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        let has_quorum = self.cast() > self.eligible / 2;
        has_quorum && is_enough(self.yes, self.cast())
    }

    /// Whether two thirds of all nodes run a version.
    #[must_use]
    pub fn is_accepted_version(&self) -> bool {
        self.eligible > 0 && is_enough(self.yes, self.eligible)
    }

    fn add(&mut self, choice: Choice, amount: u128) {
        let sum = match choice {
            Choice::Yes => &mut self.yes,
            Choice::No => &mut self.no,
            Choice::Abstain => &mut self.abstain,
        };
        *sum = sum.saturating_add(amount);
    }
}

fn is_enough(yes: u128, of: u128) -> bool {
    U256::from(yes) * U256::from(1_000) >= U256::from(of) * U256::from(WANTED)
}

/// The alternative validators that have a say, and their votes: the same for all proposals that end together.
#[derive(Debug)]
pub(super) struct Electorate {
    votes: BTreeMap<StakeId, u128>,
    total: u128,
}

impl Electorate {
    pub(super) fn now(world: &mut impl World) -> Self {
        let (mut votes, mut total) = (BTreeMap::new(), 0u128);
        for id in stake::alternatives(world) {
            if let Some(its) = votes_of(world, id) {
                votes.insert(id, its);
                total = total.saturating_add(its);
            }
        }
        Self { votes, total }
    }
}

/// The votes of a candidate. Who was punished or left has no say.
fn votes_of(world: &mut impl World, id: StakeId) -> Option<u128> {
    let stake = Stake::of(world, id).filter(|stake| stake.status.is_valid());
    stake.map(|stake| stake.votes())
}

/// How the votes on a proposal are, or were when it ended.
pub fn tally(world: &mut impl World, id: &Hash) -> Option<Tally> {
    let number = Proposal::number(world, id)?;
    let proposal = Proposal::of(world, id)?;
    if proposal.result.is_some() {
        return proposal.result;
    }
    let electorate = Electorate::now(world);
    Some(count(world, &electorate, number, &proposal))
}

/// How the votes on a proposal are.
pub(super) fn count(
    world: &mut impl World,
    electorate: &Electorate,
    number: u64,
    proposal: &Proposal,
) -> Tally {
    match proposal.content {
        Content::Version { .. } => {
            let mut tally = Tally { eligible: proposal.seen.into(), ..Tally::default() };
            for (id, choice) in ballot::all(world, number) {
                let has_say = electorate.votes.contains_key(&id) || votes_of(world, id).is_some();
                tally.add(choice, has_say.into());
            }
            tally
        }
        Content::Text | Content::Param { .. } | Content::Cancel { .. } => {
            weigh(world, electorate, number, &proposal.sums)
        }
    }
}

fn weigh(world: &mut impl World, electorate: &Electorate, number: u64, sums: &Sums) -> Tally {
    let mut tally = Tally { eligible: electorate.total, ..Tally::default() };
    let choices = [Choice::Yes, Choice::No, Choice::Abstain];
    for (choice, amount) in choices.into_iter().zip(sums.choices) {
        tally.add(choice, amount);
    }
    // What accounts vote with is with alternative validators, or it comes to what these have.
    let mut outside = sums.total();
    if sums.delegated > 0 {
        for id in electorate.votes.keys() {
            outside = outside.saturating_sub(holder::overridden(world, number, *id));
        }
    }
    for (id, choice) in ballot::all(world, number) {
        let inside = electorate.votes.get(&id).copied();
        let Some(votes) = inside.or_else(|| votes_of(world, id)) else { continue };
        let amount = left(world, number, id, votes);
        tally.add(choice, amount);
        if inside.is_none() {
            outside = outside.saturating_add(amount);
        }
    }
    tally.eligible = tally.eligible.saturating_add(outside);
    tally
}

/// The votes of a candidate without those that delegators use themselves.
fn left(world: &mut impl World, number: u64, id: StakeId, votes: u128) -> u128 {
    let left = votes.checked_sub(holder::overridden(world, number, id));
    if left.is_none() {
        world.broken("delegators vote with more than they delegate");
    }
    left.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_half_votes_and_two_thirds_of_them_accept() {
        let tally = |yes, no, abstain, eligible| Tally { yes, no, abstain, eligible };
        assert!(tally(51, 0, 0, 100).is_accepted());
        assert!(!tally(50, 0, 0, 100).is_accepted());
        assert!(tally(51, 0, 0, 101).is_accepted());
        assert!(tally(667, 333, 0, 1_000).is_accepted());
        assert!(!tally(666, 334, 0, 1_000).is_accepted());
        assert!(!tally(666, 0, 334, 1_000).is_accepted());
        assert!(!tally(0, 0, 0, 0).is_accepted());
        assert!(tally(u128::MAX, 0, 0, u128::MAX).is_accepted());
        assert!(tally(3, 0, 0, 4).is_accepted_version());
        assert!(!tally(2, 0, 0, 3).is_accepted_version());
        assert!(!tally(0, 0, 0, 0).is_accepted_version());
    }
}
