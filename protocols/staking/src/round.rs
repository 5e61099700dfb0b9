//! The election of a round.

use crate::election::{Candidate, Election, Sitting};
use crate::office::{Member, Office};
use crate::stake::{self, Stake, StakeId};
use crate::world::World;
use crate::{Calendar, Constitution, governance};
use std::collections::BTreeMap;
use troupe_types::{Epoch, Hash, Height, NodeId};
use troupe_wire::List;

/// Von in a LAT: a vote.
const LAT: u128 = 1_000_000_000_000_000_000;

/// Elects the validators of the round after one: by the output of the block in which it is done.
pub(crate) fn elect(
    world: &mut impl World,
    constitution: &Constitution,
    office: &Office,
    output: Hash,
) -> Option<Office> {
    let period = Calendar::period(world);
    let mut known: BTreeMap<NodeId, (StakeId, u32)> = BTreeMap::new();
    let mut sitting = Vec::with_capacity(office.members.len());
    for member in office.members.iter() {
        known.insert(member.node, (member.id, member.rounds));
        let stake = Stake::of(world, member.id);
        let is_out = !stake.as_ref().is_some_and(|stake| may_sit(world, stake));
        let candidate = standing(member.id, member.node, stake.as_ref());
        sitting.push(Sitting { candidate, rounds: member.rounds, is_out });
    }
    let mut others = Vec::new();
    for id in stake::alternatives(world) {
        let Some(stake) = Stake::of(world, id) else { continue };
        if !known.contains_key(&stake.node) && may_sit(world, &stake) {
            others.push(standing(id, stake.node, Some(&stake)));
            known.insert(stake.node, (id, 0));
        }
    }
    let seats = usize::try_from(constitution.seats).unwrap_or(usize::MAX);
    let weighing = constitution.weighing;
    let elected = Election { seats, sitting: &sitting, others: &others, weighing, output }.elect();
    let mut members = Vec::with_capacity(elected.len());
    for node in elected {
        let (id, rounds) = *known.get(&node)?;
        members.push(seat(world, office, id, rounds, period)?);
    }
    let first = office.last.next()?;
    let last = first.checked_add(blocks(constitution, members.len()).saturating_sub(1))?;
    let members = List::new(members).ok()?;
    let next = Office { round: office.round.next()?, first, last, members };
    next.keep(world);
    Some(next)
}

/// How many blocks a round of so many validators has: a view for each; but as many as it takes to elect within it.
// As the genesis has it for a schedule
pub(crate) fn blocks(constitution: &Constitution, members: usize) -> u64 {
    let per_view = u64::from(constitution.blocks_per_view).max(1);
    let least = u64::from(constitution.election_distance) / per_view + 1;
    per_view.saturating_mul((members as u64).max(least))
}

/// Whether a round that ends with a height has its election at another.
pub(crate) fn is_election(constitution: &Constitution, last: Height, height: Height) -> bool {
    last.since(height) == u64::from(constitution.election_distance)
}

fn may_sit(world: &mut impl World, stake: &Stake) -> bool {
    stake.status.is_valid() && governance::may_be_elected(world, stake.version)
}

fn standing(id: StakeId, node: NodeId, stake: Option<&Stake>) -> Candidate {
    let version = stake.map_or(0, |stake| stake.version >> 8);
    let votes = stake.map_or(0, |stake| stake.votes() / LAT);
    let votes = u64::try_from(votes).unwrap_or(u64::MAX);
    Candidate { node, version, votes, since: id.0 }
}

/// Somebody who was elected, with the keys that the candidate has. One who has left and sits on, because nobody else could,
/// has those of before.
fn seat(
    world: &mut impl World,
    office: &Office,
    id: StakeId,
    rounds: u32,
    period: u64,
) -> Option<Member> {
    if let Some(mut stake) = Stake::now(world, id, period) {
        stake.served = stake.served.max(period);
        stake.keep(world, id);
    }
    let rounds = rounds.saturating_add(1);
    if let Some(member) = Member::of(world, id, rounds) {
        return Some(member);
    }
    let before = office.members.iter().find(|member| member.id == id)?;
    Some(Member { rounds, ..before.clone() })
}

/// The first round in which a settlement epoch went on.
pub fn first_of_period(world: &mut impl World, period: u64) -> Option<Epoch> {
    use crate::world::{Key, Stored, Table};
    Epoch::load(world, &Key::new(Table::FirstRound, period.to_be_bytes()))
}
