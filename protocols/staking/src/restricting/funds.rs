//! What lies in an account's restricting plans, and where.

use super::{Event, Refused};
use crate::contract::{RESTRICTING, STAKING};
use crate::world::{Key, Stored, Table, World};
use bincode::{Decode, Encode};
use troupe_types::Address;

/// The plans of an account. In von, and at any time `held + locked == owed + scheduled - lost`, `lost <= scheduled`,
/// and one of `owed` and `held` is nothing: so whatever is owed is locked, and is paid when that comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub(super) struct Funds {
    /// What lies in the contract of the plans.
    pub(super) held: u128,
    /// What is staked or delegated.
    pub(super) locked: u128,
    /// What was due while it was locked.
    pub(super) owed: u128,
    /// What all releases to come are together.
    pub(super) scheduled: u128,
    /// What was slashed, and is missing in the last of them.
    pub(super) lost: u128,
    /// How many releases are to come.
    pub(super) entries: u64,
}

impl Funds {
    pub(super) fn of(world: &mut impl World, account: Address) -> Option<Self> {
        Self::load(world, &key(account))
    }

    /// Keeps them, or forgets them when nothing is left.
    pub(super) fn keep(&self, world: &mut impl World, account: Address) {
        if *self == Self::default() {
            world.remove(&key(account));
        } else {
            self.save(world, &key(account));
        }
    }

    /// Pays what is owed as far as it lies here.
    pub(super) fn pay(&mut self, world: &mut impl World, account: Address) {
        let amount = self.owed.min(self.held);
        if amount == 0 {
            return;
        }
        self.owed -= amount;
        self.held -= amount;
        world.pay(RESTRICTING, account, amount);
        world.log(Event::Paid { account, amount, owed: self.owed }.into());
    }

    /// Whether the rules above hold.
    pub(super) fn is_sound(&self) -> bool {
        let there = self.held.checked_add(self.locked);
        let claimed = self.scheduled.checked_sub(self.lost);
        let claimed = claimed.and_then(|scheduled| scheduled.checked_add(self.owed));
        there.is_some() && there == claimed && (self.owed == 0 || self.held == 0)
    }
}

/// What of an account's plans may be staked.
pub fn available(world: &mut impl World, account: Address) -> u128 {
    Funds::of(world, account).map_or(0, |funds| funds.held)
}

/// Moves an amount of an account's plans to the stakes.
pub fn lock(world: &mut impl World, account: Address, amount: u128) -> Result<(), Refused> {
    let Some(mut funds) = Funds::of(world, account) else {
        return Err(Refused::Unknown { account });
    };
    if funds.held < amount {
        return Err(Refused::Available { got: funds.held, want: amount });
    }
    funds.held -= amount;
    funds.locked = funds.locked.saturating_add(amount);
    world.pay(RESTRICTING, STAKING, amount);
    funds.keep(world, account);
    Ok(())
}

/// Moves an amount back from the stakes. What the account is owed goes on to it at once.
pub fn give_back(world: &mut impl World, account: Address, amount: u128) {
    let Some((mut funds, locked)) = unlocked(world, account, amount) else {
        return;
    };
    funds.locked = locked;
    funds.held = funds.held.saturating_add(amount);
    world.pay(STAKING, RESTRICTING, amount);
    funds.pay(world, account);
    funds.keep(world, account);
}

/// Takes an amount of what is locked from the account for good; whoever slashes moves the LAT themselves. The last releases to
/// come bear it, and where they are not enough, what is owed.
pub fn slashed(world: &mut impl World, account: Address, amount: u128) {
    let Some((mut funds, locked)) = unlocked(world, account, amount) else {
        return;
    };
    funds.locked = locked;
    let lost = funds.lost.saturating_add(amount);
    funds.lost = lost.min(funds.scheduled);
    // What is owed is at least that: more than was locked cannot be lost.
    funds.owed = funds.owed.saturating_sub(lost - funds.lost);
    funds.keep(world, account);
}

/// The plans of an account, and what of them stays locked without an amount.
fn unlocked(world: &mut impl World, account: Address, amount: u128) -> Option<(Funds, u128)> {
    if amount == 0 {
        return None;
    }
    let funds = Funds::of(world, account);
    let found = funds.and_then(|funds| Some((funds, funds.locked.checked_sub(amount)?)));
    if found.is_none() {
        world.broken("more comes back to restricting plans than went out");
    }
    found
}

fn key(account: Address) -> Key {
    Key::new(Table::Restricted, account.0)
}
