//! Delegating to a candidate, and taking it back.

use super::source::{self, Source};
use super::{Event, Refused, Stake, StakeId, income, lock, operate, query, rank};
use crate::contract::DELEGATE_REWARD;
use crate::params::{Param, Params};
use crate::world::{Key, Stored, Table, World};
use crate::{Calendar, Error, Purse, governance};
use alloy_primitives::U256;
use bincode::{Decode, Encode};
use troupe_records::Told;
use troupe_types::{Address, NodeId};

/// To so many candidates an account may delegate.
pub const MAX_DELEGATIONS: usize = 64;

/// What an account delegates to a candidate.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Delegation {
    /// What counts.
    pub counts: Purse,
    /// What was added in the settlement epoch that it says.
    pub fresh: Purse,
    /// The same from delegations that were taken back elsewhere and are locked: taken back, it is so again.
    pub fresh_held: Purse,
    /// Until when what came from there was locked.
    pub held_until: u64,
    /// The settlement epoch in which it was changed last.
    pub period: u64,
    /// The settlement epoch from which on something counts.
    pub since: u64,
    /// What a von had earned when it was changed last.
    earned: [u8; 32],
    /// What it had earned then.
    pub income: u128,
}

impl Delegation {
    /// That of an account to a candidate, as it was changed last.
    pub fn of(world: &mut impl World, delegator: Address, id: StakeId) -> Option<Self> {
        Self::load(world, &key(delegator, id))
    }

    pub(super) fn keep(&self, world: &mut impl World, delegator: Address, id: StakeId) {
        self.save(world, &key(delegator, id));
    }

    pub(super) const fn earned(&self) -> U256 {
        U256::from_be_bytes(self.earned)
    }

    pub(super) const fn set_earned(&mut self, earned: U256) {
        self.earned = earned.to_be_bytes();
    }

    /// What does not count yet.
    #[must_use]
    pub const fn fresh_total(&self) -> u128 {
        self.fresh.total().saturating_add(self.fresh_held.total())
    }

    /// All of it, in von.
    #[must_use]
    pub const fn total(&self) -> u128 {
        self.counts.total().saturating_add(self.fresh_total())
    }

    /// What was fresh counts from now on.
    pub(super) fn count(&mut self) {
        if self.counts.is_empty() {
            self.since = self.period.saturating_add(1);
        }
        let (fresh, held) = (self.fresh.empty(), self.fresh_held.empty());
        self.counts.add(fresh);
        self.counts.add(held);
    }
}

fn key(delegator: Address, id: StakeId) -> Key {
    Key::of_account(Table::Delegation, delegator, id.0)
}

/// All delegations of an account.
pub(super) fn all(world: &mut impl World, delegator: Address) -> Vec<(StakeId, Delegation)> {
    let mut all = Vec::new();
    let mut last = Key::new(Table::Delegation, delegator.0);
    while let Some((key, value)) = world.next(Table::Delegation, Some(&last)) {
        if key.account() != delegator {
            break;
        }
        if let Some(delegation) = Delegation::read(world, &value) {
            all.push((StakeId(key.number(20)), delegation));
        }
        last = key;
    }
    all
}

/// Delegates an amount to a candidate.
pub fn delegate(
    world: &mut impl World,
    delegator: Address,
    source: Source,
    node: &NodeId,
    amount: u128,
) -> Result<(), Error> {
    let least = Params::of(world).get(Param::OperatingThreshold);
    if amount < least {
        return Err(Refused::DelegateTooLow { got: amount, least }.into());
    }
    let (id, stake) = operate::candidate(world, node)?;
    if operate::of_staker(world, delegator).is_some() {
        return Err(Refused::Staker { got: delegator }.into());
    }
    let known = Delegation::of(world, delegator, id);
    let is_new = known.is_none();
    if is_new {
        let got = all(world, delegator).len();
        if got >= MAX_DELEGATIONS {
            return Err(Refused::TooMany { got, most: MAX_DELEGATIONS }.into());
        }
    }
    let period = Calendar::period(world);
    let mut delegation = known.unwrap_or_else(|| Delegation { period, ..Delegation::default() });
    let mut now = stake;
    rank::leave(world, id, &now);
    now.roll(world, id, period);
    income::settle(world, id, &now, &mut delegation, period);
    let was_fresh = delegation.fresh_total() > 0;
    let taken = match source {
        Source::Locked => {
            let (taken, until) = lock::take(world, delegator, amount)?;
            delegation.held_until = delegation.held_until.max(until);
            delegation.fresh_held.add(taken);
            taken
        }
        Source::Free | Source::Restricted | Source::Mixed => {
            let taken = source::take(world, delegator, source, amount)?;
            delegation.fresh.add(taken);
            taken
        }
    };
    now.delegated_fresh = now.delegated_fresh.saturating_add(amount);
    now.newcomers += u64::from(!was_fresh);
    now.delegations += u64::from(is_new);
    rank::enter(world, id, &now);
    now.keep(world, id);
    delegation.keep(world, delegator, id);
    governance::delegation_changed(world, delegator, id, delegation.total());
    world.log(Told::from(Event::Delegated { delegator, node: *node, amount: taken }));
    Ok(())
}

