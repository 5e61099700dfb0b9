//! What validators and alternatives get.
//!
//! The supply grows once in a cycle, which is about a year; most of what is issued goes to the reward pool. Each settlement
//! epoch of the cycle gets an equal part of what the pool has left: a part of that for those who made its blocks, by
//! how many each made, the rest for all its alternative validators alike. Blocks are no clock, so a block has no
//! price of its own: making more of them in the same time pays nobody more together.

use crate::contract::{DELEGATE_REWARD, REWARD_POOL};
use crate::params::{Param, Params};
use crate::stake::{Stake, StakeId, WHOLE};
use crate::world::{Key, Stored, Table, World};
use crate::{Calendar, Constitution};
use bincode::{Decode, Encode};
use troupe_types::UnixMillis;

const KEY: Key = Key::new(Table::Single, [5]);
const SUPPLY: Key = Key::new(Table::Single, [6]);
/// Blocks are made so often at least, in milliseconds, while the chain works.
const SLOWEST: u64 = 1_000;
/// What of an issuance goes to the reward pool, in percent.
const TO_POOL: u128 = 80;

/// What a settlement epoch pays, in von.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Rewards {
    /// To those who make its blocks.
    pub producers: u128,
    /// To its alternative validators.
    pub alternatives: u128,
    /// What a block of the settlement epoch before brought on average; of the first one, what it brings if the chain
    /// is slow.
    pub per_block: u128,
}

impl Rewards {
    /// What the settlement epoch that goes on pays.
    pub fn now(world: &mut impl World) -> Self {
        Self::load(world, &KEY).unwrap_or_default()
    }

    fn keep(&self, world: &mut impl World) {
        self.save(world, &KEY);
    }
}

/// All von that there are.
pub fn supply(world: &mut impl World) -> u128 {
    u128::load(world, &SUPPLY).unwrap_or(0)
}

/// Says how many von there are: for the genesis.
pub(crate) fn set_supply(world: &mut impl World, supply: u128) {
    supply.save(world, &SUPPLY);
}

/// A part of an amount that has 128 bits.
#[must_use]
pub(crate) fn part(amount: u128, numerator: u128, denominator: u128) -> u128 {
    use alloy_primitives::U256;
    let product = U256::from(amount).saturating_mul(U256::from(numerator));
    product.checked_div(U256::from(denominator)).map_or(0, |part| part.saturating_to())
}

/// Says what a settlement epoch pays that begins. The first one of a cycle comes with what is issued for it.
pub(crate) fn begin(
    world: &mut impl World,
    constitution: &Constitution,
    calendar: &mut Calendar,
    blocks_before: u64,
) {
    let now = calendar.began;
    if now >= calendar.cycle_ends {
        calendar.cycle = calendar.cycle.saturating_add(1);
        calendar.cycle_ends = UnixMillis(now.0.saturating_add(constitution.cycle.0));
        issue(world, constitution, calendar.cycle);
    }
    let left = calendar.cycle_ends.0.saturating_sub(now.0);
    let periods = left.div_ceil(constitution.period.0.max(1)).max(1);
    let all = world.balance(REWARD_POOL) / u128::from(periods);
    let producers = part(all, constitution.producers_percent.into(), 100);
    let before = Rewards::now(world);
    let per_block = match u128::from(blocks_before) {
        0 => producers / u128::from((constitution.period.0 / SLOWEST).max(1)),
        blocks => before.producers / blocks,
    };
    Rewards { producers, alternatives: all - producers, per_block }.keep(world);
}

fn issue(world: &mut impl World, constitution: &Constitution, cycle: u64) {
    let supply = supply(world);
    let ratio = Params::of(world).get(Param::IssuanceRatio);
    let issued = part(supply, ratio, WHOLE.into());
    // The supply stays below 2^128 von: where it would not, nothing is issued.
    let Some(sum) = supply.checked_add(issued) else { return };
    set_supply(world, sum);
    let pool = part(issued, TO_POOL, 100);
    let rest = issued - pool;
    let foundation = if cycle >= constitution.foundation_from { rest / 2 } else { 0 };
    world.mint(REWARD_POOL, pool);
    world.mint(constitution.foundation, foundation);
    world.mint(constitution.developers, rest - foundation);
}

/// Pays a candidate what it earned in a settlement epoch in which it served: a part of it to its delegators, if some of
/// what they delegate counts.
pub(crate) fn pay(world: &mut impl World, id: StakeId, amount: u128, period: u64) {
    // What the pool has was divided; slashing only adds to it.
    let amount = amount.min(world.balance(REWARD_POOL));
    let Some(mut stake) = Stake::now(world, id, period) else { return };
    let share = part(amount, stake.share.into(), WHOLE.into());
    let to_delegators = share - stake.distribute(share);
    stake.served = stake.served.max(period);
    stake.keep(world, id);
    world.pay(REWARD_POOL, DELEGATE_REWARD, to_delegators);
    world.pay(REWARD_POOL, stake.benefit, amount - to_delegators);
}
