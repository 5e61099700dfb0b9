//! The rules of the economy over the state of a block.

use crate::Error;
use alloy_primitives::U256;
use std::collections::BTreeMap;
use troupe_chain::block::Roster;
use troupe_chain::genesis::Validator;
use troupe_chain::state::{ReadError, Slot, StateView};
use troupe_staking::contract::STAKING;
use troupe_staking::office::{Member, Office};
use troupe_staking::world::{Key, Table, Told, World};
use troupe_staking::{Calendar, Constitution, governance};
use troupe_types::{Address, Epoch};
use troupe_vm::{Free, RecordKey, Records, record_in};

/// Records in the storage of the staking contract, and the balances of all accounts.
pub(crate) struct Economy<'a, 'host>(pub(crate) &'a mut Free<'host>);

pub(crate) fn record_key(key: &Key) -> Option<RecordKey> {
    RecordKey::of_bytes(key.table() as u8, key.bytes())
}

impl World for Economy<'_, '_> {
    fn get(&mut self, key: &Key) -> Option<Vec<u8>> {
        self.0.record(&record_key(key)?)
    }

    fn put(&mut self, key: &Key, value: &[u8]) {
        match record_key(key) {
            Some(key) => self.0.put_record(&key, value),
            None => self.0.fail("a key that is too long"),
        }
    }

    fn remove(&mut self, key: &Key) {
        if let Some(key) = record_key(key) {
            self.0.remove_record(&key);
        }
    }

    fn next(&mut self, table: Table, after: Option<&Key>) -> Option<(Key, Vec<u8>)> {
        let after = after.and_then(record_key);
        let (key, value) = self.0.next_record(table as u8, after.as_ref())?;
        Some((Key::of(table, key.key())?, value))
    }

    fn balance(&mut self, of: Address) -> u128 {
        // All there is fits into 128 bits.
        self.0.balance(of).saturating_to()
    }

    fn pay(&mut self, from: Address, to: Address, amount: u128) {
        self.0.pay(from, to, U256::from(amount));
    }

    fn mint(&mut self, to: Address, amount: u128) {
        self.0.mint(to, U256::from(amount));
    }

    fn log(&mut self, _: Told) {
        // What the chain itself does has no receipt.
    }

    fn broken(&mut self, what: &'static str) {
        self.0.fail(what);
    }
}

/// The validators of a round, as headers name them.
pub(crate) fn roster(office: &Office) -> Roster {
    let Office { round: epoch, first, last, ref members } = *office;
    let seat = |member: &Member| Validator {
        node: member.node,
        key: member.vote_key.to_vec(),
        vrf: member.vrf_key,
        address: member.address,
    };
    Roster { epoch, first, last, validators: members.iter().map(seat).collect() }
}

/// The validators of an epoch that a block has elected, of the words of the staking contract that it changed.
#[must_use]
pub fn elected_in(changed: &BTreeMap<Slot, U256>, epoch: Epoch) -> Option<Roster> {
    let record = record_in(changed, &record_key(&Office::key(epoch))?)?;
    Office::decode(&record).as_ref().map(roster)
}

/// The records of a state, to be read.
pub(crate) struct Reading<'a, V> {
    records: Records<'a, V>,
    failed: Option<Error>,
}

impl<'a, V: StateView> Reading<'a, V> {
    pub(crate) const fn of(view: &'a V) -> Self {
        Self { records: Records { view, address: STAKING }, failed: None }
    }

    /// What was read, unless something could not be.
    pub(crate) fn done<T>(self, read: T) -> Result<T, Error> {
        self.failed.map_or(Ok(read), Err)
    }

    fn latch<T>(&mut self, read: Result<Option<T>, ReadError>) -> Option<T> {
        read.unwrap_or_else(|error| {
            self.failed.get_or_insert(troupe_vm::Error::from(error).into());
            None
        })
    }
}

impl<V: StateView> World for Reading<'_, V> {
    fn get(&mut self, key: &Key) -> Option<Vec<u8>> {
        let read = self.records.get(&record_key(key)?);
        self.latch(read)
    }

    fn next(&mut self, table: Table, after: Option<&Key>) -> Option<(Key, Vec<u8>)> {
        let after = after.and_then(record_key);
        let read = self.records.next(table as u8, after.as_ref());
        let (key, value) = self.latch(read)?;
        Some((Key::of(table, key.key())?, value))
    }

    fn balance(&mut self, of: Address) -> u128 {
        let read = self.records.view.account(&of);
        self.latch(read).map_or(0, |account| account.balance.saturating_to())
    }

    fn broken(&mut self, what: &'static str) {
        self.failed.get_or_insert(troupe_vm::Error::Records { what }.into());
    }

    fn put(&mut self, _: &Key, _: &[u8]) {
        self.broken("a question changes something");
    }

    fn remove(&mut self, _: &Key) {
        self.broken("a question changes something");
    }

    fn pay(&mut self, _: Address, _: Address, _: u128) {
        self.broken("a question changes something");
    }

    fn mint(&mut self, _: Address, _: u128) {
        self.broken("a question changes something");
    }

    fn log(&mut self, _: Told) {}
}

/// The version that is in force after a block, if this program does not know its rules.
pub(crate) fn beyond_program<V: StateView>(view: &V) -> Result<Option<u32>, Error> {
    let mut world = Reading::of(view);
    let beyond = governance::beyond_program(&mut world);
    world.done(beyond)
}

/// The validators that the state of a block knows: of its round, the one before, and the next one once it is elected.
pub(crate) fn rosters<V: StateView>(view: &V) -> Result<Vec<Roster>, Error> {
    let mut world = Reading::of(view);
    let mut rosters = Vec::new();
    if Constitution::of(&mut world).is_some() {
        let round = Calendar::now(&mut world).round;
        // At the end of a round the calendar is in the next one.
        for round in round.0.saturating_sub(2)..=round.0.saturating_add(1) {
            let office = Office::of(&mut world, Epoch(round));
            rosters.extend(office.as_ref().map(roster));
        }
    }
    world.done(rosters)
}
