//! A world in memory.

use crate::{Key, MAX_RECORD, Table, Told, World};
use std::collections::BTreeMap;
use std::ops::Bound;
use troupe_types::Address;

/// A world in memory: for tests, for simulations, for whoever wants to know what an operation would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memory {
    /// All records.
    pub records: BTreeMap<Key, Vec<u8>>,
    /// What accounts have, in von.
    pub balances: BTreeMap<Address, u128>,
    /// What was told.
    pub events: Vec<Told>,
    /// What came apart, if something did.
    pub broken: Option<&'static str>,
}

impl Memory {
    /// All that accounts have.
    #[must_use]
    pub fn supply(&self) -> u128 {
        self.balances.values().fold(0, |sum, one| sum.saturating_add(*one))
    }
}

impl World for Memory {
    fn get(&mut self, key: &Key) -> Option<Vec<u8>> {
        self.records.get(key).cloned()
    }

    fn put(&mut self, key: &Key, value: &[u8]) {
        if value.len() > MAX_RECORD {
            self.broken("a record that is too long");
        }
        self.records.insert(*key, value.to_vec());
    }

    fn remove(&mut self, key: &Key) {
        self.records.remove(key);
    }

    fn next(&mut self, table: Table, after: Option<&Key>) -> Option<(Key, Vec<u8>)> {
        let first = Key::new(table, []);
        let from = after.map_or(Bound::Included(&first), Bound::Excluded);
        let (key, value) = self.records.range((from, Bound::Unbounded)).next()?;
        (key.table() == table).then(|| (*key, value.clone()))
    }

    fn balance(&mut self, of: Address) -> u128 {
        self.balances.get(&of).copied().unwrap_or(0)
    }

    fn pay(&mut self, from: Address, to: Address, amount: u128) {
        let Some(left) = self.balance(from).checked_sub(amount) else {
            return self.broken("an account pays what it has not");
        };
        self.balances.insert(from, left);
        self.mint(to, amount);
    }

    fn mint(&mut self, to: Address, amount: u128) {
        match self.balance(to).checked_add(amount) {
            Some(sum) => drop(self.balances.insert(to, sum)),
            None => self.broken("an account has more than there is"),
        }
    }

    fn log(&mut self, event: Told) {
        self.events.push(event);
    }

    fn broken(&mut self, what: &'static str) {
        self.broken.get_or_insert(what);
    }
}
