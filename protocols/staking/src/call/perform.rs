//! Doing what is wished.

use super::refused::Failure;
use super::wish::{Done, From, Reward, Voting, What, Wish};
use super::{Call, Outside, Refused, gas};
use crate::governance::{self, Moment, Request, Submission};
use crate::stake::{self, Source, Stake, StakeId};
use crate::world::World;
use crate::{Constitution, contract, restricting, slash};
use alloy_primitives::U256;
use troupe_types::{Address, Millis, NodeId};

/// How a call pays for what it takes from a balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payment {
    /// It sends just that.
    Sent,
    /// It is taken from the caller's balance, and nothing is sent.
    Taken,
}

/// Does it, or says why not.
pub(super) fn perform<W: World + Outside>(
    world: &mut W,
    call: &Call<'_>,
    payment: Payment,
    wish: Wish,
) -> Result<Done, Failure> {
    if call.is_static {
        return Err(Failure::Static);
    }
    world.charge(gas::price(&wish))?;
    gas::grown(world, call.caller, &wish)?;
    settle_value(world, call, payment, &wish)?;
    let from = call.caller;
    match wish {
        Wish::Create(creation) => {
            let place = (call.chain_id, call.height);
            Ok(Done::Created(stake::create(world, from, *creation, place)?))
        }
        Wish::Edit { node, edit } => Ok(plain(stake::edit(world, from, &node, *edit)?)),
        Wish::Increase { node, source, amount } => {
            Ok(plain(stake::increase(world, from, &node, source, amount)?))
        }
        Wish::Withdraw { node } => Ok(plain(stake::withdraw(world, from, &node)?)),
        Wish::Delegate { node, source, amount } => {
            Ok(plain(stake::delegate(world, from, source, &node, amount)?))
        }
        Wish::Undelegate { from: candidate, amount } => {
            let id = candidate_of(world, from, candidate);
            let id = id.ok_or(stake::Refused::NoDelegation { who: from })?;
            Ok(Done::Undelegated(stake::undelegate(world, from, id, amount)?))
        }
        Wish::Redeem => Ok(Done::Redeemed(stake::redeem(world, from))),
        Wish::Plan { account, plans } => {
            Ok(plain(restricting::create(world, from, account, &plans)?))
        }
        Wish::Claim => claim(world, from),
        Wish::Report { evidence } => report(world, from, &evidence),
        Wish::Submit { node, pip, what } => submit(world, call, node, pip, what),
        Wish::VoteAsNode { node, id, choice, version } => {
            Ok(plain(governance::vote_as_node(world, from, &node, &id, (choice, version))?))
        }
        Wish::VoteAsHolder { id, choice, locked } => {
            Ok(plain(governance::vote_as_holder(world, from, &id, choice, locked)?))
        }
        Wish::Unlock { id } => Ok(Done::Unlocked(governance::unlock(world, from, &id)?)),
        Wish::Declare { node, version } => {
            Ok(plain(governance::declare(world, from, &node, version)?))
        }
    }
}

const fn plain((): ()) -> Done {
    Done::Plain
}

/// What is sent goes back to the caller, from whom the rules take it: it has to be just that much.
fn settle_value<W: World>(
    world: &mut W,
    call: &Call<'_>,
    payment: Payment,
    wish: &Wish,
) -> Result<(), Refused> {
    let want = match payment {
        Payment::Sent => free_part(world, call.caller, wish),
        Payment::Taken => 0,
    };
    let got = call.value;
    if got != U256::from(want) {
        return Err(Refused::Value { got, want });
    }
    if want > 0 {
        world.pay(call.contract, call.caller, want);
    }
    Ok(())
}

