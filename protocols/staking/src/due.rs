//! What is to be done when a settlement epoch begins: stakes go back, and idle candidates may be elected again.

use crate::stake::{Stake, StakeId, rank, unfreeze};
use crate::world::{Key, Table, World};

/// Comes back to a candidate in a settlement epoch.
pub(crate) fn add(world: &mut impl World, period: u64, id: StakeId) {
    world.put(&Key::pair(Table::Due, period, id.0), &[]);
}

/// Does what is due, of so many candidates at most; whether some are left.
pub(crate) fn work(world: &mut impl World, period: u64, most: usize) -> bool {
    for _ in 0..most {
        let Some((key, _)) = world.next(Table::Due, None) else { return false };
        if key.number(0) > period {
            return false;
        }
        world.remove(&key);
        come_back(world, StakeId(key.number(8)), period);
    }
    true
}

fn come_back(world: &mut impl World, id: StakeId, period: u64) {
    let Some(stake) = Stake::of(world, id) else { return };
    if stake.until > period {
        // Its freeze became longer in the meantime: another entry stands for that.
        return;
    }
    if stake.status.is_leaving() {
        crate::stake::close(world, id);
    } else {
        let _ = rank::change(world, id, period, unfreeze);
    }
}
