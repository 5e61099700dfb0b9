//! The state of a node, as the rules of the economy read it.

use troupe_chain::state::{Layered, StateView};
use troupe_ledger::STAKING;
use troupe_staking::world::{Key, Table, Told, World};
use troupe_types::Address;
use troupe_vm::{RecordKey, Records};

/// To be asked and not changed.
pub(crate) struct Reading<'a>(Records<'a, Layered>);

fn record(key: &Key) -> RecordKey {
    RecordKey::of_bytes(key.table() as u8, key.bytes()).unwrap()
}

impl<'a> Reading<'a> {
    pub(crate) const fn of(view: &'a Layered) -> Self {
        Self(Records { view, address: STAKING })
    }
}

impl World for Reading<'_> {
    fn get(&mut self, key: &Key) -> Option<Vec<u8>> {
        self.0.get(&record(key)).unwrap()
    }

    fn next(&mut self, table: Table, after: Option<&Key>) -> Option<(Key, Vec<u8>)> {
        let (key, value) = self.0.next(table as u8, after.map(record).as_ref()).unwrap()?;
        Some((Key::of(table, key.key()).unwrap(), value))
    }

    fn balance(&mut self, of: Address) -> u128 {
        let account = self.0.view.account(&of).unwrap();
        account.map_or(0, |account| account.balance.saturating_to())
    }

    fn put(&mut self, key: &Key, _: &[u8]) {
        panic!("{key:?} is put");
    }

    fn remove(&mut self, key: &Key) {
        panic!("{key:?} is removed");
    }

    fn pay(&mut self, from: Address, _: Address, _: u128) {
        panic!("{from} pays");
    }

    fn mint(&mut self, to: Address, _: u128) {
        panic!("{to} gets something");
    }

    fn log(&mut self, event: Told) {
        panic!("{event:?}");
    }

    fn broken(&mut self, what: &'static str) {
        panic!("{what}");
    }
}
