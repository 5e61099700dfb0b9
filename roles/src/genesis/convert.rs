//! A network file as the chain sees it.

use alloy_primitives::U256;
use troupe_chain::Genesis;
use troupe_chain::genesis::{Allocation, Term, Validator};
use troupe_config::NetworkFile;
use troupe_types::Hash;

/// The genesis that a network file describes.
pub(super) fn genesis(file: &NetworkFile) -> Genesis {
    let validator = |validator: &troupe_config::Validator| Validator {
        node: validator.node_id,
        key: validator.key.clone(),
        address: validator.address,
    };
    let term = |term: &troupe_config::Term| Term {
        from: term.from,
        validators: term.validators.iter().map(validator).collect(),
    };
    let allocation = |account: &troupe_config::Account| Allocation {
        balance: U256::from(account.balance.0),
        nonce: account.nonce,
        code: account.code.clone().into(),
        storage: account
            .storage
            .iter()
            .map(|(slot, word)| (Hash(*slot), U256::from_be_bytes(*word)))
            .collect(),
    };
    let accounts = file.accounts.iter();
    Genesis {
        chain_id: file.chain_id,
        time: file.time,
        gas_limit: file.gas_limit,
        base_fee: file.base_fee,
        base_fee_floor: file.base_fee_floor,
        blocks_per_view: file.blocks_per_view,
        election_distance: file.election_distance,
        terms: file.terms.iter().map(term).collect(),
        alloc: accounts.map(|(address, account)| (*address, allocation(account))).collect(),
    }
}
