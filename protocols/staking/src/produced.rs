//! Who made how many blocks.

use crate::office::Office;
use crate::stake::StakeId;
use crate::world::{Key, Stored, Table, World};
use troupe_types::{Epoch, View};

fn of_round(round: Epoch) -> Key {
    Key::new(Table::Produced, round.0.to_be_bytes())
}

fn of_candidate(period: u64, id: StakeId) -> Key {
    Key::pair(Table::ProducedBy, period, id.0)
}

/// How many blocks each validator of a round has made, in their order.
pub(crate) fn in_round(world: &mut impl World, office: &Office) -> Vec<u16> {
    let known = Vec::<u16>::load(world, &of_round(office.round));
    let mut counts = known.unwrap_or_default();
    counts.resize(office.members.len(), 0);
    counts
}

/// Counts a block for the proposer of a view.
pub(crate) fn count(world: &mut impl World, office: &Office, view: View) {
    let mut counts = in_round(world, office);
    let Some(at) = view.0.checked_rem(counts.len() as u64) else { return };
    if let Some(count) = usize::try_from(at).ok().and_then(|at| counts.get_mut(at)) {
        *count = count.saturating_add(1);
    }
    counts.save(world, &of_round(office.round));
}

/// Counts the blocks of a round for the rewards of a settlement epoch.
pub(crate) fn close_round(world: &mut impl World, office: &Office, period: u64) {
    for (member, count) in office.members.iter().zip(in_round(world, office)) {
        if count > 0 {
            let key = of_candidate(period, member.id);
            let sum = u64::load(world, &key).unwrap_or(0).saturating_add(count.into());
            sum.save(world, &key);
        }
    }
    // Those of the round before were looked at by the election of this round.
    if let Some(before) = office.round.0.checked_sub(1) {
        world.remove(&of_round(Epoch(before)));
    }
}

/// Takes out somebody who made blocks in a settlement epoch, with how many.
pub(crate) fn take(world: &mut impl World, period: u64) -> Option<(StakeId, u64)> {
    let (key, value) = world.next(Table::ProducedBy, None)?;
    if key.number(0) > period {
        return None;
    }
    world.remove(&key);
    Some((StakeId(key.number(8)), u64::read(world, &value).unwrap_or(0)))
}

/// How many blocks were counted for the rewards of a settlement epoch.
pub(crate) fn in_period(world: &mut impl World, period: u64) -> u64 {
    let (mut sum, mut last) = (0u64, None);
    while let Some((key, value)) = world.next(Table::ProducedBy, last.as_ref()) {
        if key.number(0) > period {
            break;
        }
        sum = sum.saturating_add(u64::read(world, &value).unwrap_or(0));
        last = Some(key);
    }
    sum
}
