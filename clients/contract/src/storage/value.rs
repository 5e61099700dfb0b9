//! One value.

use super::{Cell, Place};
use crate::Host;
use core::marker::PhantomData;

/// One value in storage.
#[derive(Debug)]
pub struct Value<T> {
    host: Host,
    place: Place,
    holds: PhantomData<T>,
}

impl<T: Cell> Value<T> {
    /// The value at a place.
    #[doc(hidden)]
    pub fn new(host: Host, place: Place) -> Self {
        Self { host, place, holds: PhantomData }
    }

    /// Reads it. What was never written is zero, or empty.
    pub fn get(&self) -> T {
        T::load(&self.host, &self.place)
    }

    /// Writes it.
    pub fn set(&mut self, value: T) {
        value.store(&mut self.host, &self.place);
    }

    /// Writes what a function makes of it, and returns that.
    pub fn update(&mut self, change: impl FnOnce(T) -> T) -> T
    where
        T: Clone,
    {
        let value = change(self.get());
        self.set(value.clone());
        value
    }
}
