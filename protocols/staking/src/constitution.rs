//! What the genesis says of the economy, for ever.

use crate::election::Weighing;
use crate::world::{Key, Stored, Table, World};
use bincode::{Decode, Encode};
use troupe_types::{Address, Millis};

const KEY: Key = Key::new(Table::Single, [1]);

/// What no proposal changes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Constitution {
    /// How many validate in a round.
    pub seats: u32,
    /// How many blocks a validator makes in its view.
    pub blocks_per_view: u32,
    /// How many blocks before the end of a round the next one is elected.
    pub election_distance: u32,
    /// How the balls of a candidate are counted.
    pub weighing: Weighing,
    /// How long a settlement epoch is at least: it ends with the round in which this has passed.
    pub period: Millis,
    /// How long the rewards of an issuance last.
    pub cycle: Millis,
    /// What of a period's rewards goes to those who made its blocks, in percent; the rest is for all alternatives.
    pub producers_percent: u8,
    /// Who gets what of an issuance does not go to the reward pool.
    pub developers: Address,
    /// Who gets half of that from a certain cycle on.
    pub foundation: Address,
    /// The cycle from which the foundation gets its half.
    pub foundation_from: u64,
    /// How long text and parameter proposals are open.
    pub voting: Millis,
}

impl Constitution {
    /// What the chain began with; `None` where it has no economy.
    pub fn of(world: &mut impl World) -> Option<Self> {
        Self::load(world, &KEY)
    }

    /// Lays it down, once, in the genesis.
    pub fn lay_down(&self, world: &mut impl World) {
        self.save(world, &KEY);
    }
}
