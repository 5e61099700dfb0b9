//! Where staked LAT come from, and where they go back to.

use super::{Refused, lock};
use crate::contract::STAKING;
use crate::world::World;
use crate::{Error, Purse, restricting};
use troupe_types::Address;

/// Where LAT come from. The numbers are those of PlatON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// 0: a balance.
    Free,
    /// 1: restricting plans.
    Restricted,
    /// 2: restricting plans as far as they reach, and then a balance.
    Mixed,
    /// 3: delegations that were withdrawn and are locked. For delegations alone.
    Locked,
}

impl Source {
    /// The source of a number.
    pub fn numbered(number: u16) -> Result<Self, Refused> {
        match number {
            0 => Ok(Self::Free),
            1 => Ok(Self::Restricted),
            2 => Ok(Self::Mixed),
            3 => Ok(Self::Locked),
            got => Err(Refused::Source { got }),
        }
    }
}

/// Takes an amount from an account into the stakes.
pub(super) fn take(
    world: &mut impl World,
    from: Address,
    source: Source,
    amount: u128,
) -> Result<Purse, Error> {
    let restricted = match source {
        Source::Free => 0,
        Source::Restricted => amount,
        Source::Mixed => restricting::available(world, from).min(amount),
        Source::Locked => return Err(Refused::Source { got: 3 }.into()),
    };
    let free = amount - restricted;
    let balance = world.balance(from);
    if balance < free {
        return Err(Refused::Funds { got: balance, want: free }.into());
    }
    if restricted > 0 {
        restricting::lock(world, from, restricted)?;
    }
    world.pay(from, STAKING, free);
    Ok(Purse { free, restricted })
}

/// Gives back what stakes hold.
pub(super) fn give_back(world: &mut impl World, to: Address, purse: Purse) {
    world.pay(STAKING, to, purse.free);
    if purse.restricted > 0 {
        restricting::give_back(world, to, purse.restricted);
    }
}

/// Gives back what may go at once, and locks the rest until the end of a settlement epoch.
pub(super) fn release(world: &mut impl World, to: Address, purse: Purse, until: u64, period: u64) {
    if purse.is_empty() {
        return;
    }
    if until > period {
        lock::add(world, to, until, purse);
    } else {
        give_back(world, to, purse);
    }
}
