//! A network file as the chain understands it.

use super::economy::economy;
use super::market::rules;
use alloy_primitives::U256;
use troupe_chain::Genesis;
use troupe_chain::genesis::{Allocation, Fault, Term, Validator};
use troupe_config::{Account, NetworkFile};
use troupe_types::Hash;

/// What a chain begins with, checked.
pub fn genesis(file: &NetworkFile) -> Result<Genesis, Fault> {
    let genesis = Genesis {
        chain_id: file.chain_id,
        time: file.time,
        gas_limit: file.gas_limit,
        base_fee: file.base_fee,
        base_fee_floor: file.base_fee_floor,
        blocks_per_view: file.blocks_per_view,
        election_distance: file.election_distance,
        terms: file.terms.iter().map(term).collect(),
        is_staked: false,
        alloc: file.accounts.iter().map(|(who, account)| (*who, allocation(account))).collect(),
    };
    genesis.check()?;
    let genesis = match &file.staking {
        Some(staking) => troupe_ledger::found(genesis, &economy(file, staking)?),
        None => genesis,
    };
    let genesis = match &file.market {
        Some(market) => troupe_ledger::found_market(genesis, &rules(market)?),
        None => genesis,
    };
    genesis.check()?;
    Ok(genesis)
}

fn term(term: &troupe_config::Term) -> Term {
    let validator = |it: &troupe_config::Validator| Validator {
        node: it.node_id,
        key: it.key.clone(),
        vrf: it.vrf,
        address: it.address,
    };
    Term { from: term.from, validators: term.validators.iter().map(validator).collect() }
}

fn allocation(account: &Account) -> Allocation {
    let word = |(slot, word): (&[u8; 32], &[u8; 32])| (Hash(*slot), U256::from_be_bytes(*word));
    Allocation {
        balance: U256::from(account.balance.0),
        nonce: account.nonce,
        code: account.code.clone().into(),
        storage: account.storage.iter().map(word).collect(),
    }
}
