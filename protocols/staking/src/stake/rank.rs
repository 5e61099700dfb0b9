//! The order of candidates: a newer program first, then more votes, then the earlier stake.

use super::{Stake, StakeId};
use crate::world::{Key, Table, World};

/// The most that votes count, in von: 104 bits.
const MOST: u128 = (1 << 104) - 1;

/// Keys in the order of bytes are candidates in the order of their rank.
fn key(id: StakeId, stake: &Stake) -> Key {
    let mut key = [0; 24];
    // The last part of a version is no difference.
    let version = !(stake.version >> 8);
    key[..3].copy_from_slice(&version.to_be_bytes()[1..]);
    let votes = MOST - stake.votes().min(MOST);
    key[3..16].copy_from_slice(&votes.to_be_bytes()[3..]);
    key[16..].copy_from_slice(&id.0.to_be_bytes());
    Key::new(Table::Rank, key)
}

/// Ranks a candidate.
pub(super) fn enter(world: &mut impl World, id: StakeId, stake: &Stake) {
    if stake.status.is_valid() {
        world.put(&key(id, stake), &[]);
    }
}

/// Takes a candidate out of the ranks, as it was when it entered.
pub(super) fn leave(world: &mut impl World, id: StakeId, stake: &Stake) {
    if stake.status.is_valid() {
        world.remove(&key(id, stake));
    }
}

/// Changes a candidate as it is in a settlement epoch, and its rank with it.
pub(crate) fn change<T>(
    world: &mut impl World,
    id: StakeId,
    period: u64,
    change: impl FnOnce(&mut Stake) -> T,
) -> Option<T> {
    let mut stake = Stake::now(world, id, period)?;
    leave(world, id, &stake);
    let result = change(&mut stake);
    enter(world, id, &stake);
    stake.keep(world, id);
    Some(result)
}

/// The candidates of the highest rank, so many at most.
#[must_use]
pub fn first(world: &mut impl World, most: usize) -> Vec<StakeId> {
    let (mut ranked, mut last) = (Vec::new(), None);
    while ranked.len() < most
        && let Some((key, _)) = world.next(Table::Rank, last.as_ref())
    {
        ranked.push(StakeId(key.number(16)));
        last = Some(key);
    }
    ranked
}
