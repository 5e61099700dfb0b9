//! Releases, by account and in the order in which they are due.

use super::Event;
use super::funds::Funds;
use crate::world::{Key, Stored, Table, World};
use troupe_types::Address;

/// What an account gets, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    /// When this settlement epoch begins.
    pub period: u64,
    /// How much, in von.
    pub amount: u128,
}

/// Makes the releases that are due in the settlement epoch that goes on, the oldest first and at most so many. Says whether
/// some are left, for the next block.
pub fn release(world: &mut impl World, now: u64, most: usize) -> bool {
    for _ in 0..most {
        let Some((period, account)) = first(world, now) else {
            return false;
        };
        make(world, account, period);
    }
    first(world, now).is_some()
}

/// The first release of all that is due.
fn first(world: &mut impl World, now: u64) -> Option<(u64, Address)> {
    let (key, _) = world.next(Table::Releases, None)?;
    let (period, account) = (key.number(0), key.bytes().last_chunk::<20>()?);
    (period <= now).then_some((period, Address(*account)))
}

/// Makes a release: pays it, or owes it where it is staked.
fn make(world: &mut impl World, account: Address, period: u64) {
    let amount = u128::load(world, &by_account(account, period));
    forget(world, account, period);
    let found = amount.zip(Funds::of(world, account));
    let Some((amount, mut funds)) = found.filter(|(amount, funds)| *amount <= funds.scheduled)
    else {
        return world.broken("a release without its plan");
    };
    funds.scheduled -= amount;
    funds.entries = funds.entries.saturating_sub(1);
    // What was lost is missing here as far as later releases cannot bear it.
    let missing = funds.lost.saturating_sub(funds.scheduled);
    funds.lost -= missing;
    let amount = amount.saturating_sub(missing);
    world.log(Event::Released { account, period, amount }.into());
    funds.owed = funds.owed.saturating_add(amount);
    funds.pay(world, account);
    funds.keep(world, account);
}

/// Adds a release to an account, and says whether it has none of that settlement epoch so far.
pub(super) fn add(world: &mut impl World, account: Address, period: u64, amount: u128) -> bool {
    let key = by_account(account, period);
    let before = u128::load(world, &key);
    before.unwrap_or(0).saturating_add(amount).save(world, &key);
    if before.is_none() {
        true.save(world, &by_period(account, period));
    }
    before.is_none()
}

/// Takes what was lost out of the last releases of an account, for good.
pub(super) fn cut(world: &mut impl World, account: Address, funds: &mut Funds) {
    if funds.lost == 0 {
        return;
    }
    for before in of(world, account).into_iter().rev() {
        let missing = funds.lost.min(before.amount);
        funds.lost -= missing;
        funds.scheduled = funds.scheduled.saturating_sub(missing);
        if missing < before.amount {
            (before.amount - missing).save(world, &by_account(account, before.period));
            break;
        }
        forget(world, account, before.period);
        funds.entries = funds.entries.saturating_sub(1);
        if funds.lost == 0 {
            break;
        }
    }
}

/// All releases to come of an account, the first one first, as if nothing was lost.
pub(super) fn of(world: &mut impl World, account: Address) -> Vec<Release> {
    let mut found = Vec::new();
    let mut at = Key::new(Table::Release, account.0);
    while let Some((key, value)) = world.next(Table::Release, Some(&at)) {
        if key.account() != account {
            break;
        }
        let Some(amount) = u128::read(world, &value) else {
            break;
        };
        found.push(Release { period: key.number(20), amount });
        at = key;
    }
    found
}

fn forget(world: &mut impl World, account: Address, period: u64) {
    world.remove(&by_account(account, period));
    world.remove(&by_period(account, period));
}

fn by_account(account: Address, period: u64) -> Key {
    Key::of_account(Table::Release, account, period)
}

/// The key of a release in the queue of all.
pub(super) fn by_period(account: Address, period: u64) -> Key {
    let mut key = [0; 28];
    key[..8].copy_from_slice(&period.to_be_bytes());
    key[8..].copy_from_slice(&account.0);
    Key::new(Table::Releases, key)
}