/// What became of a delegation that was taken back. Amounts are in von.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undelegated {
    /// What went back at once.
    pub returned: Purse,
    /// What is locked.
    pub locked: Purse,
    /// Until the end of which settlement epoch.
    pub until: u64,
    /// What it had earned and was paid with it.
    pub earned: u128,
}

/// Takes an amount back from a candidate: what does not count yet first, and at once. What counted is locked for a
/// while if the candidate was an alternative validator with it. Where less would be left than may be delegated, all of it
/// is taken back. What it earned is paid with the last von.
pub fn undelegate(
    world: &mut impl World,
    delegator: Address,
    id: StakeId,
    amount: u128,
) -> Result<Undelegated, Error> {
    let params = Params::of(world);
    let least = params.get(Param::OperatingThreshold);
    let missing = Refused::NoDelegation { who: delegator };
    let Some(mut delegation) = Delegation::of(world, delegator, id) else {
        return Err(missing.into());
    };
    let Some(mut stake) = Stake::of(world, id) else { return Err(missing.into()) };
    let total = delegation.total();
    if amount > total {
        return Err(Refused::UndelegateTooHigh { got: amount, most: total }.into());
    }
    if amount < least && amount != total {
        return Err(Refused::UndelegateTooLow { got: amount, least }.into());
    }
    let amount = if total - amount < least { total } else { amount };
    let period = Calendar::period(world);
    rank::leave(world, id, &stake);
    stake.roll(world, id, period);
    income::settle(world, id, &stake, &mut delegation, period);

    let was_fresh = delegation.fresh_total() > 0;
    let fresh = delegation.fresh.take(amount);
    let held = delegation.fresh_held.take(amount - fresh.total());
    let counted = delegation.counts.take(amount - fresh.total() - held.total());
    let served = query::served(world, id, &stake, period);
    let has_served = served >= delegation.since && served > 0;
    let freeze = u64::try_from(params.get(Param::UndelegateFreeze)).unwrap_or(u64::MAX);
    let served_until = if has_served { served.saturating_add(freeze) } else { 0 };
    let until = served_until.max(delegation.held_until);
    stake.delegated_fresh = stake.delegated_fresh.saturating_sub(fresh.total() + held.total());
    stake.delegated = stake.delegated.saturating_sub(counted.total());
    stake.newcomers -= u64::from(was_fresh && delegation.fresh_total() == 0);

    source::release(world, delegator, fresh, 0, period);
    source::release(world, delegator, held, delegation.held_until, period);
    source::release(world, delegator, counted, until, period);
    let is_last = delegation.total() == 0;
    let earned = if is_last { delegation.income } else { 0 };
    if is_last {
        world.pay(DELEGATE_REWARD, delegator, earned);
        world.remove(&key(delegator, id));
        stake.delegations = stake.delegations.saturating_sub(1);
    } else {
        delegation.keep(world, delegator, id);
    }
    rank::enter(world, id, &stake);
    stake.keep(world, id);
    governance::delegation_changed(world, delegator, id, delegation.total());
    let (mut returned, mut locked) = (fresh, Purse::EMPTY);
    for (part, until) in [(held, delegation.held_until), (counted, until)] {
        let into = if until > period { &mut locked } else { &mut returned };
        into.add(part);
    }
    let node = stake.node;
    world.log(Told::from(Event::Undelegated { delegator, node, returned, locked, until, earned }));
    operate::forget_if_gone(world, id);
    Ok(Undelegated { returned, locked, until, earned })
}
