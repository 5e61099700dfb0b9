//! Punishment.

use crate::call::Offence;
use crate::contract::{REWARD_POOL, STAKING};
use crate::office::Office;
use crate::params::{Param, Params};
use crate::reward::{Rewards, part};
use crate::stake::{self, Stake, StakeId, Status, WHOLE, rank};
use crate::world::{Key, Stored, Table, World};
use crate::{Calendar, due, produced, restricting};
use bincode::{Decode, Encode};
use troupe_crypto::hash::keccak256_concat;
use troupe_types::{Address, Epoch, View};

/// Since when a validator has made no block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
struct Idle {
    /// The first round.
    first: Epoch,
    /// In how many rounds.
    rounds: u64,
}

/// What keys of records of somebody's punishments in a round begin with.
fn punished(offence: &Offence) -> [u8; 20] {
    let hash = keccak256_concat(&[&offence.vote_key, &offence.round.0.to_be_bytes()]);
    *hash.0.first_chunk().unwrap_or(&[0; 20])
}

/// Whether a key was punished for what it signed in a round.
pub fn is_punished(world: &mut impl World, offence: &Offence) -> bool {
    let begins = punished(offence);
    let found = world.next(Table::Punished, Some(&Key::new(Table::Punished, begins)));
    found.is_some_and(|(key, _)| key.bytes().starts_with(&begins))
}

/// Remembers that a key is punished for what it signed in a view; false where it was before.
///
/// Whoever contradicts himself does so in each kind of statement that he makes in the view: he proposes two blocks and votes
/// for both. That is one offence, or what it costs would hang on how much of it others happened to see. Another view is
/// another offence. (PlatON punishes each kind and height.)
pub fn remember(world: &mut impl World, offence: &Offence, view: View) -> bool {
    let mut key = [0; 28];
    key[..20].copy_from_slice(&punished(offence));
    key[20..].copy_from_slice(&view.0.to_be_bytes());
    let key = Key::new(Table::Punished, key);
    let is_new = world.get(&key).is_none();
    world.put(&key, &[]);
    is_new
}

/// Takes up to an amount of what counts of a candidate's own stake, what is free first. Part of it goes to somebody, the
/// rest to the reward pool. Gives what was taken.
fn cut(world: &mut impl World, id: StakeId, amount: u128, (to, percent): (Address, u128)) -> u128 {
    let period = Calendar::period(world);
    let cut = rank::change(world, id, period, |stake| (stake.staker, stake.own.take(amount)));
    let Some((staker, taken)) = cut else { return 0 };
    if taken.restricted > 0 {
        restricting::slashed(world, staker, taken.restricted);
    }
    let given = part(taken.total(), percent, 100);
    world.pay(STAKING, to, given);
    world.pay(STAKING, REWARD_POOL, taken.total() - given);
    taken.total()
}

/// Punishes a candidate that contradicted itself: it loses a part of its stake, and leaves. Whoever showed it gets a part of
/// that part. Gives what it lost, in von.
///
/// That it did, and that it was not punished for the same before, is for the caller to know.
pub fn double_sign(world: &mut impl World, id: StakeId, reporter: Address) -> u128 {
    let Some(stake) = Stake::of(world, id) else { return 0 };
    let params = Params::of(world);
    let period = Calendar::period(world);
    let own = Stake::now(world, id, period).map_or(0, |stake| stake.own.total());
    let amount = part(own, params.get(Param::DoubleSignFraction), WHOLE.into());
    let lost = cut(world, id, amount, (reporter, params.get(Param::ReportReward)));
    let why = Status::INVALID.and(Status::DOUBLE_SIGN);
    if stake.status.is_leaving() {
        // It is on its way out; only what is said of it changes.
        let _ = rank::change(world, id, period, |stake| stake.status = stake.status.and(why));
    } else {
        let _ = stake::leave(world, id, why);
    }
    lost
}

fn idle_key(id: StakeId) -> Key {
    Key::new(Table::Idle, id.0.to_be_bytes())
}

/// Forgets how long a candidate that is gone made no block.
pub(crate) fn forget_idle(world: &mut impl World, id: StakeId) {
    world.remove(&idle_key(id));
}

/// Looks at who of a round that is over made no block. Who is on its way out, or is not elected for now, has none to make.
// PlatON-Go 1.5.0, x/plugin; but what counts is how often in all since the last block, in so many rounds at least
pub(crate) fn idle(world: &mut impl World, office: &Office) {
    let counts = produced::in_round(world, office);
    for (member, made) in office.members.iter().zip(counts) {
        let key = idle_key(member.id);
        let is_valid = Stake::of(world, member.id).is_some_and(|stake| stake.status.is_valid());
        if made > 0 || !is_valid {
            world.remove(&key);
            continue;
        }
        let first = Idle { first: office.round, rounds: 0 };
        let mut idle = Idle::load(world, &key).unwrap_or(first);
        idle.rounds = idle.rounds.saturating_add(1);
        let window = office.round.since(idle.first).saturating_add(1);
        let params = Params::of(world);
        let is_long = u128::from(window) >= params.get(Param::IdleWindow);
        if is_long && u128::from(idle.rounds) >= params.get(Param::IdleThreshold) {
            world.remove(&key);
            punish_idle(world, member.id, &params);
        } else {
            idle.save(world, &key);
        }
    }
}

fn punish_idle(world: &mut impl World, id: StakeId, params: &Params) {
    let per_block = Rewards::now(world).per_block;
    let amount = per_block.saturating_mul(params.get(Param::IdleRewards));
    cut(world, id, amount, (REWARD_POOL, 0));
    let period = Calendar::period(world);
    let left = Stake::now(world, id, period).map_or(0, |stake| stake.own.total());
    if left < params.get(Param::StakeThreshold) {
        let why = Status::INVALID.and(Status::IDLE_AND_OUT).and(Status::TOO_LITTLE);
        let _ = stake::leave(world, id, why);
        return;
    }
    let freeze = u64::try_from(params.get(Param::IdleFreeze)).unwrap_or(u64::MAX);
    let until = period.saturating_add(freeze);
    let _ = rank::change(world, id, period, |stake| {
        stake.status = Status::INVALID.and(Status::IDLE);
        stake.until = until;
    });
    due::add(world, until, id);
}
