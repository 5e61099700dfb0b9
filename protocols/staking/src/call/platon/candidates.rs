//! Questions about candidates and delegations.

use super::super::perform::candidate_of;
use super::super::read::{self, Candidate, Delegated, WHOLE_LIST};
use super::super::refused::Failure;
use super::super::wish::From;
use super::super::{Outside, Refused, gas};
use super::items::Items;
use super::json::{Json, Object};
use crate::Constitution;
use crate::reward::Rewards;
use crate::stake::StakeId;
use crate::world::{Table, World};
use troupe_types::Address;

pub(super) fn answer<W: World + Outside>(
    world: &mut W,
    code: u16,
    items: &mut Items<'_>,
) -> Result<Json, Failure> {
    match code {
        1100 => {
            items.end()?;
            let ids = read::alternatives(world)?;
            validators(world, ids.into_iter().take(longest()).map(|id| (id, 0)))
        }
        1101 => {
            items.end()?;
            let office = read::office(world)?;
            let members = office.into_iter().flat_map(|office| office.members.into_inner());
            validators(world, members.map(|member| (member.id, member.rounds)))
        }
        1102 => {
            items.end()?;
            let ids = read::ranked(world, WHOLE_LIST)?;
            let all = read::candidates(world, ids)?;
            Ok(Json::list(all.iter().map(|one| whole(one).end())))
        }
        1103 => {
            let account = items.address()?;
            items.end()?;
            let all = read::delegations(world, account)?;
            Ok(Json::list(all.iter().map(|one| related(account, one).end())))
        }
        1104 => {
            let (since, account, node) = (items.number()?, items.address()?, items.node()?);
            items.end()?;
            gas::count(world, Table::Delegation, account, gas::RECORD)?;
            let id = candidate_of(world, account, From::Node(node, since));
            let found = read::delegation(world, account, id.ok_or(Refused::NoDelegation)?)?;
            Ok(delegation(account, &found))
        }
        1105 => {
            let node = items.node()?;
            items.end()?;
            Ok(whole(&read::candidate_of(world, node)?).end())
        }
        1200..=1202 => {
            items.end()?;
            world.charge(gas::RECORD)?;
            let rewards = Rewards::now(world);
            Ok(match code {
                1200 => Json::amount(rewards.per_block),
                1201 => Json::amount(rewards.alternatives),
                _ => Json::number(pace(world, &rewards)),
            })
        }
        _ => Err(Refused::Function { got: 0 }.into()),
    }
}

/// How long a block of the settlement epoch before took on average, in milliseconds: as what it brought says.
fn pace(world: &mut impl World, rewards: &Rewards) -> u64 {
    let period = Constitution::of(world).map_or(0, |constitution| constitution.period.0);
    let product = rewards.per_block.saturating_mul(period.into());
    let pace = product.checked_div(rewards.producers).unwrap_or(0);
    u64::try_from(pace).unwrap_or(u64::MAX)
}

fn longest() -> usize {
    usize::try_from(WHOLE_LIST).unwrap_or(usize::MAX)
}

/// Validators, each with how many rounds it has been one.
fn validators<W: World + Outside>(
    world: &mut W,
    ids: impl Iterator<Item = (StakeId, u32)>,
) -> Result<Json, Failure> {
    let mut all = Vec::new();
    for (id, rounds) in ids {
        let Some(found) = read::candidate(world, id)? else { continue };
        let stake = &found.stake;
        let object = said(&found)
            .number("ValidatorTerm", rounds)
            .amount("Shares", stake.votes())
            .amount("DelegateTotal", stake.delegated)
            .amount("DelegateRewardTotal", stake.delegators_earned);
        all.push(object.end());
    }
    Ok(Json::list(all.into_iter()))
}

/// What is the same for candidates and validators.
fn said(found: &Candidate) -> Object {
    let Candidate { stake, profile, .. } = found;
    let vote_key = profile.as_ref().map_or([0; 48], |profile| profile.vote_key);
    let description = profile.as_ref().map(|profile| profile.description.clone());
    let description = description.unwrap_or_default();
    Json::object()
        .value("NodeId", Json::digits(&stake.node.0))
        .value("BlsPubKey", Json::digits(&vote_key))
        .value("StakingAddress", Json::bytes(&stake.staker.0))
        .value("BenefitAddress", Json::bytes(&stake.benefit.0))
        .number("RewardPer", stake.share)
        .number("NextRewardPer", stake.next_share)
        .number("RewardPerChangeEpoch", stake.share_set)
        .number("StakingTxIndex", 0u64)
        .number("ProgramVersion", stake.version)
        .number("StakingBlockNum", stake.since.0)
        .text("ExternalId", &description.external_id)
        .text("NodeName", &description.name)
        .text("Website", &description.website)
        .text("Details", &description.details)
}

fn whole(found: &Candidate) -> Object {
    let stake = &found.stake;
    said(found)
        .number("Status", stake.status.0)
        .number("StakingEpoch", stake.fresh_in)
        .amount("Shares", stake.votes())
        .amount("Released", stake.own.free)
        .amount("ReleasedHes", stake.fresh.free)
        .amount("RestrictingPlan", stake.own.restricted)
        .amount("RestrictingPlanHes", stake.fresh.restricted)
        .number("DelegateEpoch", stake.delegated_in)
        .amount("DelegateTotal", stake.delegated)
        .amount("DelegateTotalHes", stake.delegated_fresh)
        .amount("DelegateRewardTotal", stake.delegators_earned)
}

fn related(account: Address, found: &Delegated) -> Object {
    Json::object()
        .value("DelAddr", Json::bytes(&account.0))
        .value("NodeId", Json::digits(&found.node.0))
        .number("StakingBlockNum", found.since)
}

fn delegation(account: Address, found: &Delegated) -> Json {
    let delegation = &found.delegation;
    related(account, found)
        .number("DelegateEpoch", delegation.period)
        .amount("Released", delegation.counts.free)
        .amount("ReleasedHes", delegation.fresh.free)
        .amount("RestrictingPlan", delegation.counts.restricted)
        .amount("RestrictingPlanHes", delegation.fresh.restricted)
        .amount("CumulativeIncome", found.claimable)
        .amount("LockReleasedHes", delegation.fresh_held.free)
        .amount("LockRestrictingPlanHes", delegation.fresh_held.restricted)
        .end()
}
