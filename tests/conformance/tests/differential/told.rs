//! What came of a story, and how two of the kind are compared.

use crate::world::{CONTRACTS, PEOPLE, contract, person};
use alloy_primitives::{Log, U256};
use std::collections::BTreeSet;

/// How a transaction ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) status: &'static str,
    pub(crate) output: Vec<u8>,
    pub(crate) gas: u64,
    pub(crate) made: Option<[u8; 20]>,
    pub(crate) logs: Vec<Log>,
}

type Address = [u8; 20];

/// Nonce, balance and the hash of the code of an account.
type Account = (u64, U256, [u8; 32]);
type Accounts = dyn Fn(&Address) -> Account;
/// A word of an account's storage.
type Words = dyn Fn(&Address, &U256) -> U256;

/// What came of a story.
pub(crate) struct Told {
    /// The transactions; `None` for those that were refused.
    pub(crate) acts: Vec<Option<Ended>>,
    /// Accounts that may have become others.
    pub(crate) touched: BTreeSet<Address>,
    /// Words that may have become others.
    pub(crate) written: BTreeSet<(Address, U256)>,
    /// What accounts became.
    pub(crate) account: Box<Accounts>,
    /// What words became.
    pub(crate) word: Box<Words>,
}

impl Told {
    /// The first thing that two tell differently.
    pub(crate) fn difference(&self, theirs: &Self) -> Option<String> {
        for (at, (ours, theirs)) in self.acts.iter().zip(&theirs.acts).enumerate() {
            if ours != theirs {
                return Some(format!("act {at}: ours {ours:?}, theirs {theirs:?}"));
            }
        }
        let before = (0..CONTRACTS).map(contract).chain((0..PEOPLE).map(person));
        let mut accounts: BTreeSet<Address> = before.map(|address| address.0).collect();
        accounts.extend(self.touched.iter().chain(&theirs.touched));
        for address in &accounts {
            let (ours, theirs) = ((self.account)(address), (theirs.account)(address));
            if ours != theirs {
                let who = hex::encode(address);
                return Some(format!("account {who}: ours {ours:?}, theirs {theirs:?}"));
            }
        }
        let mut words: BTreeSet<(Address, U256)> =
            self.written.union(&theirs.written).copied().collect();
        words.extend(
            (0..CONTRACTS).flat_map(|at| (0..4).map(move |n| (contract(at).0, U256::from(n)))),
        );
        for (address, at) in &words {
            let (ours, theirs) = ((self.word)(address, at), (theirs.word)(address, at));
            if ours != theirs {
                let who = hex::encode(address);
                return Some(format!("word {at} of {who}: ours {ours}, theirs {theirs}"));
            }
        }
        None
    }

    /// How many of the transactions succeeded.
    pub(crate) fn successes(&self) -> usize {
        self.acts.iter().flatten().filter(|ended| ended.status == "success").count()
    }
}
