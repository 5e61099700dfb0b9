//! What calls cost.
//!
//! The base of a contract and the price of a change are PlatON's. On top comes what grows with the state: it is charged by
//! what is gone through, before that is done.
//!
//! Over a world in memory the dearest calls take, in nanoseconds a gas: to become a candidate 17, pages and lists of
//! candidates and delegations 4 to 5, to delegate to the 64th candidate while 16 texts are voted on 4, all else below 3.

use super::refused::Failure;
use super::wish::{What, Wish};
use super::{OutOfGas, Outside};
use crate::contract;
use crate::params::{Param, Params};
use crate::world::{Key, Table, World};
use troupe_types::Address;

/// A step to the next record of a table.
pub(super) const STEP: u64 = 50;
/// A record, read and written out.
pub(super) const RECORD: u64 = 300;
/// A record that is changed.
const CHANGE: u64 = 600;
/// Two pairings: what it takes to check a registration or evidence, about two milliseconds each.
const PAIRINGS: u64 = 110_000;
/// Gas of an alternative validator whose number is read.
const NUMBER: u64 = 2;

/// What every call of a contract costs.
// PlatON-Go 1.5.0, params
pub(super) fn base(address: Address) -> u64 {
    match address {
        contract::RESTRICTING => 18_000,
        contract::STAKING => 6_000,
        contract::SLASHING => 21_000,
        contract::GOVERNANCE => 9_000,
        contract::DELEGATE_REWARD => 3_000,
        _ => 0,
    }
}

/// What a change costs more.
// PlatON-Go 1.5.0, params; the pairings are ours
pub(super) const fn price(wish: &Wish) -> u64 {
    match wish {
        Wish::Create(_) => 32_000 + PAIRINGS,
        Wish::Edit { .. } => 12_000,
        Wish::Increase { .. } | Wish::Withdraw { .. } => 20_000,
        Wish::Delegate { .. } => 16_000,
        Wish::Undelegate { .. } => 8_000,
        Wish::Redeem => 6_000,
        Wish::Plan { plans, .. } => 8_000 + 21_000 * plans.len() as u64,
        Wish::Claim => 8_000,
        Wish::Report { .. } => 21_000 + 21_000 + PAIRINGS,
        Wish::Submit { what: What::Text, .. } => 320_000,
        Wish::Submit { what: What::Version { .. }, .. } => 450_000,
        Wish::Submit { what: What::Param { .. } | What::Cancel { .. }, .. } => 500_000,
        Wish::VoteAsNode { .. } | Wish::VoteAsHolder { .. } => 2_000,
        Wish::Unlock { .. } => 2_000,
        Wish::Declare { .. } => 3_000,
    }
}

/// Charges what a change costs that grows with the state.
pub(super) fn grown<W: World + Outside>(
    world: &mut W,
    caller: Address,
    wish: &Wish,
) -> Result<(), Failure> {
    match wish {
        Wish::Create(_) => count(world, Table::Delegation, caller, STEP).map(drop)?,
        Wish::Withdraw { .. } => numbers(world)?,
        Wish::Delegate { .. } => {
            count(world, Table::Delegation, caller, STEP)?;
            count(world, Table::Lock, caller, CHANGE)?;
        }
        Wish::Undelegate { .. } => {
            count(world, Table::Delegation, caller, RECORD)?;
            numbers(world)?;
        }
        Wish::Redeem => count(world, Table::Lock, caller, CHANGE).map(drop)?,
        Wish::Claim => {
            let all = count(world, Table::Delegation, caller, RECORD)?;
            world.charge(1_000 * all.min(crate::stake::PAID_AT_ONCE as u64))?;
        }
        // Every alternative validator is noted down that could vote on a version.
        Wish::Submit { what: What::Version { .. }, .. } => {
            let most = most_alternatives(world);
            world.charge(most.saturating_mul(CHANGE))?;
        }
        Wish::Submit { .. } | Wish::VoteAsNode { .. } => numbers(world)?,
        Wish::VoteAsHolder { .. } => count(world, Table::Delegation, caller, CHANGE).map(drop)?,
        Wish::Plan { account, .. } => count(world, Table::Release, *account, STEP).map(drop)?,
        Wish::Edit { .. }
        | Wish::Increase { .. }
        | Wish::Report { .. }
        | Wish::Unlock { .. }
        | Wish::Declare { .. } => {}
    }
    Ok(())
}

/// How many records of a table are an account's: each is charged before it is counted.
pub(super) fn count<W: World + Outside>(
    world: &mut W,
    table: Table,
    account: Address,
    each: u64,
) -> Result<u64, OutOfGas> {
    let mut found = 0;
    let mut last = Key::new(table, account.0);
    loop {
        world.charge(each)?;
        match world.next(table, Some(&last)) {
            Some((key, _)) if key.account() == account => last = key,
            Some(_) | None => return Ok(found),
        }
        found += 1;
    }
}

/// Charges for reading the numbers of all alternative validators.
pub(super) fn numbers<W: World + Outside>(world: &mut W) -> Result<(), OutOfGas> {
    let most = most_alternatives(world);
    world.charge(most.saturating_mul(NUMBER))
}

/// How many alternative validators there are at most.
pub(super) fn most_alternatives(world: &mut impl World) -> u64 {
    let most = Params::of(world).get(Param::MaxValidators);
    u64::try_from(most).unwrap_or(u64::MAX)
}