/// What a change takes from the caller's balance.
fn free_part(world: &mut impl World, caller: Address, wish: &Wish) -> u128 {
    let (source, amount) = match wish {
        Wish::Create(creation) => (creation.source, creation.amount),
        Wish::Increase { source, amount, .. } | Wish::Delegate { source, amount, .. } => {
            (*source, *amount)
        }
        Wish::Plan { plans, .. } => {
            return plans.iter().fold(0, |sum, plan| sum.saturating_add(plan.amount));
        }
        Wish::VoteAsHolder { locked, .. } => return *locked,
        Wish::Edit { .. }
        | Wish::Withdraw { .. }
        | Wish::Undelegate { .. }
        | Wish::Redeem
        | Wish::Claim
        | Wish::Report { .. }
        | Wish::Submit { .. }
        | Wish::VoteAsNode { .. }
        | Wish::Unlock { .. }
        | Wish::Declare { .. } => return 0,
    };
    match source {
        Source::Free => amount,
        Source::Restricted | Source::Locked => 0,
        Source::Mixed => amount.saturating_sub(restricting::available(world, caller)),
    }
}

/// The candidate whose delegation is meant.
pub(super) fn candidate_of(
    world: &mut impl World,
    delegator: Address,
    candidate: From,
) -> Option<StakeId> {
    let (node, since) = match candidate {
        From::Number(id) => return Some(id),
        From::Node(node, since) => (node, since),
    };
    let all = stake::delegations_of(world, delegator);
    let is_it = |stake: Stake| stake.node == node && stake.since.0 == since;
    all.into_iter().map(|(id, _)| id).find(|id| Stake::of(world, *id).is_some_and(is_it))
}

fn claim<W: World>(world: &mut W, from: Address) -> Result<Done, Failure> {
    if stake::delegations_of(world, from).is_empty() {
        return Err(Refused::NoDelegations.into());
    }
    let paid = stake::claim(world, from);
    Ok(Done::Claimed(paid.into_iter().filter_map(|paid| reward(world, paid)).collect()))
}

/// What was earned, with whom.
pub(super) fn reward(world: &mut impl World, (id, amount): (StakeId, u128)) -> Option<Reward> {
    let stake = Stake::of(world, id)?;
    Some(Reward { id, node: stake.node, since: stake.since.0, amount })
}

fn report<W: World + Outside>(
    world: &mut W,
    from: Address,
    evidence: &[u8],
) -> Result<Done, Failure> {
    let offence = world.judge(evidence)?;
    let id = stake::by_vote_key(world, &offence.vote_key);
    let id = id.ok_or(Refused::NoValidator { round: offence.round.0 })?;
    if Stake::of(world, id).is_some_and(|stake| stake.staker == from) {
        return Err(Refused::Oneself.into());
    }
    Ok(Done::Punished(slash::double_sign(world, id, from)))
}

fn submit<W: World>(
    world: &mut W,
    call: &Call<'_>,
    node: NodeId,
    pip: String,
    what: What,
) -> Result<Done, Failure> {
    let request = match what {
        What::Text => Request::Text,
        What::Version { version, voting } => {
            Request::Version { version, voting: length(world, voting) }
        }
        What::Param { module, name, value } => Request::param(&module, &name, &value)?,
        What::Cancel { target, voting } => {
            Request::Cancel { target, voting: length(world, voting) }
        }
    };
    let id = call.transaction;
    let now = Moment { height: call.height, time: call.time };
    governance::submit(world, call.caller, Submission { id, node, pip, request }, now)?;
    Ok(Done::Submitted(id))
}

fn length(world: &mut impl World, voting: Voting) -> Millis {
    match voting {
        Voting::Millis(millis) => Millis(millis),
        Voting::Rounds(rounds) => match Constitution::of(world) {
            Some(constitution) => Request::rounds(&constitution, rounds),
            None => Millis(0),
        },
    }
}

/// Whether an account of the economy is called at this address.
pub(super) fn is_called(address: Address) -> bool {
    use contract::{DELEGATE_REWARD, GOVERNANCE, RESTRICTING, SLASHING, STAKING};
    [RESTRICTING, STAKING, SLASHING, GOVERNANCE, DELEGATE_REWARD].contains(&address)
}
