//! Questions about candidates.

use super::operate::{node_key, vote_key};
use super::{Stake, StakeId, delegation};
use crate::Calendar;
use crate::world::{Key, Stored, Table, World};
use troupe_types::{Address, NodeId};

/// So many numbers of candidates are in a record.
const PART: usize = 500;

/// The candidate of a node, or the one that it was until its stake goes back.
pub fn by_node(world: &mut impl World, node: &NodeId) -> Option<StakeId> {
    StakeId::load(world, &node_key(node))
}

/// The candidate that a public key for votes is of, or was until its stake went back.
pub fn by_vote_key(world: &mut impl World, key: &[u8; 48]) -> Option<StakeId> {
    StakeId::load(world, &vote_key(key))
}

/// Candidates after one in the order of their numbers, at most so many. Those that left are among them until nothing
/// of theirs is left.
pub fn after(world: &mut impl World, id: StakeId, most: usize) -> Vec<StakeId> {
    let mut found = Vec::new();
    let mut last = Key::new(Table::Stake, id.0.to_be_bytes());
    while found.len() < most
        && let Some((key, _)) = world.next(Table::Stake, Some(&last))
    {
        found.push(StakeId(key.number(0)));
        last = key;
    }
    found
}

/// The alternative validators of the settlement epoch that goes on, the first in rank first.
pub fn alternatives(world: &mut impl World) -> Vec<StakeId> {
    let period = Calendar::period(world);
    let mut all = Vec::new();
    for part in 0.. {
        let Some(ids) = Vec::<u64>::load(world, &Key::pair(Table::Alternative, period, part))
        else {
            break;
        };
        all.extend(ids.into_iter().map(StakeId));
    }
    all
}

/// Keeps the alternative validators of a settlement epoch.
pub(crate) fn keep_alternatives(world: &mut impl World, period: u64, all: &[StakeId]) {
    for (part, ids) in (0..).zip(all.chunks(PART)) {
        let ids: Vec<u64> = ids.iter().map(|id| id.0).collect();
        ids.save(world, &Key::pair(Table::Alternative, period, part));
    }
}

/// Forgets those of a settlement epoch that is over.
pub(crate) fn forget_alternatives(world: &mut impl World, period: u64) {
    for part in 0.. {
        let key = Key::pair(Table::Alternative, period, part);
        if world.get(&key).is_none() {
            break;
        }
        world.remove(&key);
    }
}

/// Whether a candidate is an alternative validator of the settlement epoch that goes on.
pub fn is_alternative(world: &mut impl World, id: StakeId) -> bool {
    alternatives(world).contains(&id)
}

/// The last settlement epoch in which a candidate served, as alternative validator or as validator; 0 for none.
pub(super) fn served(world: &mut impl World, id: StakeId, stake: &Stake, period: u64) -> u64 {
    if is_alternative(world, id) { period } else { stake.served }
}

/// To which candidates an account delegates how much, in von.
pub fn delegations_of(world: &mut impl World, delegator: Address) -> Vec<(StakeId, u128)> {
    let all = delegation::all(world, delegator);
    all.into_iter().map(|(id, delegation)| (id, delegation.total())).collect()
}
