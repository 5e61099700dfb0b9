//! What one may ask of proposals and votes.

use super::proposal::{self, Sums};
use super::{Choice, HolderVote, Proposal, ballot, holder, open};
use crate::contract::GOVERNANCE;
use crate::stake::{self, StakeId};
use crate::world::{Stored, Table, World};
use std::collections::BTreeMap;
use troupe_types::{Address, Hash};

/// Proposals after so many, at most so many, the oldest first.
pub fn proposals(world: &mut impl World, after: u64, most: usize) -> Vec<Proposal> {
    let mut found = Vec::new();
    let mut last = proposal::key(after);
    while found.len() < most
        && let Some((key, value)) = world.next(Table::Proposal, Some(&last))
    {
        found.extend(Proposal::read(world, &value));
        last = key;
    }
    found
}

/// What a candidate voted for.
pub fn node_vote(world: &mut impl World, id: &Hash, stake: StakeId) -> Option<Choice> {
    ballot::on(world, id, stake)
}

/// The vote of an account, until it takes back what it locked.
pub fn holder_vote(world: &mut impl World, id: &Hash, holder: Address) -> Option<HolderVote> {
    let number = Proposal::number(world, id)?;
    HolderVote::of(world, number, holder)
}

/// Goes through all votes of accounts and says how much they locked, or what is wrong with them. For tests: it reads every record.
pub fn audit(world: &mut impl World) -> Result<u128, &'static str> {
    let open: BTreeMap<u64, Hash> =
        open::all(world).into_iter().map(|open| (open.number, open.id)).collect();
    let mut sums: BTreeMap<u64, Sums> = BTreeMap::new();
    let mut overridden: BTreeMap<(u64, StakeId), u128> = BTreeMap::new();
    let (mut locked, mut last) = (0, None);
    while let Some((key, value)) = world.next(Table::VoteLock, last.as_ref()) {
        let number = key.number(0);
        let vote = HolderVote::read(world, &value).ok_or("a vote that is none")?;
        locked += vote.locked;
        if open.contains_key(&number) {
            let holder = key.bytes().last_chunk().ok_or("a vote of nobody")?;
            let mut recorded = vote.delegated.clone().into_inner();
            recorded.sort_unstable();
            if recorded != stake::delegations_of(world, Address(*holder)) {
                return Err("a vote with what is not delegated");
            }
            let sum = sums.entry(number).or_default();
            sum.lock(vote.choice, vote.locked);
            for (id, amount) in vote.delegated.into_inner() {
                sum.change(vote.choice, 0, amount);
                *overridden.entry((number, id)).or_default() += amount;
            }
        }
        last = Some(key);
    }
    for number in open.keys() {
        let proposal = Proposal::numbered(world, *number).ok_or("a proposal that is none")?;
        if proposal.sums != sums.remove(number).unwrap_or_default() {
            return Err("votes are not as they are summed up");
        }
    }
    for ((number, id), amount) in overridden {
        if holder::overridden(world, number, id) != amount {
            return Err("what delegators vote with is not taken from candidates");
        }
    }
    if world.balance(GOVERNANCE) != locked {
        return Err("what votes locked is not there");
    }
    Ok(locked)
}
