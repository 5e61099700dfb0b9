//! Where the chain is in its settlement epochs.

use crate::world::{Key, Stored, Table, World};
use bincode::{Decode, Encode};
use troupe_types::{Epoch, UnixMillis};

const KEY: Key = Key::new(Table::Single, [2]);

/// The settlement epoch that is going on. What the staking text calls a round is an [`Epoch`] of consensus, the term of
/// one set of validators; a settlement epoch, here a period, is many of them.
///
/// Blocks are no clock: a period ends with the first round whose last block's parent is as late as the
/// [`Constitution`](crate::Constitution) says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Calendar {
    /// Which one, from 1.
    pub period: u64,
    /// When it began.
    pub began: UnixMillis,
    /// The round that goes on.
    pub round: Epoch,
    /// The first round of the period.
    pub first_round: Epoch,
    /// Which issuance its rewards are of, from 1.
    pub cycle: u64,
    /// When the next one is due.
    pub cycle_ends: UnixMillis,
}

impl Calendar {
    /// What it says now.
    pub fn now(world: &mut impl World) -> Self {
        let found = Self::load(world, &KEY);
        if found.is_none() {
            world.broken("there is no calendar");
        }
        found.unwrap_or_default()
    }

    /// The settlement epoch that goes on.
    pub fn period(world: &mut impl World) -> u64 {
        Self::now(world).period
    }

    pub(crate) fn keep(&self, world: &mut impl World) {
        self.save(world, &KEY);
    }
}
