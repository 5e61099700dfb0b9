//! Answering questions: what both forms are told, each record charged before it is read.

use super::refused::Failure;
use super::{Outside, Refused, gas};
use crate::governance::{self, Proposal, Tally};
use crate::params::{Param, Params, Unit};
use crate::restricting::{self, Info};
use crate::stake::{self, Delegation, Locked, Profile, Stake, StakeId};
use crate::world::{Table, World};
use crate::{Calendar, office::Office};
use std::ops::RangeInclusive;
use troupe_types::{Address, Hash, NodeId};

/// So much of a list is on a page.
pub(super) const PAGE: u64 = 100;
/// So many entries has a list that is given whole.
pub(super) const WHOLE_LIST: u64 = 1_000;

/// A candidate as it is in the settlement epoch that goes on. One that has left has no profile any more.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) id: StakeId,
    pub(super) stake: Stake,
    pub(super) profile: Option<Profile>,
}

/// A delegation, with what it has earned.
#[derive(Debug)]
pub(super) struct Delegated {
    pub(super) id: StakeId,
    pub(super) node: NodeId,
    pub(super) since: u64,
    pub(super) delegation: Delegation,
    pub(super) claimable: u128,
}

/// A parameter, and what it may be.
#[derive(Debug)]
pub(super) struct ParamNow {
    pub(super) param: Param,
    pub(super) value: u128,
    pub(super) range: RangeInclusive<u128>,
}

/// A candidate by number.
pub(super) fn candidate<W: World + Outside>(
    world: &mut W,
    id: StakeId,
) -> Result<Option<Candidate>, Failure> {
    world.charge(gas::RECORD)?;
    let period = Calendar::period(world);
    let Some(mut stake) = Stake::of(world, id) else { return Ok(None) };
    as_in(&mut stake, period);
    Ok(Some(Candidate { id, stake, profile: Profile::of(world, id) }))
}

/// What is no longer fresh counts; nothing is written for that.
fn as_in(stake: &mut Stake, period: u64) {
    if stake.fresh_in < period {
        let fresh = stake.fresh.empty();
        stake.own.add(fresh);
    }
    if stake.share_set < period {
        stake.share = stake.next_share;
    }
    if stake.delegated_in < period {
        stake.delegated = stake.delegated.saturating_add(stake.delegated_fresh);
        stake.delegated_fresh = 0;
    }
}

/// The candidate of a node.
pub(super) fn candidate_of<W: World + Outside>(
    world: &mut W,
    node: NodeId,
) -> Result<Candidate, Failure> {
    let unknown = Refused::NoCandidate { node };
    let Some(id) = stake::by_node(world, &node) else { return Err(unknown.into()) };
    Ok(candidate(world, id)?.ok_or(unknown)?)
}

/// Candidates by number.
pub(super) fn candidates<W: World + Outside>(
    world: &mut W,
    ids: impl IntoIterator<Item = StakeId>,
) -> Result<Vec<Candidate>, Failure> {
    let mut found = Vec::new();
    for id in ids {
        found.extend(candidate(world, id)?);
    }
    Ok(found)
}

/// The numbers of the alternative validators.
pub(super) fn alternatives<W: World + Outside>(world: &mut W) -> Result<Vec<StakeId>, Failure> {
    gas::numbers(world)?;
    Ok(stake::alternatives(world))
}

/// The numbers of candidates after one of them.
pub(super) fn numbers_after<W: World + Outside>(
    world: &mut W,
    after: StakeId,
    most: u64,
) -> Result<Vec<StakeId>, Failure> {
    world.charge(most.saturating_mul(gas::STEP))?;
    Ok(stake::after(world, after, length(most)))
}

/// The numbers of candidates in the order of their rank.
pub(super) fn ranked<W: World + Outside>(
    world: &mut W,
    most: u64,
) -> Result<Vec<StakeId>, Failure> {
    world.charge(most.saturating_mul(gas::STEP))?;
    Ok(stake::rank::first(world, length(most)))
}

/// The validators of the round that goes on.
pub(super) fn office<W: World + Outside>(world: &mut W) -> Result<Option<Office>, Failure> {
    world.charge(u64::from(crate::office::MAX_SEATS) * gas::STEP)?;
    let round = Calendar::now(world).round;
    Ok(Office::of(world, round))
}

