//! Values by key: Solidity's `mapping`.

use super::{Cell, Key, Place, Room, Stored};
use crate::Host;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

/// Values by key. Every key has one: what was never written is zero, or empty.
///
/// ```
/// # use troupe_contract::prelude::*;
/// # let world = TestHost::new();
/// #[storage]
/// pub struct Allowances {
///     given: Map<Address, Map<Address, U256>>,
/// }
///
/// # let mut allowances = world.storage::<Allowances>();
/// let (owner, spender) = (Address([1; 20]), Address([2; 20]));
/// allowances.given.at_mut(&owner).set(&spender, U256::new(7));
/// assert_eq!(allowances.given.at(&owner).get(&spender), U256::new(7));
/// ```
#[derive(Debug)]
pub struct Map<K, V> {
    host: Host,
    place: Place,
    holds: PhantomData<(K, V)>,
}

impl<K: Key, V: Stored> Map<K, V> {
    /// What lies at a key, to be read.
    pub fn at(&self, key: &K) -> Ref<'_, V::Handle> {
        Ref { handle: self.handle(key), map: PhantomData }
    }

    /// What lies at a key, to be written.
    pub fn at_mut(&mut self, key: &K) -> RefMut<'_, V::Handle> {
        RefMut { handle: self.handle(key), map: PhantomData }
    }

    fn handle(&self, key: &K) -> V::Handle {
        V::handle(self.host.share(), Place::slot(key.slot(self.place.slot)))
    }
}

impl<K: Key, V: Cell> Map<K, V> {
    /// Reads the value of a key.
    pub fn get(&self, key: &K) -> V {
        V::load(&self.host, &Place::slot(key.slot(self.place.slot)))
    }

    /// Writes the value of a key.
    pub fn set(&mut self, key: &K, value: V) {
        value.store(&mut self.host, &Place::slot(key.slot(self.place.slot)));
    }
}

impl<K, V> Stored for Map<K, V> {
    const ROOM: Room = Room::Slots(1);
    type Handle = Self;

    fn handle(host: Host, place: Place) -> Self {
        Self { host, place, holds: PhantomData }
    }
}

/// A part of what is stored, to be read as long as the whole is not written.
#[derive(Debug)]
pub struct Ref<'a, H> {
    pub(super) handle: H,
    pub(super) map: PhantomData<&'a ()>,
}

/// A part of what is stored, to be written.
#[derive(Debug)]
pub struct RefMut<'a, H> {
    pub(super) handle: H,
    pub(super) map: PhantomData<&'a mut ()>,
}

impl<H> Deref for Ref<'_, H> {
    type Target = H;

    fn deref(&self) -> &H {
        &self.handle
    }
}

impl<H> Deref for RefMut<'_, H> {
    type Target = H;

    fn deref(&self) -> &H {
        &self.handle
    }
}

impl<H> DerefMut for RefMut<'_, H> {
    fn deref_mut(&mut self) -> &mut H {
        &mut self.handle
    }
}
