//! Whether the records agree with each other and with the balances. For tests, and for whoever suspects a state.

use crate::contract::{DELEGATE_REWARD, STAKING};
use crate::stake::{Delegation, Profile, Stake, StakeId, claimable, rank};
use crate::world::{Stored, Table, World};
use crate::{Calendar, Purse};
use std::collections::{BTreeMap, BTreeSet};
use troupe_types::Address;

/// What does not agree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// What an account holds is not what the records say.
    #[error("{what}: {got} von are there, the records say {want}")]
    Balance {
        /// Of what.
        what: &'static str,
        /// What is there.
        got: u128,
        /// What the records say.
        want: u128,
    },
    /// What a candidate says of its delegations is not what these say.
    #[error("candidate {}: {what} is {got}, its delegations say {want}", id.0)]
    Candidate {
        /// Which.
        id: StakeId,
        /// What.
        what: &'static str,
        /// What it says.
        got: u128,
        /// What they say.
        want: u128,
    },
    /// The ranks are not those of the candidates.
    #[error("{got} candidates are ranked, {want} are some")]
    Ranks {
        /// How many are ranked, of those that should be.
        got: usize,
        /// How many should.
        want: usize,
    },
    /// It is counted how long somebody made no block who has left.
    #[error("candidate {} has left, and is counted as idle", id.0)]
    Idle {
        /// Which.
        id: StakeId,
    },
}

/// What delegations say of a candidate.
#[derive(Default)]
struct Sum {
    count: u64,
    total: u128,
    newcomers: u64,
}

fn each<T: Stored>(
    world: &mut impl World,
    table: Table,
    mut see: impl FnMut(crate::world::Key, T),
) {
    let mut last = None;
    while let Some((key, value)) = world.next(table, last.as_ref()) {
        if let Some(value) = T::read(world, &value) {
            see(key, value);
        }
        last = Some(key);
    }
}

/// Goes through all stakes, delegations and locks.
pub fn check(world: &mut impl World) -> Result<(), Fault> {
    let period = Calendar::period(world);
    let mut staked = 0u128;
    let (mut stakes, mut sums) = (BTreeMap::new(), BTreeMap::<StakeId, Sum>::new());
    let mut delegators = BTreeSet::<Address>::new();
    each(world, Table::Stake, |key, stake: Stake| {
        staked += stake.own.total() + stake.fresh.total();
        stakes.insert(StakeId(key.number(0)), stake);
    });
    each(world, Table::Delegation, |key, delegation: Delegation| {
        staked += delegation.total();
        delegators.insert(key.account());
        let sum = sums.entry(StakeId(key.number(20))).or_default();
        let is_fresh = delegation.fresh_total() > 0 && delegation.period == period;
        sum.count += 1;
        sum.total += delegation.total();
        sum.newcomers += u64::from(is_fresh);
    });
    each(world, Table::Lock, |_, purse: Purse| staked += purse.total());
    let got = world.balance(STAKING);
    if got != staked {
        return Err(Fault::Balance { what: "stakes", got, want: staked });
    }
    for (id, stake) in &stakes {
        let sum = sums.remove(id).unwrap_or_default();
        let newcomers = if stake.delegated_in == period { stake.newcomers } else { 0 };
        let pairs = [
            ("delegated", stake.delegated + stake.delegated_fresh, sum.total),
            ("delegations", stake.delegations.into(), sum.count.into()),
            ("newcomers", newcomers.into(), sum.newcomers.into()),
        ];
        for (what, got, want) in pairs {
            if got != want {
                return Err(Fault::Candidate { id: *id, what, got, want });
            }
        }
    }
    let mut owed = 0u128;
    for delegator in delegators {
        let due = claimable(world, delegator);
        owed += due.iter().map(|(_, income)| income).sum::<u128>();
    }
    let got = world.balance(DELEGATE_REWARD);
    if got < owed {
        return Err(Fault::Balance { what: "rewards of delegators", got, want: owed });
    }
    check_idle(world)?;
    check_ranks(world, &stakes)
}

/// Whether nobody is counted as idle who is no candidate any more.
fn check_idle(world: &mut impl World) -> Result<(), Fault> {
    let mut last = None;
    while let Some((key, _)) = world.next(Table::Idle, last.as_ref()) {
        let id = StakeId(key.number(0));
        if Profile::of(world, id).is_none() {
            return Err(Fault::Idle { id });
        }
        last = Some(key);
    }
    Ok(())
}

/// Whether all candidates are ranked, and nobody else, in the order of version, votes and number.
fn check_ranks(world: &mut impl World, stakes: &BTreeMap<StakeId, Stake>) -> Result<(), Fault> {
    let mut want: Vec<_> = stakes.iter().filter(|(_, stake)| stake.status.is_valid()).collect();
    want.sort_by_key(|(id, stake)| (std::cmp::Reverse((stake.version >> 8, stake.votes())), **id));
    let want: Vec<StakeId> = want.into_iter().map(|(id, _)| *id).collect();
    let ranked = rank::first(world, usize::MAX);
    if ranked == want {
        return Ok(());
    }
    let agree = ranked.iter().zip(&want).filter(|(got, want)| got == want).count();
    Err(Fault::Ranks { got: agree, want: want.len() })
}
