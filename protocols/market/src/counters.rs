//! Numbers that only grow.

use bincode::{Decode, Encode};
use troupe_records::{Key, Stored, Table, World};

const KEY: Key = Key::new(Table::Market, [1]);

/// How many there were of each, and how many nodes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Counters {
    /// Data sets; the first one has the number 1.
    pub datasets: u64,
    /// Compute nodes that ever registered.
    pub nodes: u64,
    /// Compute nodes that are registered.
    pub registered: u64,
    /// Tasks.
    pub tasks: u64,
    /// Views that began.
    pub views: u64,
}

impl Counters {
    /// Where they are.
    pub fn now(world: &mut impl World) -> Self {
        Self::load(world, &KEY).unwrap_or_default()
    }

    pub(crate) fn keep(&self, world: &mut impl World) {
        self.save(world, &KEY);
    }
}

/// Counts one more and gives its number.
pub(crate) fn count(world: &mut impl World, which: fn(&mut Counters) -> &mut u64) -> u64 {
    let mut counters = Counters::now(world);
    let counter = which(&mut counters);
    *counter = counter.saturating_add(1);
    let number = *counter;
    counters.keep(world);
    number
}
