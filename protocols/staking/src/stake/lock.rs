//! Delegations that were taken back and are locked for a while.

use super::{Event, Refused, source};
use crate::world::{Key, Stored, Table, World};
use crate::{Calendar, Purse};
use troupe_records::Told;
use troupe_types::Address;

/// What an account has locked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Locked {
    /// What it may redeem.
    pub free: Purse,
    /// What it may redeem in which settlement epoch.
    pub later: Vec<(u64, Purse)>,
}

fn key(account: Address, until: u64) -> Key {
    Key::of_account(Table::Lock, account, until)
}

/// Locks an amount until a settlement epoch.
pub(super) fn add(world: &mut impl World, account: Address, until: u64, amount: Purse) {
    let key = key(account, until);
    let mut purse = Purse::load(world, &key).unwrap_or_default();
    purse.add(amount);
    purse.save(world, &key);
}

/// All locks of an account, the earliest first: one for each settlement epoch at most, of which so many are to come as a
/// freeze is long.
fn all(world: &mut impl World, account: Address) -> Vec<(u64, Purse)> {
    let mut all = Vec::new();
    let mut last = Key::new(Table::Lock, account.0);
    while let Some((key, value)) = world.next(Table::Lock, Some(&last)) {
        if key.account() != account {
            break;
        }
        if let Some(purse) = Purse::read(world, &value) {
            all.push((key.number(20), purse));
        }
        last = key;
    }
    all
}

/// What an account has locked.
pub fn locked(world: &mut impl World, account: Address) -> Locked {
    let period = Calendar::period(world);
    let mut locked = Locked::default();
    for (until, purse) in all(world, account) {
        match until > period {
            true => locked.later.push((until, purse)),
            false => locked.free.add(purse),
        }
    }
    locked
}

/// Pays out what an account may have of what it had locked.
pub fn redeem(world: &mut impl World, account: Address) -> Purse {
    let period = Calendar::period(world);
    let mut amount = Purse::EMPTY;
    for (until, purse) in all(world, account) {
        if until <= period {
            amount.add(purse);
            world.remove(&key(account, until));
        }
    }
    if !amount.is_empty() {
        source::give_back(world, account, amount);
        world.log(Told::from(Event::Redeemed { delegator: account, amount }));
    }
    amount
}

/// Takes an amount out of the locks of an account, what is locked longest first; with it until when it was locked.
pub(super) fn take(
    world: &mut impl World,
    account: Address,
    amount: u128,
) -> Result<(Purse, u64), Refused> {
    let locks = all(world, account);
    let got = locks.iter().fold(0u128, |sum, (_, purse)| sum.saturating_add(purse.total()));
    if got < amount {
        return Err(Refused::LockedFunds { got, want: amount });
    }
    let (mut taken, mut latest) = (Purse::EMPTY, 0);
    for (until, mut purse) in locks.into_iter().rev() {
        let part = purse.take(amount - taken.total());
        if part.is_empty() {
            break;
        }
        latest = latest.max(until);
        taken.add(part);
        match purse.is_empty() {
            true => world.remove(&key(account, until)),
            false => purse.save(world, &key(account, until)),
        }
    }
    Ok((taken, latest))
}