/// What an account delegates.
pub(super) fn delegations<W: World + Outside>(
    world: &mut W,
    delegator: Address,
) -> Result<Vec<Delegated>, Failure> {
    gas::count(world, Table::Delegation, delegator, gas::RECORD)?;
    let ids = stake::delegations_of(world, delegator);
    Ok(ids.into_iter().filter_map(|(id, _)| delegated(world, delegator, id)).collect())
}

/// What an account delegates to one.
pub(super) fn delegation<W: World + Outside>(
    world: &mut W,
    delegator: Address,
    id: StakeId,
) -> Result<Delegated, Failure> {
    world.charge(gas::RECORD)?;
    Ok(delegated(world, delegator, id).ok_or(Refused::NoDelegation)?)
}

fn delegated(world: &mut impl World, delegator: Address, id: StakeId) -> Option<Delegated> {
    let delegation = Delegation::of(world, delegator, id)?;
    let stake = Stake::of(world, id)?;
    let claimable = stake::claimable_of(world, delegator, id);
    Some(Delegated { id, node: stake.node, since: stake.since.0, delegation, claimable })
}

/// What an account has locked.
pub(super) fn locks<W: World + Outside>(
    world: &mut W,
    account: Address,
) -> Result<Locked, Failure> {
    gas::count(world, Table::Lock, account, gas::RECORD)?;
    Ok(stake::locked(world, account))
}

/// The restricting plans of an account.
pub(super) fn plan<W: World + Outside>(world: &mut W, account: Address) -> Result<Info, Failure> {
    gas::count(world, Table::Release, account, gas::RECORD)?;
    let info = restricting::info(world, account);
    Ok(info.ok_or(restricting::Refused::Unknown { account })?)
}

/// A proposal.
pub(super) fn proposal<W: World + Outside>(world: &mut W, id: Hash) -> Result<Proposal, Failure> {
    world.charge(gas::RECORD)?;
    Ok(Proposal::of(world, &id).ok_or(governance::Refused::Unknown { id })?)
}

/// Proposals after so many.
pub(super) fn proposals<W: World + Outside>(
    world: &mut W,
    after: u64,
    most: u64,
) -> Result<Vec<Proposal>, Failure> {
    world.charge(most.saturating_mul(gas::RECORD))?;
    Ok(governance::proposals(world, after, length(most)))
}

/// How the votes on a proposal are. While it is open, all alternative validators and all that voted are looked at: who did
/// is, or was, one of them.
pub(super) fn tally<W: World + Outside>(world: &mut W, id: Hash) -> Result<Tally, Failure> {
    let proposal = proposal(world, id)?;
    if let Some(tally) = proposal.result {
        return Ok(tally);
    }
    let most = gas::most_alternatives(world);
    world.charge(most.saturating_mul(2 * gas::RECORD))?;
    Ok(governance::tally(world, &id).ok_or(governance::Refused::Unknown { id })?)
}

/// A parameter by name.
pub(super) fn param<W: World + Outside>(
    world: &mut W,
    module: &str,
    key: &str,
) -> Result<ParamNow, Failure> {
    world.charge(gas::RECORD)?;
    let name = || format!("{module}/{key}").chars().take(64).collect();
    let param =
        Param::named(module, key).ok_or_else(|| governance::Refused::Param { name: name() });
    let params = Params::of(world);
    Ok(now(&params, param?))
}

/// The parameters of a module, or all of them.
pub(super) fn params<W: World + Outside>(
    world: &mut W,
    module: &str,
) -> Result<Vec<ParamNow>, Failure> {
    world.charge(Param::ALL.len() as u64 * gas::RECORD)?;
    let params = Params::of(world);
    let of = |param: &Param| module.is_empty() || param.module().name() == module;
    Ok(Param::ALL.into_iter().filter(of).map(|param| now(&params, param)).collect())
}

fn now(params: &Params, param: Param) -> ParamNow {
    ParamNow { param, value: params.get(param), range: params.range(param) }
}

/// A unit as it is written.
pub(super) const fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Von => "von",
        Unit::Epochs => "settlement epochs",
        Unit::Rounds => "rounds",
        Unit::Candidates => "candidates",
        Unit::BasisPoints => "hundredths of a percent",
        Unit::Percent => "percent",
        Unit::BlockRewards => "rewards of a block",
        Unit::Gas => "gas",
    }
}

/// How much of a list somebody gets who asks for so much.
pub(super) fn page(most: u64) -> u64 {
    most.min(PAGE)
}

fn length(most: u64) -> usize {
    usize::try_from(most).unwrap_or(usize::MAX)
}
