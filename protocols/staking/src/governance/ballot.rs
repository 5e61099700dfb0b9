//! Votes of alternative validators.

use super::proposal::Proposal;
use super::{Content, Event, Refused, declare, open};
use crate::stake::{self, Stake, StakeId};
use crate::world::{Key, Stored, Table, World};
use bincode::{Decode, Encode};
use troupe_types::{Address, Hash, NodeId};

/// What one votes for. The numbers are those of PlatON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[repr(u8)]
pub enum Choice {
    /// That it be done.
    Yes = 1,
    /// That it be not.
    No = 2,
    /// That others decide: it counts as a vote and for neither.
    Abstain = 3,
}

impl Choice {
    /// The choice of a number.
    pub const fn numbered(number: u8) -> Result<Self, Refused> {
        match number {
            1 => Ok(Self::Yes),
            2 => Ok(Self::No),
            3 => Ok(Self::Abstain),
            got => Err(Refused::Choice { got }),
        }
    }
}

/// The candidate of a node, whose staker calls.
pub(super) fn own(
    world: &mut impl World,
    from: Address,
    node: &NodeId,
) -> Result<(StakeId, Stake), Refused> {
    let id = stake::by_node(world, node);
    let found = id.and_then(|id| Some((id, Stake::of(world, id)?)));
    let (id, stake) = found.ok_or(Refused::NotCandidate { node: *node })?;
    if stake.staker != from {
        return Err(Refused::NotStaker { got: from, staker: stake.staker });
    }
    if !stake.status.is_valid() {
        return Err(Refused::Status { status: stake.status });
    }
    Ok((id, stake))
}

/// The alternative validator of a node, whose staker calls.
pub(super) fn alternative(
    world: &mut impl World,
    from: Address,
    node: &NodeId,
) -> Result<StakeId, Refused> {
    let other = Refused::NotAlternative { node: *node };
    let id = stake::by_node(world, node).ok_or(other.clone())?;
    if !stake::is_alternative(world, id) {
        return Err(other);
    }
    own(world, from, node).map(|(id, _)| id)
}

/// Votes for an alternative validator with all that is staked with it when the votes are counted, but what delegators vote with
/// themselves. `version` is what its node runs: who votes for a version says that it runs it.
///
/// PlatON has the node sign its version. Here the call of the account that staked for the node is enough: it answers
/// for the node with its stake, and a signature would show no better what the node runs.
pub fn vote_as_node(
    world: &mut impl World,
    from: Address,
    node: &NodeId,
    id: &Hash,
    (choice, version): (Choice, u32),
) -> Result<(), Refused> {
    let (number, proposal) = open::find(world, id)?;
    let stake = alternative(world, from, node)?;
    if of(world, number, stake).is_some() {
        return Err(Refused::Voted { id: *id });
    }
    if let Content::Version { version: want } = proposal.content {
        if choice != Choice::Yes {
            return Err(Refused::Choice { got: choice as u8 });
        }
        if version != want {
            return Err(Refused::NotUpgraded { got: version, want });
        }
        declare::remember(world, stake, version);
    }
    choice.save(world, &key(number, stake));
    world.log(Event::NodeVoted { id: *id, node: *node, choice }.into());
    Ok(())
}

/// What a candidate voted for.
pub(super) fn of(world: &mut impl World, number: u64, id: StakeId) -> Option<Choice> {
    Choice::load(world, &key(number, id))
}

/// What candidates voted for.
pub(super) fn all(world: &mut impl World, number: u64) -> Vec<(StakeId, Choice)> {
    let mut found = Vec::new();
    let mut last = Key::new(Table::Vote, number.to_be_bytes());
    while let Some((key, value)) = world.next(Table::Vote, Some(&last)) {
        if key.number(0) != number {
            break;
        }
        let choice = Choice::read(world, &value);
        found.extend(choice.map(|choice| (StakeId(key.number(8)), choice)));
        last = key;
    }
    found
}

/// What one voted for whose proposal is named.
pub(super) fn on(world: &mut impl World, id: &Hash, stake: StakeId) -> Option<Choice> {
    let number = Proposal::number(world, id)?;
    of(world, number, stake)
}

fn key(number: u64, id: StakeId) -> Key {
    Key::pair(Table::Vote, number, id.0)
}
