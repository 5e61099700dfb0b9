//! Making plans.

use super::funds::Funds;
use super::{Event, Refused, release};
use crate::contract::RESTRICTING;
use crate::params::{Param, Params};
use crate::world::World;
use crate::{Calendar, Constitution};
use std::collections::BTreeMap;
use troupe_types::{Address, Millis};

/// The most releases that are planned at once.
// PlatON-Go 1.5.0, x/restricting
pub const MAX_PLANS: usize = 36;

/// The most settlement epochs with a release to come that an account has: who wants to fill them for somebody else gives
/// him the least release as often, and whoever reads all of them reads no more.
pub const MAX_ENTRIES: u64 = 512;

/// The latest that a release may be, by the shortest time that settlement epochs take: longer than anybody waits for it.
pub const LONGEST: Millis = Millis::secs(120 * 31_557_600);

/// A release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// With the end of which settlement epoch: that of the one that goes on is 1.
    pub after: u64,
    /// How much, in von.
    pub amount: u128,
}

/// Plans releases for an account, which `from` pays now. What falls into one settlement epoch is one release.
pub fn create(
    world: &mut impl World,
    from: Address,
    account: Address,
    plans: &[Plan],
) -> Result<(), Refused> {
    let (releases, amount) = checked(world, plans)?;
    let got = world.balance(from);
    if got < amount {
        return Err(Refused::Funds { got, want: amount });
    }
    let mut funds = Funds::of(world, account).unwrap_or_default();
    // What was lost is missing in the releases that stood there then, not in later ones that somebody paid for since.
    release::cut(world, account, &mut funds);
    for (period, amount) in releases {
        funds.entries += u64::from(release::add(world, account, period, amount));
    }
    if funds.entries > MAX_ENTRIES {
        return Err(Refused::TooMany { account, got: funds.entries, most: MAX_ENTRIES });
    }
    world.pay(from, RESTRICTING, amount);
    world.log(Event::Created { from, account, amount }.into());
    funds.held = funds.held.saturating_add(amount);
    funds.scheduled = funds.scheduled.saturating_add(amount);
    funds.pay(world, account);
    funds.keep(world, account);
    Ok(())
}

/// What is released in which settlement epoch, and all of it together.
fn checked(world: &mut impl World, plans: &[Plan]) -> Result<(BTreeMap<u64, u128>, u128), Refused> {
    let got = plans.len();
    if got == 0 || got > MAX_PLANS {
        return Err(Refused::Plans { got, most: MAX_PLANS });
    }
    let least = Params::of(world).get(Param::MinimumRelease);
    let most = latest(world);
    let period = Calendar::period(world);
    let mut releases = BTreeMap::new();
    let mut sum = 0u128;
    for Plan { after, amount } in plans.iter().copied() {
        if after == 0 || after > most {
            return Err(Refused::After { got: after, most });
        }
        if amount < least {
            return Err(Refused::TooLow { got: amount, least });
        }
        // No account has that much.
        sum = sum.saturating_add(amount);
        let due = period.saturating_add(after);
        let release: &mut u128 = releases.entry(due).or_default();
        *release = release.saturating_add(amount);
    }
    Ok((releases, sum))
}

/// After how many settlement epochs a release may be.
fn latest(world: &mut impl World) -> u64 {
    let Some(constitution) = Constitution::of(world) else {
        world.broken("there is no constitution");
        return 0;
    };
    LONGEST.0 / constitution.period.0.max(1)
}
