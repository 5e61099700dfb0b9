//! A genesis whose validators have stakes.

use alloy_primitives::U256;
use troupe_chain::Genesis;
use troupe_chain::genesis::{Allocation, Term, Validator};
use troupe_staking::Constitution;
use troupe_staking::contract::STAKING;
use troupe_staking::genesis::{Beginning, Founder};
use troupe_staking::params::Params;
use troupe_staking::world::Memory;
use troupe_types::Epoch;
use troupe_vm::record_words;

/// What an economy begins with, besides what the genesis says.
#[derive(Debug, Clone)]
pub struct Economy {
    /// What no proposal changes.
    pub constitution: Constitution,
    /// What proposals may change.
    pub params: Params,
    /// The first candidates; the first of them, as many as there are seats, validate in the first round.
    pub founders: Vec<Founder>,
    /// What the reward pool has, in von.
    pub pool: u128,
}

/// Gives a chain an economy: its first validators are the founders, and its accounts hold the records of it, with what
/// founders staked and what the reward pool has beside what they had. What the genesis said of validators is replaced.
#[must_use]
pub fn found(genesis: Genesis, economy: &Economy) -> Genesis {
    let Economy { constitution, params, founders, pool } = economy.clone();
    let balances = genesis.alloc.values().map(|account| account.balance.saturating_to::<u128>());
    let others = balances.fold(0u128, u128::saturating_add);
    let seats = usize::try_from(constitution.seats).unwrap_or(usize::MAX);
    let sitting = founders.iter().take(seats).map(|founder| Validator {
        node: founder.node,
        key: founder.vote_key.to_vec(),
        vrf: founder.vrf_key,
        address: founder.benefit,
    });
    let term = Term { from: Epoch::ZERO, validators: sitting.collect() };
    let mut world = Memory::default();
    let time = genesis.time;
    Beginning { constitution, params, founders, pool, others, time }.lay_down(&mut world);

    let mut alloc = genesis.alloc;
    for (address, balance) in &world.balances {
        let account = alloc.entry(*address).or_default();
        account.balance = account.balance.saturating_add(U256::from(*balance));
    }
    put_records(alloc.entry(STAKING).or_default(), &world);
    Genesis { terms: vec![term], is_staked: true, alloc, ..genesis }
}

/// Gives an account the records of a world.
pub(crate) fn put_records(account: &mut Allocation, world: &Memory) {
    // An account with records is there, whatever it has.
    account.nonce = 1;
    for (key, value) in &world.records {
        let key = crate::economy::record_key(key);
        let words = key.iter().flat_map(|key| record_words(key, value));
        account.storage.extend(words.filter(|(_, word)| !word.is_zero()));
    }
}
