//! The end of a settlement epoch.
//!
//! It comes with the end of the first round that is late enough. Then everybody is paid, so many in each block, and when all
//! are the next one begins: whatever counts by settlement epochs counts on from there.

use crate::params::{Param, Params};
use crate::reward::{self, Rewards, part};
use crate::world::{Key, Stored, Table, World};
use crate::{Calendar, Constitution, produced, stake};
use bincode::{Decode, Encode};
use troupe_types::UnixMillis;

const KEY: Key = Key::new(Table::Single, [7]);
/// The first rounds of so many settlement epochs are kept: evidence may not be older.
const KEPT: u64 = 400;

/// A settlement epoch that is being paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
struct Settling {
    /// When it ended.
    ended: UnixMillis,
    /// What it pays.
    rewards: Rewards,
    /// How many blocks its validators made.
    blocks: u64,
    /// How many alternative validators were paid.
    paid: u64,
    /// How many there are.
    alternatives: u64,
}

/// Whether a settlement epoch is being paid: what is earned now is of the next one.
pub(crate) fn is_going_on(world: &mut impl World) -> bool {
    world.get(&KEY).is_some()
}

/// Ends the settlement epoch that goes on, with a round.
pub(crate) fn begin(world: &mut impl World, calendar: &Calendar, ended: UnixMillis) {
    let alternatives = stake::alternatives(world).len() as u64;
    let blocks = produced::in_period(world, calendar.period);
    let rewards = Rewards::now(world);
    Settling { ended, rewards, blocks, paid: 0, alternatives }.save(world, &KEY);
}

/// Pays so many at most; with the last of them the next settlement epoch begins.
pub(crate) fn work(world: &mut impl World, constitution: &Constitution, most: usize) {
    let Some(mut settling) = Settling::load(world, &KEY) else { return };
    let mut calendar = Calendar::now(world);
    let mut left = most;
    while left > 0
        && let Some((id, made)) = produced::take(world, calendar.period)
    {
        let amount = part(settling.rewards.producers, made.into(), settling.blocks.into());
        reward::pay(world, id, amount, calendar.period);
        left -= 1;
    }
    let paid = usize::try_from(settling.paid).unwrap_or(usize::MAX);
    let ids: Vec<_> = match left {
        0 => Vec::new(),
        _ => stake::alternatives(world).into_iter().skip(paid).take(left).collect(),
    };
    let each = settling.rewards.alternatives.checked_div(settling.alternatives.into());
    for id in ids {
        reward::pay(world, id, each.unwrap_or(0), calendar.period);
        settling.paid += 1;
        left -= 1;
    }
    if left == 0 && settling.paid < settling.alternatives {
        settling.save(world, &KEY);
        return;
    }
    world.remove(&KEY);
    next(world, constitution, &mut calendar, &settling);
}

fn next(
    world: &mut impl World,
    constitution: &Constitution,
    calendar: &mut Calendar,
    settling: &Settling,
) {
    stake::forget_alternatives(world, calendar.period);
    calendar.period = calendar.period.saturating_add(1);
    (calendar.began, calendar.first_round) = (settling.ended, calendar.round);
    reward::begin(world, constitution, calendar, settling.blocks);
    open(world, calendar);
    calendar.keep(world);
}

/// Opens a settlement epoch: its alternative validators are those of the highest rank.
pub(crate) fn open(world: &mut impl World, calendar: &Calendar) {
    let most = Params::of(world).get(Param::MaxValidators);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let alternatives = stake::rank::first(world, most);
    stake::keep_alternatives(world, calendar.period, &alternatives);
    let key = |period: u64| Key::new(Table::FirstRound, period.to_be_bytes());
    calendar.first_round.save(world, &key(calendar.period));
    if let Some(old) = calendar.period.checked_sub(KEPT) {
        world.remove(&key(old));
    }
}
