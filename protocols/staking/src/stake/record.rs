//! What is known of a candidate.

use super::Status;
use crate::Purse;
use crate::world::{Key, Stored, Table, World};
use alloy_primitives::U256;
use bincode::{Decode, Encode};
use troupe_types::{Address, Height, NodeId};

const LAST: Key = Key::new(Table::Single, [4]);

/// The number of a candidate: the first is 1, and none has that of another. A node that withdrew and comes again has
/// another number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
pub struct StakeId(pub u64);

/// What changes of a candidate. It is kept until its own stake went back and nobody delegates to it any more.
///
/// What is fresh does not count yet: it was added in the settlement epoch that it says, and counts from the next one on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Stake {
    /// Its node.
    pub node: NodeId,
    /// Who staked, and alone may change it.
    pub staker: Address,
    /// Who gets what it earns.
    pub benefit: Address,
    /// The block that it was staked in.
    pub since: Height,
    /// The version of the program that its node runs, as far as it counts for its rank.
    pub version: u32,
    /// Whether it is a candidate.
    pub status: Status,
    /// Its own stake that counts.
    pub own: Purse,
    /// What was added to its own stake.
    pub fresh: Purse,
    /// When.
    pub fresh_in: u64,
    /// What delegations count.
    pub delegated: u128,
    /// What delegations were added.
    pub delegated_fresh: u128,
    /// When.
    pub delegated_in: u64,
    /// How many delegations have something fresh.
    pub newcomers: u64,
    /// How many delegations there are.
    pub delegations: u64,
    /// What delegators get of its rewards, in hundredths of a percent.
    pub share: u16,
    /// The same from the next settlement epoch on.
    pub next_share: u16,
    /// When that was changed last.
    pub share_set: u64,
    /// What a von of delegation has earned since the beginning: 96 bits after the point.
    earned: [u8; 32],
    /// What delegators have earned since the beginning.
    pub delegators_earned: u128,
    /// The last settlement epoch in which it was an alternative validator or a validator; 0 for none.
    pub served: u64,
    /// The settlement epoch with which its stake goes back, or it is a candidate again; 0 where it stays as it is.
    pub until: u64,
}

impl Stake {
    /// A candidate that begins.
    pub(crate) fn begin(node: NodeId, staker: Address, since: Height, period: u64) -> Self {
        Self {
            node,
            staker,
            benefit: staker,
            since,
            version: 0,
            status: Status::default(),
            own: Purse::EMPTY,
            fresh: Purse::EMPTY,
            fresh_in: period,
            delegated: 0,
            delegated_fresh: 0,
            delegated_in: period,
            newcomers: 0,
            delegations: 0,
            share: 0,
            next_share: 0,
            share_set: period,
            earned: [0; 32],
            delegators_earned: 0,
            served: 0,
            until: 0,
        }
    }

    /// A candidate as it was written last.
    pub fn of(world: &mut impl World, id: StakeId) -> Option<Self> {
        Self::load(world, &key(id))
    }

    /// The same as it is in a settlement epoch: what is no longer fresh counts.
    pub fn now(world: &mut impl World, id: StakeId, period: u64) -> Option<Self> {
        let mut stake = Self::of(world, id)?;
        stake.roll(world, id, period);
        Some(stake)
    }

    /// Its votes, in von: all that it staked and that was delegated to it.
    #[must_use]
    pub const fn votes(&self) -> u128 {
        let own = self.own.total().saturating_add(self.fresh.total());
        own.saturating_add(self.delegated).saturating_add(self.delegated_fresh)
    }

    /// What a von of delegation has earned since the beginning: 96 bits after the point.
    #[must_use]
    pub const fn earned(&self) -> U256 {
        U256::from_be_bytes(self.earned)
    }

    pub(crate) const fn set_earned(&mut self, earned: U256) {
        self.earned = earned.to_be_bytes();
    }

    /// Brings it to a settlement epoch.
    pub(crate) fn roll(&mut self, world: &mut impl World, id: StakeId, period: u64) {
        if self.fresh_in < period {
            let fresh = self.fresh.empty();
            self.own.add(fresh);
            self.fresh_in = period;
        }
        if self.share_set < period {
            self.share = self.next_share;
        }
        if self.delegated_in < period {
            // Nothing was earned since then: whoever would have changed that came by here before.
            super::income::mark(world, id, self);
            self.delegated = self.delegated.saturating_add(self.delegated_fresh);
            (self.delegated_fresh, self.newcomers) = (0, 0);
            self.delegated_in = period;
        }
    }

    pub(crate) fn keep(&self, world: &mut impl World, id: StakeId) {
        self.save(world, &key(id));
    }

    /// Forgets it, once nothing of it is left.
    pub(super) fn forget(world: &mut impl World, id: StakeId) {
        world.remove(&key(id));
    }
}

impl StakeId {
    /// The next one.
    pub(super) fn next(world: &mut impl World) -> Self {
        let last = u64::load(world, &LAST).unwrap_or(0);
        let next = last.saturating_add(1);
        next.save(world, &LAST);
        Self(next)
    }
}

fn key(id: StakeId) -> Key {
    Key::new(Table::Stake, id.0.to_be_bytes())
}

/// Lets an idle candidate be elected again.
pub(crate) fn unfreeze(stake: &mut Stake) {
    stake.status = stake.status.without(Status::IDLE);
    if stake.status == Status::INVALID {
        stake.status = Status::default();
    }
    stake.until = 0;
}
