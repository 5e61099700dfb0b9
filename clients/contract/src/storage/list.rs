//! Values in a row: Solidity's `T[]`.

use super::bytes::behind;
use super::map::{Ref, RefMut};
use super::{Cell, Place, Room, Stored};
use crate::{Host, U256};
use core::marker::PhantomData;

/// Values in a row. An index beyond the end panics.
#[derive(Debug)]
pub struct List<V> {
    host: Host,
    place: Place,
    holds: PhantomData<V>,
}

impl<V: Stored> List<V> {
    /// How many there are.
    pub fn len(&self) -> u64 {
        let length = U256::from_be_bytes(self.host.storage_load(self.place.slot));
        u64::try_from(length).unwrap_or(u64::MAX)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at an index, to be read.
    pub fn at(&self, index: u64) -> Ref<'_, V::Handle> {
        Ref { handle: self.handle(self.checked(index)), map: PhantomData }
    }

    /// The element at an index, to be written.
    pub fn at_mut(&mut self, index: u64) -> RefMut<'_, V::Handle> {
        RefMut { handle: self.handle(self.checked(index)), map: PhantomData }
    }

    /// Adds an element of zeroes at the end and returns it to be filled.
    pub fn grow(&mut self) -> RefMut<'_, V::Handle> {
        let length = self.len();
        self.set_length(length + 1);
        RefMut { handle: self.handle(self.element(length)), map: PhantomData }
    }

    fn set_length(&mut self, length: u64) {
        self.host.storage_store(self.place.slot, U256::new(length).to_be_bytes());
    }

    fn element(&self, index: u64) -> Place {
        Place::slot(behind(self.place.slot)).element(V::ROOM, index)
    }

    fn checked(&self, index: u64) -> Place {
        assert!(index < self.len(), "index out of bounds");
        self.element(index)
    }

    fn handle(&self, place: Place) -> V::Handle {
        V::handle(self.host.share(), place)
    }
}

impl<V: Stored + Cell + Default> List<V> {
    /// Reads the element at an index.
    pub fn get(&self, index: u64) -> V {
        V::load(&self.host, &self.checked(index))
    }

    /// Writes the element at an index.
    pub fn set(&mut self, index: u64, value: V) {
        let place = self.checked(index);
        value.store(&mut self.host, &place);
    }

    /// Adds an element at the end.
    pub fn push(&mut self, value: V) {
        let length = self.len();
        self.set_length(length + 1);
        let place = self.element(length);
        value.store(&mut self.host, &place);
    }

    /// Takes the last element off.
    pub fn pop(&mut self) -> Option<V> {
        let last = self.len().checked_sub(1)?;
        let place = self.element(last);
        let value = V::load(&self.host, &place);
        V::default().store(&mut self.host, &place);
        self.set_length(last);
        Some(value)
    }

    /// Every element, from the first on.
    pub fn iter(&self) -> impl Iterator<Item = V> + '_ {
        (0..self.len()).map(|index| V::load(&self.host, &self.element(index)))
    }
}

impl<V> Stored for List<V> {
    const ROOM: Room = Room::Slots(1);
    type Handle = Self;

    fn handle(host: Host, place: Place) -> Self {
        Self { host, place, holds: PhantomData }
    }
}
