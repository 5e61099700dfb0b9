//! Answering calls as PlatON's clients write them.

use super::super::perform::{self, Payment};
use super::super::read;
use super::super::refused::Failure;
use super::super::wish::Done;
use super::super::{Call, Offence, Outside, Refused, gas};
use super::items::{self, Items};
use super::json::Json;
use super::{candidates, proposals, wish};
use crate::contract;
use crate::stake::{self, Profile};
use crate::world::World;
use alloy_rlp::Encodable;
use troupe_types::{Address, Epoch};

/// The account that has a function.
pub(super) const fn account_of(code: u16) -> Option<Address> {
    match code {
        1000..=1006 | 1100..=1106 | 1200..=1202 => Some(contract::STAKING),
        2000..=2005 | 2100..=2106 => Some(contract::GOVERNANCE),
        3000..=3001 => Some(contract::SLASHING),
        4000 | 4100 => Some(contract::RESTRICTING),
        5000 | 5100 => Some(contract::DELEGATE_REWARD),
        _ => None,
    }
}

/// Whether a function changes something.
const fn is_change(code: u16) -> bool {
    matches!(code, 1000..=1006 | 2000..=2005 | 3000 | 4000 | 5000)
}

/// Answers a call of a function.
pub(in super::super) fn answer<W: World + Outside>(
    world: &mut W,
    call: &Call<'_>,
    code: u16,
    mut items: Items<'_>,
) -> Result<Vec<u8>, Failure> {
    if account_of(code) != Some(call.contract) {
        return Err(Refused::Function { got: call.input.len() }.into());
    }
    if is_change(code) {
        let wish = wish::read(code, &mut items)?;
        items.end()?;
        let done = perform::perform(world, call, Payment::Taken, wish)?;
        world.receipt(call.contract, receipt(&done));
        return Ok(b"0".to_vec());
    }
    if !call.value.is_zero() {
        return Err(Refused::Value { got: call.value, want: 0 }.into());
    }
    match question(world, code, &mut items) {
        Ok(ret) => Ok(Json::answer(0, ret)),
        Err(Failure::Refused(refused)) => {
            Ok(Json::answer(refused.code(), Json::text(&refused.to_string())))
        }
        Err(failure @ (Failure::OutOfGas | Failure::Static)) => Err(failure),
    }
}

/// What a log tells of a change: that it was done, and what came of it.
fn receipt(done: &Done) -> Vec<u8> {
    let mut items: Vec<Vec<u8>> = vec![b"0".to_vec()];
    let number = |amount: u128| alloy_rlp::encode(amount);
    match done {
        Done::Plain
        | Done::Created(_)
        | Done::Submitted(_)
        | Done::Unlocked(_)
        | Done::Punished(_) => {}
        Done::Undelegated(done) => {
            let (returned, locked) = (done.returned, done.locked);
            let amounts = [returned.free, returned.restricted, locked.free, locked.restricted];
            items.push(number(done.earned));
            items.extend(amounts.map(number));
        }
        Done::Redeemed(amount) => items.extend([number(amount.free), number(amount.restricted)]),
        Done::Claimed(paid) => {
            let mut all = Vec::new();
            for one in paid {
                let mut fields = Vec::new();
                one.node.0.encode(&mut fields);
                one.since.encode(&mut fields);
                one.amount.encode(&mut fields);
                all.extend(items::list(&fields));
            }
            items.push(items::list(&all));
        }
    }
    let mut payload = Vec::new();
    for item in items {
        item.as_slice().encode(&mut payload);
    }
    items::list(&payload)
}

fn question<W: World + Outside>(
    world: &mut W,
    code: u16,
    items: &mut Items<'_>,
) -> Result<Json, Failure> {
    match code {
        1100..=1105 | 1200..=1202 => candidates::answer(world, code, items),
        1106 => {
            let account = items.address()?;
            items.end()?;
            let locked = read::locks(world, account)?;
            let locks = locked.later.iter().map(|(until, amount)| {
                let lock = Json::object().number("Epoch", *until);
                lock.amount("Released", amount.free)
                    .amount("RestrictingPlan", amount.restricted)
                    .end()
            });
            let all = Json::object().value("Locks", Json::list(locks));
            let all = all.amount("Released", locked.free.free);
            Ok(all.amount("RestrictingPlan", locked.free.restricted).end())
        }
        2100..=2106 => proposals::answer(world, code, items),
        3001 => {
            let (_, node, round) = (items.number::<u8>()?, items.node()?, items.number::<u64>()?);
            items.end()?;
            world.charge(gas::RECORD)?;
            let round = Epoch(round);
            let id = stake::by_node(world, &node);
            let profile = id.and_then(|id| Profile::of(world, id));
            let vote_key = profile.map(|profile| profile.vote_key);
            let is_it = |key: &[u8; 48]| world.is_punished(&Offence { vote_key: *key, round });
            Ok(vote_key.filter(is_it).map_or_else(|| Json::text(""), |key| Json::bytes(&key)))
        }
        4100 => {
            let account = items.address()?;
            items.end()?;
            let info = read::plan(world, account)?;
            let plans = info.releases.iter().map(|release| {
                let plan = Json::object().number("epoch", release.period);
                plan.amount("amount", release.amount).end()
            });
            let all = Json::object().amount("balance", info.balance).amount("debt", info.owed);
            let all = all.value("plans", Json::list(plans));
            Ok(all.amount("Pledge", info.locked).end())
        }
        5100 => {
            let (account, nodes) = (items.address()?, items.nodes()?);
            items.end()?;
            let mut all = read::delegations(world, account)?;
            all.retain(|one| nodes.is_empty() || nodes.contains(&one.node));
            if all.is_empty() {
                return Err(Refused::NoDelegations.into());
            }
            let rewards = all.iter().map(|one| {
                let reward = Json::object().value("nodeID", Json::digits(&one.node.0));
                reward.amount("reward", one.claimable).number("stakingNum", one.since).end()
            });
            Ok(Json::list(rewards))
        }
        _ => Err(Refused::Function { got: 0 }.into()),
    }
}
