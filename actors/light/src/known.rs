//! What was proven of states, and codes: asked for once.

use alloy_primitives::U256;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use troupe_chain::state::{Account, AccountProof, Code, Slot};
use troupe_types::{Address, Hash};

/// Of so many states something is remembered: calls are about the last ones.
const STATES: usize = 4;
/// So many accounts and words of a state.
const MOST: usize = 1 << 16;
/// So many bytes of codes.
const CODES: usize = 16 << 20;

/// What was proven of one state.
#[derive(Debug, Default)]
pub(crate) struct Known {
    accounts: BTreeMap<Address, Option<Account>>,
    words: BTreeMap<(Address, Slot), U256>,
}

impl Known {
    /// An account, if it is known whether there is one.
    pub(crate) fn account(&self, address: &Address) -> Option<Option<Account>> {
        self.accounts.get(address).copied()
    }

    /// A word, if it is known.
    pub(crate) fn word(&self, address: &Address, slot: &Slot) -> Option<U256> {
        self.words.get(&(*address, *slot)).copied()
    }

    /// Something was proven.
    pub(crate) fn learn(&mut self, address: Address, proof: &AccountProof) {
        if self.accounts.len() + self.words.len() + proof.slots.len() >= MOST {
            self.accounts.clear();
            self.words.clear();
        }
        self.accounts.insert(address, proof.account);
        let words = proof.slots.iter().map(|word| ((address, word.slot), word.value));
        self.words.extend(words);
    }

    /// Takes out what is known already.
    pub(crate) fn leave_unknown(&self, wanted: &mut BTreeMap<Address, BTreeSet<Slot>>) {
        wanted.retain(|address, slots| {
            slots.retain(|slot| self.word(address, slot).is_none());
            !slots.is_empty() || self.account(address).is_none()
        });
    }

    /// The codes of those accounts that are known.
    pub(crate) fn codes_of(&self, all: impl Iterator<Item = Address>) -> BTreeSet<Hash> {
        all.filter_map(|address| self.account(&address)?).map(|account| account.code_hash).collect()
    }
}

/// What is known of the last states that were asked about, by their roots; and codes.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    states: VecDeque<(Hash, Arc<Mutex<Known>>)>,
    codes: BTreeMap<Hash, Code>,
    bytes: usize,
}

impl Shelf {
    /// What is known of a state; all who read it share it.
    pub(crate) fn state(&mut self, root: Hash) -> Arc<Mutex<Known>> {
        if let Some((_, known)) = self.states.iter().find(|(at, _)| *at == root) {
            return Arc::clone(known);
        }
        if self.states.len() >= STATES {
            self.states.pop_front();
        }
        let known = Arc::<Mutex<Known>>::default();
        self.states.push_back((root, Arc::clone(&known)));
        known
    }

    /// A code.
    pub(crate) fn code(&self, hash: &Hash) -> Option<Code> {
        self.codes.get(hash).cloned()
    }

    /// Remembers a code, whose hash is this.
    pub(crate) fn keep(&mut self, hash: Hash, code: &Code) {
        if self.bytes + code.len() > CODES {
            self.codes.clear();
            self.bytes = 0;
        }
        if self.codes.insert(hash, code.clone()).is_none() {
            self.bytes += code.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use troupe_chain::state::SlotProof;

    fn proof(words: &[(u8, u64)]) -> AccountProof {
        let word = |(slot, value): &(u8, u64)| SlotProof {
            slot: Hash([*slot; 32]),
            value: U256::from(*value),
            nodes: Vec::new(),
        };
        let account = Some(Account { nonce: 3, ..Account::default() });
        AccountProof { account, nodes: Vec::new(), slots: words.iter().map(word).collect() }
    }

    #[test]
    fn what_was_proven_is_not_asked_for_again() {
        let (one, other) = (Address([1; 20]), Address([2; 20]));
        let mut known = Known::default();
        known.learn(one, &proof(&[(5, 50)]));
        assert_eq!(known.account(&one).unwrap().unwrap().nonce, 3);
        assert_eq!(known.word(&one, &Hash([5; 32])), Some(U256::from(50)));
        assert_eq!((known.word(&one, &Hash([6; 32])), known.account(&other)), (None, None));
        let words = BTreeSet::from([Hash([5; 32]), Hash([6; 32])]);
        let mut wanted = BTreeMap::from([(one, words), (other, BTreeSet::new())]);
        known.leave_unknown(&mut wanted);
        let left =
            BTreeMap::from([(one, BTreeSet::from([Hash([6; 32])])), (other, BTreeSet::new())]);
        assert_eq!(wanted, left);
    }

    #[test]
    fn the_last_states_are_shared_and_older_ones_forgotten() {
        let mut shelf = Shelf::default();
        let first = shelf.state(Hash([0; 32]));
        first.lock().unwrap().learn(Address([1; 20]), &proof(&[]));
        assert!(Arc::ptr_eq(&first, &shelf.state(Hash([0; 32]))));
        for root in 1..=4 {
            shelf.state(Hash([root; 32]));
        }
        assert!(!Arc::ptr_eq(&first, &shelf.state(Hash([0; 32]))));
    }

    #[test]
    fn codes_are_kept_up_to_a_size() {
        let mut shelf = Shelf::default();
        let code = Code::from(vec![7; 3 << 20]);
        for at in 0..20 {
            shelf.keep(Hash([at; 32]), &code);
            shelf.keep(Hash([at; 32]), &code);
            assert!(shelf.code(&Hash([at; 32])).is_some());
        }
        assert!(shelf.bytes <= CODES && shelf.codes.len() <= 5);
    }
}
