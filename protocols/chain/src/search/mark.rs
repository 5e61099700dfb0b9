//! What a block is found under.

use crate::block::Receipt;
use std::collections::BTreeSet;
use troupe_crypto::hash::keccak256_concat;
use troupe_types::{Address, Hash};

/// What a block is found under: of a hash, as much as it takes for accidents to be rare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(pub [u8; 8]);

/// What marks there are: of each kind a node has all or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of logs.
    Logs,
    /// Of accounts.
    Accounts,
}

impl Mark {
    /// A contract logged something.
    #[must_use]
    pub fn emitter(address: &Address) -> Self {
        Self::of(0, &address.0)
    }

    /// A log has a topic at a place, from 0.
    #[must_use]
    pub fn topic(place: u8, topic: &Hash) -> Self {
        Self::of(place.saturating_add(1), &topic.0)
    }

    /// A transaction went to an account, or the block changed it.
    #[must_use]
    pub fn account(address: &Address) -> Self {
        Self::of(u8::MAX, &address.0)
    }

    fn of(kind: u8, value: &[u8]) -> Self {
        let hash = keccak256_concat(&[&[kind], value]).0;
        let (first, _) = hash.split_first_chunk().expect("a hash is longer");
        Self(*first)
    }
}

/// The marks of the logs of a block.
#[must_use]
pub fn logged(receipts: &[Receipt]) -> BTreeSet<Mark> {
    let mut values = BTreeSet::new();
    for log in receipts.iter().flat_map(|receipt| &receipt.logs) {
        values.insert((0, &log.address.0[..]));
        for (place, topic) in (1..).zip(log.topics()) {
            values.insert((place, &topic.0[..]));
        }
    }
    // Many logs are of one contract and one event: each value is hashed once.
    values.into_iter().map(|(kind, value)| Mark::of(kind, value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Log, LogData};
    use troupe_types::Gas;

    #[test]
    fn a_log_is_found_by_its_contract_and_each_topic_in_its_place() {
        let topics = vec![[1; 32].into(), [2; 32].into()];
        let data = LogData::new_unchecked(topics, Vec::new().into());
        let log = Log { address: [9; 20].into(), data };
        let receipt = Receipt {
            kind: crate::transaction::Kind::Legacy,
            is_success: true,
            cumulative_gas: Gas(21_000),
            logs: vec![log.clone(), log],
            effective_price: 1,
            contract: None,
        };
        let want = BTreeSet::from([
            Mark::emitter(&Address([9; 20])),
            Mark::topic(0, &Hash([1; 32])),
            Mark::topic(1, &Hash([2; 32])),
        ]);
        assert_eq!(logged(&[receipt]), want);
        assert!(!want.contains(&Mark::topic(1, &Hash([1; 32]))), "another place");
        assert!(!want.contains(&Mark::account(&Address([9; 20]))), "another kind");
    }
}
