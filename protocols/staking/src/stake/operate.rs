//! Becoming a candidate, staking more, and leaving.

use super::profile::{Description, Profile};
use super::source::{self, Source};
use super::{Event, Refused, Stake, StakeId, Status, delegation, query, rank};
use crate::params::{Param, Params};
use crate::registration::Registration;
use crate::world::{Key, Stored, Table, World};
use crate::{Calendar, Error, Purse, due, governance, slash};
use troupe_crypto::hash::keccak256;
use troupe_records::Told;
use troupe_types::{Address, Height, NodeId};

/// All of a share: 10,000 hundredths of a percent.
pub(crate) const WHOLE: u16 = 10_000;

/// What a candidate begins with.
#[derive(Debug, Clone)]
pub struct Creation {
    /// Its keys, and that they are its own.
    pub registration: Registration,
    /// Where the stake comes from.
    pub source: Source,
    /// The stake, in von.
    pub amount: u128,
    /// Who gets what it earns.
    pub benefit: Address,
    /// What delegators get of its rewards, in hundredths of a percent.
    pub share: u16,
    /// The version of its program.
    pub version: u32,
    /// What it says of itself.
    pub description: Description,
}

/// What a candidate changes; `None` where something stays.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// Who gets what it earns.
    pub benefit: Option<Address>,
    /// What delegators get, from the next settlement epoch on.
    pub share: Option<u16>,
    /// Its name elsewhere.
    pub external_id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its home page.
    pub website: Option<String>,
    /// More.
    pub details: Option<String>,
}

pub(super) fn node_key(node: &NodeId) -> Key {
    // A node's name is a hash: what is left of it when it is cut off names it as well.
    let (head, _) = node.0.split_first_chunk::<28>().unwrap_or((&[0; 28], &[]));
    Key::new(Table::ByNode, *head)
}

pub(super) fn vote_key(key: &[u8; 48]) -> Key {
    let hash = keccak256(key);
    let (head, _) = hash.0.split_first_chunk::<28>().unwrap_or((&[0; 28], &[]));
    Key::new(Table::ByKey, *head)
}

fn staker_key(staker: Address) -> Key {
    Key::new(Table::ByStaker, staker.0)
}

/// Which candidate an account has staked for.
pub(super) fn of_staker(world: &mut impl World, staker: Address) -> Option<StakeId> {
    StakeId::load(world, &staker_key(staker))
}

/// The candidate of a node, if it is one now.
pub(super) fn candidate(
    world: &mut impl World,
    node: &NodeId,
) -> Result<(StakeId, Stake), Refused> {
    let unknown = Refused::Unknown { node: *node };
    let id = StakeId::load(world, &node_key(node)).ok_or(unknown.clone())?;
    let stake = Stake::of(world, id).ok_or(unknown)?;
    if !stake.status.is_valid() {
        return Err(Refused::NotCandidate { status: stake.status });
    }
    Ok((id, stake))
}

/// The same, of somebody who may change it.
fn own(
    world: &mut impl World,
    caller: Address,
    node: &NodeId,
) -> Result<(StakeId, Stake), Refused> {
    let (id, stake) = candidate(world, node)?;
    if stake.staker != caller {
        return Err(Refused::NotStaker { got: caller, staker: stake.staker });
    }
    Ok((id, stake))
}

/// Makes an account a candidate, in a block of a chain.
pub fn create(
    world: &mut impl World,
    caller: Address,
    creation: Creation,
    (chain_id, height): (u64, Height),
) -> Result<StakeId, Error> {
    let Creation { registration, source, amount, benefit, share, version, description } = creation;
    let least = Params::of(world).get(Param::StakeThreshold);
    if amount < least {
        return Err(Refused::StakeTooLow { got: amount, least }.into());
    }
    check_share(share)?;
    let active = governance::active_version(world);
    if version >> 8 < active >> 8 {
        return Err(Refused::Version { got: version, least: active }.into());
    }
    if of_staker(world, caller).is_some() {
        return Err(Refused::StakesAlready { got: caller }.into());
    }
    if !delegation::all(world, caller).is_empty() {
        return Err(Refused::Delegator { got: caller }.into());
    }
    if world.get(&vote_key(&registration.vote_key)).is_some() {
        return Err(Refused::KeyTaken.into());
    }
    // What costs most comes last.
    let node = registration.check(chain_id, caller).map_err(Refused::Registration)?;
    if world.get(&node_key(&node)).is_some() {
        return Err(Refused::Exists { node }.into());
    }
    let taken = source::take(world, caller, source, amount)?;

    let mut stake = Stake::begin(node, caller, height, Calendar::period(world));
    (stake.fresh, stake.benefit) = (taken, benefit);
    (stake.share, stake.next_share) = (share, share);
    // A newer program than all have counts as theirs until a proposal has made it the one in force.
    stake.version = version.min(active);
    let Registration { vote_key, vrf_key, .. } = registration;
    let id = enroll(world, &stake, &Profile { vote_key, vrf_key, description });
    if version > active {
        governance::declared(world, id, version);
    }
    world.log(Told::from(Event::Created { id, node, staker: caller, amount: taken }));
    Ok(id)
}

/// Keeps a new candidate under all its names.
pub(crate) fn enroll(world: &mut impl World, stake: &Stake, profile: &Profile) -> StakeId {
    let id = StakeId::next(world);
    stake.keep(world, id);
    profile.keep(world, id);
    id.save(world, &node_key(&stake.node));
    id.save(world, &vote_key(&profile.vote_key));
    id.save(world, &staker_key(stake.staker));
    rank::enter(world, id, stake);
    id
}

