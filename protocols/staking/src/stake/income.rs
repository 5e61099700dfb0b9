//! What delegations earn.
//!
//! A candidate counts what one von that was delegated to it all along would have earned by now. A delegation has
//! earned the difference since it began to count, so that neither the end of a settlement epoch nor a claim looks at
//! more than one number, however many delegate. What is fresh begins to count with the end of its settlement epoch:
//! the number of that moment is kept as long as somebody needs it.

use super::{Delegation, Event, Stake, StakeId, delegation};
use crate::Calendar;
use crate::contract::DELEGATE_REWARD;
use crate::world::{Key, Stored, Table, World};
use alloy_primitives::U256;
use bincode::{Decode, Encode};
use troupe_records::Told;
use troupe_types::Address;

/// Bits after the point.
const POINT: usize = 96;
/// So many delegations are paid by one claim.
pub(crate) const PAID_AT_ONCE: usize = 20;

/// What a von had earned when a settlement epoch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
struct Mark {
    earned: [u8; 32],
    /// How many delegations need it.
    wanted_by: u64,
}

fn key(id: StakeId, period: u64) -> Key {
    Key::pair(Table::Mark, id.0, period)
}

/// Keeps what a von has earned for those whose delegations begin to count.
pub(super) fn mark(world: &mut impl World, id: StakeId, stake: &Stake) {
    if stake.newcomers > 0 {
        let (earned, wanted_by) = (stake.earned().to_be_bytes(), stake.newcomers);
        Mark { earned, wanted_by }.save(world, &key(id, stake.delegated_in));
    }
}

/// What a von had earned when a settlement epoch ended in which something fresh was delegated.
fn earned_at(world: &mut impl World, id: StakeId, stake: &Stake, period: u64) -> U256 {
    if period >= stake.delegated_in {
        return stake.earned();
    }
    match Mark::load(world, &key(id, period)) {
        Some(mark) => U256::from_be_bytes(mark.earned),
        None => {
            world.broken("what delegations had earned is forgotten");
            stake.earned()
        }
    }
}

/// Says that one delegation less needs a mark.
fn unmark(world: &mut impl World, id: StakeId, period: u64) {
    let key = key(id, period);
    let Some(mut mark) = Mark::load(world, &key) else { return };
    mark.wanted_by = mark.wanted_by.saturating_sub(1);
    match mark.wanted_by {
        0 => world.remove(&key),
        _ => mark.save(world, &key),
    }
}

/// What an amount earned while a von earned the difference.
fn earned(amount: u128, from: U256, to: U256) -> u128 {
    let product = to.saturating_sub(from).saturating_mul(U256::from(amount));
    (product >> POINT).saturating_to()
}

/// What a delegation has earned and was not paid yet.
pub(super) fn of(
    world: &mut impl World,
    id: StakeId,
    stake: &Stake,
    delegation: &Delegation,
    period: u64,
) -> u128 {
    let now = stake.earned();
    let (counts, fresh) = (delegation.counts.total(), delegation.fresh_total());
    let mut income = delegation.income.saturating_add(earned(counts, delegation.earned(), now));
    if delegation.period < period && fresh > 0 {
        let then = earned_at(world, id, stake, delegation.period);
        income = income.saturating_add(earned(fresh, then, now));
    }
    income
}

/// Brings a delegation to a settlement epoch; the candidate has been brought there.
pub(super) fn settle(
    world: &mut impl World,
    id: StakeId,
    stake: &Stake,
    delegation: &mut Delegation,
    period: u64,
) {
    delegation.income = of(world, id, stake, delegation, period);
    delegation.set_earned(stake.earned());
    if delegation.period < period {
        if delegation.fresh_total() > 0 {
            unmark(world, id, delegation.period);
        }
        delegation.count();
        delegation.period = period;
    }
}

impl Stake {
    /// Divides a reward among what counts of its delegations. Gives what is left over, which is all where nothing
    /// counts.
    pub(crate) fn distribute(&mut self, reward: u128) -> u128 {
        let Some(each) = (U256::from(reward) << POINT).checked_div(U256::from(self.delegated))
        else {
            return reward;
        };
        self.set_earned(self.earned().saturating_add(each));
        self.delegators_earned = self.delegators_earned.saturating_add(reward);
        0
    }
}

/// What delegations of an account have earned and were not paid yet, by candidate.
pub fn claimable(world: &mut impl World, delegator: Address) -> Vec<(StakeId, u128)> {
    let period = Calendar::period(world);
    let mut all = Vec::new();
    for (id, delegation) in delegation::all(world, delegator) {
        if let Some(stake) = Stake::of(world, id) {
            all.push((id, of(world, id, &stake, &delegation, period)));
        }
    }
    all
}

/// What a delegation of an account has earned and was not paid yet.
pub fn claimable_of(world: &mut impl World, delegator: Address, id: StakeId) -> u128 {
    let period = Calendar::period(world);
    let found = Delegation::of(world, delegator, id).zip(Stake::of(world, id));
    found.map_or(0, |(delegation, stake)| of(world, id, &stake, &delegation, period))
}

/// Pays what the delegations of an account have earned, of at most 20 of them; gives what was paid, by candidate.
pub fn claim(world: &mut impl World, delegator: Address) -> Vec<(StakeId, u128)> {
    let due = claimable(world, delegator).into_iter().filter(|(_, income)| *income > 0);
    let due: Vec<_> = due.take(PAID_AT_ONCE).collect();
    let period = Calendar::period(world);
    for (id, amount) in &due {
        let Some(stake) = Stake::now(world, *id, period) else { continue };
        let Some(mut delegation) = Delegation::of(world, delegator, *id) else { continue };
        settle(world, *id, &stake, &mut delegation, period);
        stake.keep(world, *id);
        delegation.income = 0;
        delegation.keep(world, delegator, *id);
        world.pay(DELEGATE_REWARD, delegator, *amount);
        world.log(Told::from(Event::Claimed { delegator, node: stake.node, amount: *amount }));
    }
    due
}
