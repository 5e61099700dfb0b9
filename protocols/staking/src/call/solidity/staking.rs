//! Stakes and delegations.

use super::super::abi::Staking;
use super::super::perform::{Payment, perform};
use super::super::read::{self, Candidate, Delegated};
use super::super::refused::Failure;
use super::super::wish::{Done, From, Wish};
use super::super::{Call, Outside, Refused, gas};
use crate::registration::Registration;
use crate::reward::Rewards;
use crate::stake::{self, Creation, Description, Edit, Source, StakeId};
use crate::world::World;
use crate::{Calendar, Purse};
use Staking::StakingCalls as Asked;
use alloy_sol_types::SolCall;
use troupe_types::{Address, NodeId};

pub(super) fn answer<W: World + Outside>(
    world: &mut W,
    call: &Call<'_>,
    asked: Asked,
) -> Result<Vec<u8>, Failure> {
    match asked {
        Asked::createStaking(asked) => {
            let Done::Created(id) = perform(world, call, Payment::Sent, creation(asked)?)? else {
                return Ok(Vec::new());
            };
            let id = id.0;
            Ok(Staking::createStakingCall::abi_encode_returns(&id))
        }
        Asked::setBenefit(asked) => {
            let benefit = Some(Address(asked.benefit.into()));
            edit(world, call, asked.node.0, Edit { benefit, ..Edit::default() })
        }
        Asked::setShare(asked) => {
            let share = Some(asked.share);
            edit(world, call, asked.node.0, Edit { share, ..Edit::default() })
        }
        Asked::describe(asked) => {
            let [external_id, name, website, details] = texts(asked.description).map(Some);
            let all = Edit { external_id, name, website, details, ..Edit::default() };
            edit(world, call, asked.node.0, all)
        }
        Asked::increaseStaking(asked) => {
            let (node, source) = (NodeId(asked.node.0), Source::numbered(asked.source)?);
            silent(world, call, Wish::Increase { node, source, amount: asked.amount })
        }
        Asked::withdrawStaking(asked) => {
            silent(world, call, Wish::Withdraw { node: NodeId(asked.node.0) })
        }
        Asked::delegate(asked) => {
            let (node, source) = (NodeId(asked.node.0), Source::numbered(asked.source)?);
            silent(world, call, Wish::Delegate { node, source, amount: asked.amount })
        }
        Asked::undelegate(asked) => {
            let from = From::Number(StakeId(asked.id));
            let wish = Wish::Undelegate { from, amount: asked.amount };
            let Done::Undelegated(done) = perform(world, call, Payment::Sent, wish)? else {
                return Ok(Vec::new());
            };
            Ok(Staking::undelegateCall::abi_encode_returns(&Staking::undelegateReturn {
                returned: purse(done.returned),
                locked: purse(done.locked),
                until: done.until,
                earned: done.earned,
            }))
        }
        Asked::redeem(_) => {
            let Done::Redeemed(amount) = perform(world, call, Payment::Sent, Wish::Redeem)? else {
                return Ok(Vec::new());
            };
            Ok(Staking::redeemCall::abi_encode_returns(&purse(amount)))
        }
        Asked::getVerifiers(_)
        | Asked::getValidators(_)
        | Asked::getCandidates(_)
        | Asked::getCandidate(_)
        | Asked::getDelegations(_)
        | Asked::getDelegation(_)
        | Asked::getLocks(_)
        | Asked::getPackageReward(_)
        | Asked::getStakingReward(_)
        | Asked::getCalendar(_) => {
            super::answer::question(call)?;
            question(world, asked)
        }
    }
}

