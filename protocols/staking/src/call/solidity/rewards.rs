//! Restricting plans, and what delegations earn.

use super::super::abi::{DelegateReward, Restricting};
use super::super::perform::{Payment, perform};
use super::super::refused::Failure;
use super::super::wish::{Done, Reward, Wish};
use super::super::{Call, Outside, read};
use crate::restricting::Plan;
use crate::world::World;
use DelegateReward::DelegateRewardCalls;
use Restricting::RestrictingCalls;
use alloy_sol_types::SolCall;
use troupe_types::Address;

pub(super) fn restricting<W: World + Outside>(
    world: &mut W,
    call: &Call<'_>,
    asked: RestrictingCalls,
) -> Result<Vec<u8>, Failure> {
    match asked {
        RestrictingCalls::createPlan(asked) => {
            let plan = |plan: Restricting::Plan| Plan { after: plan.epochs, amount: plan.amount };
            let plans = asked.plans.into_iter().map(plan).collect();
            let account = Address(asked.account.into());
            perform(world, call, Payment::Sent, Wish::Plan { account, plans })?;
            Ok(Vec::new())
        }
        RestrictingCalls::getPlan(asked) => {
            super::answer::question(call)?;
            let info = read::plan(world, Address(asked.account.into()))?;
            let releases = info.releases.iter().map(|release| Restricting::Release {
                epoch: release.period,
                amount: release.amount,
            });
            Ok(Restricting::getPlanCall::abi_encode_returns(&Restricting::getPlanReturn {
                balance: info.balance,
                debt: info.owed,
                pledged: info.locked,
                releases: releases.collect(),
            }))
        }
    }
}

pub(super) fn delegate_reward<W: World + Outside>(
    world: &mut W,
    call: &Call<'_>,
    asked: DelegateRewardCalls,
) -> Result<Vec<u8>, Failure> {
    match asked {
        DelegateRewardCalls::claim(_) => {
            let Done::Claimed(paid) = perform(world, call, Payment::Sent, Wish::Claim)? else {
                return Ok(Vec::new());
            };
            let paid = paid.iter().map(reward).collect();
            Ok(DelegateReward::claimCall::abi_encode_returns(&paid))
        }
        DelegateRewardCalls::getRewards(asked) => {
            super::answer::question(call)?;
            let all = read::delegations(world, Address(asked.delegator.into()))?;
            let rewards = all.iter().map(|one| DelegateReward::Reward {
                id: one.id.0,
                node: one.node.0.into(),
                amount: one.claimable,
            });
            Ok(DelegateReward::getRewardsCall::abi_encode_returns(&rewards.collect()))
        }
    }
}

fn reward(reward: &Reward) -> DelegateReward::Reward {
    DelegateReward::Reward { id: reward.id.0, node: reward.node.0.into(), amount: reward.amount }
}