/// Changes what a candidate says, gives, and whom it pays.
pub fn edit(
    world: &mut impl World,
    caller: Address,
    node: &NodeId,
    edit: Edit,
) -> Result<(), Error> {
    let (id, _) = own(world, caller, node)?;
    let period = Calendar::period(world);
    let mut stake = Stake::now(world, id, period).ok_or(Refused::Unknown { node: *node })?;
    let mut profile = Profile::of(world, id).ok_or(Refused::Unknown { node: *node })?;
    let Edit { benefit, share, external_id, name, website, details } = edit;
    profile.description.change([external_id, name, website, details])?;
    if let Some(share) = share.filter(|share| *share != stake.next_share) {
        change_share(&Params::of(world), &mut stake, share, period)?;
    }
    stake.benefit = benefit.unwrap_or(stake.benefit);
    stake.keep(world, id);
    profile.keep(world, id);
    world.log(Told::from(Event::Edited { node: *node }));
    Ok(())
}

const fn check_share(share: u16) -> Result<(), Refused> {
    if share > WHOLE { Err(Refused::Share { got: share }) } else { Ok(()) }
}

fn change_share(
    params: &Params,
    stake: &mut Stake,
    share: u16,
    period: u64,
) -> Result<(), Refused> {
    check_share(share)?;
    let (got, least) =
        (period.saturating_sub(stake.share_set), params.get(Param::RewardChangeInterval));
    if u128::from(got) < least {
        return Err(Refused::ShareTooSoon { got, least });
    }
    let (got, most) = (share.abs_diff(stake.share), params.get(Param::RewardChangeRange));
    if u128::from(got) > most {
        return Err(Refused::ShareTooFar { got, most });
    }
    (stake.next_share, stake.share_set) = (share, period);
    Ok(())
}

/// Stakes more.
pub fn increase(
    world: &mut impl World,
    caller: Address,
    node: &NodeId,
    source: Source,
    amount: u128,
) -> Result<(), Error> {
    let least = Params::of(world).get(Param::OperatingThreshold);
    if amount < least {
        return Err(Refused::IncreaseTooLow { got: amount, least }.into());
    }
    let (id, _) = own(world, caller, node)?;
    let taken = source::take(world, caller, source, amount)?;
    let period = Calendar::period(world);
    let _ = rank::change(world, id, period, |stake| stake.fresh.add(taken));
    world.log(Told::from(Event::Increased { node: *node, amount: taken }));
    Ok(())
}

/// Leaves: it is elected no more. What does not count yet goes back at once, and so does the rest if it never was an
/// alternative validator; else it goes back when its freeze is over, and can be slashed until then.
pub fn withdraw(world: &mut impl World, caller: Address, node: &NodeId) -> Result<(), Error> {
    let (id, _) = own(world, caller, node)?;
    let (returned, until) = leave(world, id, Status::INVALID.and(Status::WITHDRAWN));
    world.log(Told::from(Event::Withdrawn { node: *node, returned, until }));
    Ok(())
}

/// Makes a candidate leave. Gives what went back at once, and with which settlement epoch the rest does.
pub(crate) fn leave(world: &mut impl World, id: StakeId, why: Status) -> (Purse, u64) {
    let period = Calendar::period(world);
    let freeze = Params::of(world).get(Param::UnstakeFreeze);
    let freeze = u64::try_from(freeze).unwrap_or(u64::MAX);
    let known = Stake::of(world, id);
    let served = known.map_or(0, |stake| query::served(world, id, &stake, period));
    let left = rank::change(world, id, period, |stake| {
        let until = if served > 0 { served.saturating_add(freeze) } else { 0 };
        let mut returned = stake.fresh.empty();
        if until <= period {
            returned.add(stake.own.empty());
        }
        stake.status = stake.status.and(why);
        stake.until = until.max(period);
        (stake.staker, returned, stake.until)
    });
    let Some((staker, returned, until)) = left else { return (Purse::EMPTY, period) };
    source::give_back(world, staker, returned);
    if until > period {
        due::add(world, until, id);
    } else {
        close(world, id);
    }
    (returned, until)
}

/// Gives back what is left of a stake whose freeze is over.
pub(crate) fn close(world: &mut impl World, id: StakeId) {
    let Some(mut stake) = Stake::of(world, id) else { return };
    let mut rest = stake.own.empty();
    rest.add(stake.fresh.empty());
    source::give_back(world, stake.staker, rest);
    stake.keep(world, id);
    // Its names are free for others.
    world.remove(&node_key(&stake.node));
    world.remove(&staker_key(stake.staker));
    if let Some(profile) = Profile::of(world, id) {
        world.remove(&vote_key(&profile.vote_key));
    }
    Profile::forget(world, id);
    slash::forget_idle(world, id);
    forget_if_gone(world, id);
}

/// Forgets a candidate that has left when nobody delegates to it any more.
pub(super) fn forget_if_gone(world: &mut impl World, id: StakeId) {
    let Some(stake) = Stake::of(world, id) else { return };
    let has_left = stake.status.is_leaving() && stake.own.is_empty() && stake.fresh.is_empty();
    if has_left && stake.delegations == 0 && Profile::of(world, id).is_none() {
        Stake::forget(world, id);
    }
}
