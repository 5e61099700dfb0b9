//! Votes of accounts: with what they delegate, and with what they lock.

use super::open::Kind;
use super::{Choice, Content, Event, Proposal, Refused, State, open};
use crate::contract::GOVERNANCE;
use crate::stake::{self, StakeId};
use crate::world::{Key, Stored, Table, World};
use bincode::{Decode, Encode};
use troupe_types::{Address, Hash};
use troupe_wire::List;

/// One delegates to so many candidates at most.
const MOST: usize = stake::MAX_DELEGATIONS;

/// The vote of an account. Amounts are in von.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct HolderVote {
    /// For what.
    pub choice: Choice,
    /// What it locked until the end.
    pub locked: u128,
    /// What it delegates to whom: as it was when it changed last, while the vote is open. They are as many as one
    /// may delegate to.
    pub delegated: List<(StakeId, u128), MOST>,
}

impl HolderVote {
    pub(super) fn of(world: &mut impl World, number: u64, holder: Address) -> Option<Self> {
        Self::load(world, &vote_key(number, holder))
    }

    /// What it delegates in all.
    #[must_use]
    pub fn delegated_total(&self) -> u128 {
        self.delegated.iter().fold(0, |sum, (_, amount)| sum.saturating_add(*amount))
    }
}

/// Votes for an account: with what it delegates, now and later on, until the votes are counted; and with an amount of its balance
/// that is locked until then.
pub fn vote_as_holder(
    world: &mut impl World,
    from: Address,
    id: &Hash,
    choice: Choice,
    locked: u128,
) -> Result<(), Refused> {
    let (number, mut proposal) = open::find(world, id)?;
    match proposal.content {
        Content::Version { .. } => return Err(Refused::NodesOnly { id: *id }),
        Content::Text | Content::Param { .. } | Content::Cancel { .. } => {}
    }
    if world.get(&vote_key(number, from)).is_some() {
        return Err(Refused::Voted { id: *id });
    }
    let balance = world.balance(from);
    if balance < locked {
        return Err(Refused::Funds { got: balance, want: locked });
    }
    let delegated = stake::delegations_of(world, from);
    let delegated = list(world, delegated);
    let vote = HolderVote { choice, locked, delegated };
    let total = vote.delegated_total();
    if locked == 0 && total == 0 {
        return Err(Refused::Nothing { holder: from });
    }
    world.pay(from, GOVERNANCE, locked);
    proposal.sums.lock(choice, locked);
    proposal.sums.change(choice, 0, total);
    for (id, amount) in vote.delegated.iter() {
        override_vote(world, number, *id, 0, *amount);
    }
    vote.save(world, &vote_key(number, from));
    proposal.keep(world, number);
    let told = Event::HolderVoted { id: *id, holder: from, choice, locked, delegated: total };
    world.log(told.into());
    Ok(())
}

/// Gives back what an account locked for a vote that has ended. Gives how much it was.
pub fn unlock(world: &mut impl World, from: Address, id: &Hash) -> Result<u128, Refused> {
    let number = Proposal::number(world, id);
    let found = number.zip(Proposal::of(world, id));
    let (number, proposal) = found.ok_or(Refused::Unknown { id: *id })?;
    if proposal.state == State::Voting {
        return Err(Refused::Open { id: *id });
    }
    let vote = HolderVote::of(world, number, from);
    let vote = vote.ok_or(Refused::NoVote { id: *id, holder: from })?;
    world.remove(&vote_key(number, from));
    world.pay(GOVERNANCE, from, vote.locked);
    world.log(Event::Unlocked { id: *id, holder: from, amount: vote.locked }.into());
    Ok(vote.locked)
}

/// Says that an account delegates another amount to a candidate: its votes count with that.
pub(crate) fn delegation_changed(
    world: &mut impl World,
    delegator: Address,
    id: StakeId,
    now: u128,
) {
    for open in open::all(world) {
        if open.kind == Kind::Version {
            continue;
        }
        let number = open.number;
        let Some(mut vote) = HolderVote::of(world, number, delegator) else { continue };
        let Some(mut proposal) = Proposal::numbered(world, number) else { continue };
        let mut all = std::mem::take(&mut vote.delegated).into_inner();
        let at = all.iter().position(|(known, _)| *known == id);
        let before = at.map_or(0, |at| all.swap_remove(at).1);
        if now > 0 {
            all.push((id, now));
        }
        vote.delegated = list(world, all);
        override_vote(world, number, id, before, now);
        proposal.sums.change(vote.choice, before, now);
        vote.save(world, &vote_key(number, delegator));
        proposal.keep(world, number);
    }
}

fn list(world: &mut impl World, delegated: Vec<(StakeId, u128)>) -> List<(StakeId, u128), MOST> {
    let list = List::new(delegated);
    if list.is_err() {
        world.broken("an account delegates to more candidates than it may");
    }
    list.unwrap_or_default()
}

/// What of the votes of a candidate is counted for those who delegate it, on a proposal.
pub(super) fn overridden(world: &mut impl World, number: u64, id: StakeId) -> u128 {
    u128::load(world, &overridden_key(number, id)).unwrap_or(0)
}

fn override_vote(world: &mut impl World, number: u64, id: StakeId, before: u128, now: u128) {
    let sum = overridden(world, number, id).saturating_sub(before).saturating_add(now);
    let key = overridden_key(number, id);
    if sum == 0 {
        world.remove(&key);
    } else {
        sum.save(world, &key);
    }
}

fn overridden_key(number: u64, id: StakeId) -> Key {
    Key::pair(Table::Overridden, number, id.0)
}

/// Where the vote of an account is.
pub(crate) fn vote_key(number: u64, holder: Address) -> Key {
    let mut key = [0; 28];
    key[..8].copy_from_slice(&number.to_be_bytes());
    key[8..].copy_from_slice(&holder.0);
    Key::new(Table::VoteLock, key)
}
