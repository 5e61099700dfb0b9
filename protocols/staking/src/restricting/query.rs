//! What one may ask of restricting plans.

use super::funds::Funds;
use super::{Release, release};
use crate::contract::RESTRICTING;
use crate::world::{Stored, Table, World};
use troupe_types::Address;

/// The restricting plans of an account. Amounts are in von.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// What is not released yet, or not paid: what lies here and what is staked.
    pub balance: u128,
    /// What was due and is not paid, because it is staked.
    pub owed: u128,
    /// What is staked or delegated.
    pub locked: u128,
    /// What is to come, the first one first, without what was slashed of the last ones.
    pub releases: Vec<Release>,
}

/// The restricting plans of an account.
pub fn info(world: &mut impl World, account: Address) -> Option<Info> {
    let funds = Funds::of(world, account)?;
    let mut releases = release::of(world, account);
    let mut lost = funds.lost;
    for release in releases.iter_mut().rev() {
        let missing = lost.min(release.amount);
        release.amount -= missing;
        lost -= missing;
    }
    releases.retain(|release| release.amount > 0);
    let balance = funds.held.saturating_add(funds.locked);
    Some(Info { balance, owed: funds.owed, locked: funds.locked, releases })
}

/// What all plans are together, in von.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// What lies in the contract of the plans.
    pub held: u128,
    /// What lies in the stakes.
    pub locked: u128,
}

/// Goes through all plans and says what they are together, or what is wrong with them. For tests: it reads every record.
pub fn audit(world: &mut impl World) -> Result<Sums, &'static str> {
    let mut sums = Sums::default();
    let (mut entries, mut queued) = (0, 0);
    let mut at = None;
    while let Some((key, value)) = world.next(Table::Restricted, at.as_ref()) {
        let funds = Funds::read(world, &value).ok_or("funds that are none")?;
        let releases = release::of(world, key.account());
        let scheduled = releases.iter().map(|release| release.amount).sum::<u128>();
        if !funds.is_sound() {
            return Err("what is there is not what is claimed");
        }
        if funds.scheduled != scheduled || funds.entries != releases.len() as u64 {
            return Err("releases are not as they are summed up");
        }
        for release in releases {
            let queued = world.get(&release::by_period(key.account(), release.period));
            queued.ok_or("a release that is not in the queue")?;
        }
        sums.held += funds.held;
        sums.locked += funds.locked;
        entries += funds.entries;
        at = Some(key);
    }
    let mut at = None;
    while let Some((key, _)) = world.next(Table::Releases, at.as_ref()) {
        queued += 1;
        at = Some(key);
    }
    if queued != entries {
        return Err("a release in the queue that nobody waits for");
    }
    if world.balance(RESTRICTING) != sums.held {
        return Err("the contract of the plans has not what it holds");
    }
    Ok(sums)
}