fn question<W: World + Outside>(world: &mut W, asked: Asked) -> Result<Vec<u8>, Failure> {
    match asked {
        Asked::getVerifiers(asked) => {
            let all = read::alternatives(world)?;
            let total = all.len() as u64;
            let from = usize::try_from(asked.from).unwrap_or(usize::MAX);
            let most = usize::try_from(read::page(asked.most)).unwrap_or(usize::MAX);
            let page = read::candidates(world, all.into_iter().skip(from).take(most))?;
            let page = page.into_iter().map(candidate).collect();
            let answer = Staking::getVerifiersReturn { page, total };
            Ok(Staking::getVerifiersCall::abi_encode_returns(&answer))
        }
        Asked::getValidators(_) => {
            let Some(office) = read::office(world)? else {
                return Err(Refused::Arguments("there is no round yet".to_owned()).into());
            };
            let members = office.members.iter().map(|member| Staking::Validator {
                id: member.id.0,
                node: member.node.0.into(),
                voteKey: member.vote_key.into(),
                vrfKey: member.vrf_key.into(),
                benefit: member.address.0.into(),
                rounds: member.rounds,
            });
            Ok(Staking::getValidatorsCall::abi_encode_returns(&Staking::getValidatorsReturn {
                round: office.round.0,
                first: office.first.0,
                last: office.last.0,
                members: members.collect(),
            }))
        }
        Asked::getCandidates(asked) => {
            let most = read::page(asked.most);
            let ids = read::numbers_after(world, StakeId(asked.afterId), most)?;
            let page = read::candidates(world, ids)?.into_iter().map(candidate).collect();
            Ok(Staking::getCandidatesCall::abi_encode_returns(&page))
        }
        Asked::getCandidate(asked) => {
            let found = read::candidate_of(world, NodeId(asked.node.0))?;
            Ok(Staking::getCandidateCall::abi_encode_returns(&candidate(found)))
        }
        Asked::getDelegations(asked) => {
            let all = read::delegations(world, Address(asked.delegator.into()))?;
            let all = all.into_iter().map(delegation).collect();
            Ok(Staking::getDelegationsCall::abi_encode_returns(&all))
        }
        Asked::getDelegation(asked) => {
            let (delegator, id) = (Address(asked.delegator.into()), StakeId(asked.id));
            let found = read::delegation(world, delegator, id)?;
            Ok(Staking::getDelegationCall::abi_encode_returns(&delegation(found)))
        }
        Asked::getLocks(asked) => {
            let stake::Locked { free, later } = read::locks(world, Address(asked.account.into()))?;
            let later = later.into_iter();
            let later = later.map(|(until, amount)| Staking::Lock { until, amount: purse(amount) });
            let later = later.collect();
            let answer = Staking::getLocksReturn { redeemable: purse(free), later };
            Ok(Staking::getLocksCall::abi_encode_returns(&answer))
        }
        Asked::getPackageReward(_) => {
            world.charge(gas::RECORD)?;
            let amount = Rewards::now(world).per_block;
            Ok(Staking::getPackageRewardCall::abi_encode_returns(&amount))
        }
        Asked::getStakingReward(_) => {
            world.charge(gas::RECORD)?;
            let amount = Rewards::now(world).alternatives;
            Ok(Staking::getStakingRewardCall::abi_encode_returns(&amount))
        }
        Asked::getCalendar(_) => {
            world.charge(gas::RECORD)?;
            let now = Calendar::now(world);
            Ok(Staking::getCalendarCall::abi_encode_returns(&Staking::getCalendarReturn {
                epoch: now.period,
                began: now.began.0,
                round: now.round.0,
                firstRound: now.first_round.0,
                cycle: now.cycle,
                cycleEnds: now.cycle_ends.0,
            }))
        }
        Asked::createStaking(_)
        | Asked::setBenefit(_)
        | Asked::setShare(_)
        | Asked::describe(_)
        | Asked::increaseStaking(_)
        | Asked::withdrawStaking(_)
        | Asked::delegate(_)
        | Asked::undelegate(_)
        | Asked::redeem(_) => Err(Refused::Function { got: 0 }.into()),
    }
}

fn creation(asked: Staking::createStakingCall) -> Result<Wish, Failure> {
    let registration = Registration::from_bytes(&asked.registration);
    Ok(Wish::Create(Box::new(Creation {
        registration: registration.map_err(stake::Refused::Registration)?,
        source: Source::numbered(asked.source)?,
        amount: asked.amount,
        benefit: Address(asked.benefit.into()),
        share: asked.share,
        version: asked.version,
        description: Description::new(texts(asked.description))?,
    })))
}

fn edit<W: World + Outside>(
    world: &mut W,
    call: &Call<'_>,
    node: [u8; 32],
    edit: Edit,
) -> Result<Vec<u8>, Failure> {
    silent(world, call, Wish::Edit { node: NodeId(node), edit: Box::new(edit) })
}

/// Does what gives nothing back.
fn silent<W: World + Outside>(
    world: &mut W,
    call: &Call<'_>,
    wish: Wish,
) -> Result<Vec<u8>, Failure> {
    perform(world, call, Payment::Sent, wish).map(|_| Vec::new())
}

fn texts(given: Staking::Description) -> [String; 4] {
    let Staking::Description { externalId, name, website, details } = given;
    [externalId, name, website, details]
}

const fn purse(purse: Purse) -> Staking::Purse {
    Staking::Purse { free: purse.free, restricted: purse.restricted }
}

fn candidate(found: Candidate) -> Staking::Candidate {
    let Candidate { id, stake, profile } = found;
    let (vote_key, vrf_key) = match &profile {
        Some(profile) => (profile.vote_key.into(), profile.vrf_key),
        None => (alloy_primitives::Bytes::new(), [0; 32]),
    };
    let description = profile.map(|profile| profile.description).unwrap_or_default();
    let Description { external_id, name, website, details } = description;
    Staking::Candidate {
        id: id.0,
        node: stake.node.0.into(),
        staker: stake.staker.0.into(),
        benefit: stake.benefit.0.into(),
        voteKey: vote_key,
        vrfKey: vrf_key.into(),
        since: stake.since.0,
        version: stake.version,
        status: stake.status.0,
        own: purse(stake.own),
        fresh: purse(stake.fresh),
        delegated: stake.delegated,
        delegatedFresh: stake.delegated_fresh,
        delegations: stake.delegations,
        share: stake.share,
        nextShare: stake.next_share,
        shareSet: stake.share_set,
        delegatorsEarned: stake.delegators_earned,
        until: stake.until,
        description: Staking::Description {
            externalId: external_id.to_string(),
            name: name.to_string(),
            website: website.to_string(),
            details: details.to_string(),
        },
    }
}

fn delegation(found: Delegated) -> Staking::Delegation {
    let Delegated { id, node, delegation, claimable, .. } = found;
    Staking::Delegation {
        id: id.0,
        node: node.0.into(),
        counts: purse(delegation.counts),
        fresh: purse(delegation.fresh),
        held: purse(delegation.fresh_held),
        heldUntil: delegation.held_until,
        epoch: delegation.period,
        claimable,
    }
}
