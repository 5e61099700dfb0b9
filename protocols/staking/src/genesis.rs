//! What the economy begins with.

use crate::contract::{REWARD_POOL, STAKING};
use crate::office::{Member, Office};
use crate::params::Params;
use crate::stake::{Description, Profile, Stake, enroll};
use crate::world::World;
use crate::{Calendar, Constitution, Purse, reward, round, settle};
use troupe_types::{Address, Epoch, Height, NodeId, UnixMillis};
use troupe_wire::{List, Text};

/// Somebody who is a candidate from the beginning: his stake counts at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Founder {
    /// Its node.
    pub node: NodeId,
    /// Its public key for votes.
    pub vote_key: [u8; 48],
    /// Its public key for random words.
    pub vrf_key: [u8; 32],
    /// Whose the stake is.
    pub staker: Address,
    /// Who gets what it earns.
    pub benefit: Address,
    /// What is staked, in von.
    pub stake: u128,
    /// What delegators get of its rewards, in hundredths of a percent.
    pub share: u16,
    /// Its name, of which so much is kept as fits.
    pub name: String,
}

/// The beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beginning {
    /// What no proposal changes.
    pub constitution: Constitution,
    /// What proposals may change.
    pub params: Params,
    /// The first candidates; as many as there are seats, the first first, validate in the first round, in the order in
    /// which they propose.
    pub founders: Vec<Founder>,
    /// What the reward pool has, in von.
    pub pool: u128,
    /// What all other accounts have together.
    pub others: u128,
    /// When the chain begins.
    pub time: UnixMillis,
}

impl Beginning {
    /// Writes it into an empty state. What founders staked and what the pool has is made out of nothing.
    pub fn lay_down(&self, world: &mut impl World) {
        let Self { constitution, params, founders, pool, others, time } = self;
        constitution.lay_down(world);
        params.keep(world);
        let first_round = Epoch(1);
        let sitting = usize::try_from(constitution.seats).unwrap_or(usize::MAX);
        let members = founders.len().min(sitting);
        let last = Height(round::blocks(constitution, members));
        let mut calendar = Calendar {
            period: 1,
            began: *time,
            round: first_round,
            first_round,
            cycle: 1,
            cycle_ends: UnixMillis(time.0.saturating_add(constitution.cycle.0)),
        };
        calendar.keep(world);
        let mut supply = pool.saturating_add(*others);
        world.mint(REWARD_POOL, *pool);
        let mut seats = Vec::with_capacity(members);
        for founder in founders {
            supply = supply.saturating_add(founder.stake);
            world.mint(STAKING, founder.stake);
            let member = founder.enroll(world);
            seats.extend(member.filter(|_| seats.len() < members));
        }
        reward::set_supply(world, supply);
        settle::open(world, &calendar);
        reward::begin(world, constitution, &mut calendar, 0);
        calendar.keep(world);
        let Ok(members) = List::new(seats) else {
            return world.broken("more founders validate than there may be");
        };
        Office { round: first_round, first: Height(1), last, members }.keep(world);
    }
}

impl Founder {
    fn enroll(&self, world: &mut impl World) -> Option<Member> {
        let mut stake = Stake::begin(self.node, self.staker, Height::ZERO, 0);
        stake.own = Purse { free: self.stake, restricted: 0 };
        stake.benefit = self.benefit;
        (stake.share, stake.next_share) = (self.share, self.share);
        stake.version = crate::governance::active_version(world);
        stake.served = 1;
        let description = Description { name: Text::cut(&self.name), ..Description::default() };
        let (vote_key, vrf_key) = (self.vote_key, self.vrf_key);
        let id = enroll(world, &stake, &Profile { vote_key, vrf_key, description });
        Member::of(world, id, 1)
    }
}
