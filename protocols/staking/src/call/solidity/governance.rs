//! Proposals and votes.

use super::super::abi::Governance;
use super::super::perform::{Payment, perform};
use super::super::read::{self, ParamNow};
use super::super::refused::Failure;
use super::super::wish::{Done, Voting, What, Wish};
use super::super::{Call, Outside, Refused, gas};
use crate::governance::{self, Choice, Content, Proposal};
use crate::stake::StakeId;
use crate::world::World;
use Governance::GovernanceCalls as Asked;
use alloy_primitives::B256;
use alloy_sol_types::SolCall;
use troupe_types::{Address, Hash, NodeId};

pub(super) fn answer<W: World + Outside>(
    world: &mut W,
    call: &Call<'_>,
    asked: Asked,
) -> Result<Vec<u8>, Failure> {
    match asked {
        Asked::submitText(asked) => submit(world, call, (asked.node, asked.pip), What::Text),
        Asked::submitVersion(asked) => {
            let voting = Voting::Millis(asked.voting);
            let what = What::Version { version: asked.version, voting };
            submit(world, call, (asked.node, asked.pip), what)
        }
        Asked::submitParam(asked) => {
            let (module, name, value) = (asked.module, asked.name, asked.value);
            submit(world, call, (asked.node, asked.pip), What::Param { module, name, value })
        }
        Asked::submitCancel(asked) => {
            let (target, voting) = (Hash(asked.target.0), Voting::Millis(asked.voting));
            submit(world, call, (asked.node, asked.pip), What::Cancel { target, voting })
        }
        Asked::voteAsNode(asked) => {
            let (node, id) = (NodeId(asked.node.0), Hash(asked.id.0));
            let choice = Choice::numbered(asked.choice)?;
            let wish = Wish::VoteAsNode { node, id, choice, version: asked.version };
            perform(world, call, Payment::Sent, wish).map(|_| Vec::new())
        }
        Asked::voteAsHolder(asked) => {
            // What is sent is what is locked: more than all LAT together is no amount.
            let locked = u128::try_from(call.value);
            let locked = locked.map_err(|_| Refused::Value { got: call.value, want: u128::MAX })?;
            let (id, choice) = (Hash(asked.id.0), Choice::numbered(asked.choice)?);
            let wish = Wish::VoteAsHolder { id, choice, locked };
            perform(world, call, Payment::Sent, wish).map(|_| Vec::new())
        }
        Asked::unlock(asked) => {
            let wish = Wish::Unlock { id: Hash(asked.id.0) };
            let Done::Unlocked(amount) = perform(world, call, Payment::Sent, wish)? else {
                return Ok(Vec::new());
            };
            Ok(Governance::unlockCall::abi_encode_returns(&amount))
        }
        Asked::declareVersion(asked) => {
            let wish = Wish::Declare { node: NodeId(asked.node.0), version: asked.version };
            perform(world, call, Payment::Sent, wish).map(|_| Vec::new())
        }
        Asked::getProposal(_)
        | Asked::getProposals(_)
        | Asked::getTally(_)
        | Asked::getNodeVote(_)
        | Asked::getHolderVote(_)
        | Asked::getVersion(_)
        | Asked::getParam(_)
        | Asked::getParams(_) => {
            super::answer::question(call)?;
            question(world, asked)
        }
    }
}

fn question<W: World + Outside>(world: &mut W, asked: Asked) -> Result<Vec<u8>, Failure> {
    match asked {
        Asked::getProposal(asked) => {
            let found = read::proposal(world, Hash(asked.id.0))?;
            Ok(Governance::getProposalCall::abi_encode_returns(&proposal(&found)))
        }
        Asked::getProposals(asked) => {
            let page = read::proposals(world, asked.afterCount, read::page(asked.most))?;
            let page = page.iter().map(proposal).collect();
            Ok(Governance::getProposalsCall::abi_encode_returns(&page))
        }
        Asked::getTally(asked) => {
            let tally = read::tally(world, Hash(asked.id.0))?;
            Ok(Governance::getTallyCall::abi_encode_returns(&Governance::getTallyReturn {
                yes: tally.yes,
                no: tally.no,
                abstain: tally.abstain,
                eligible: tally.eligible,
            }))
        }
        Asked::getNodeVote(asked) => {
            world.charge(gas::RECORD)?;
            let vote = governance::node_vote(world, &Hash(asked.id.0), StakeId(asked.stake));
            let choice = vote.map_or(0, |choice| choice as u8);
            Ok(Governance::getNodeVoteCall::abi_encode_returns(&choice))
        }
        Asked::getHolderVote(asked) => {
            world.charge(gas::RECORD)?;
            let (id, holder) = (Hash(asked.id.0), Address(asked.holder.into()));
            let vote = governance::holder_vote(world, &id, holder);
            let (choice, locked, delegated) = vote
                .map_or((0, 0, 0), |vote| (vote.choice as u8, vote.locked, vote.delegated_total()));
            let answer = Governance::getHolderVoteReturn { choice, locked, delegated };
            Ok(Governance::getHolderVoteCall::abi_encode_returns(&answer))
        }
        Asked::getVersion(_) => {
            world.charge(gas::RECORD)?;
            let active = governance::active_version(world);
            let upcoming = governance::upcoming(world);
            let (upcoming, round) = upcoming.map_or((0, 0), |next| (next.version, next.from.0));
            let answer = Governance::getVersionReturn { active, upcoming, fromRound: round };
            Ok(Governance::getVersionCall::abi_encode_returns(&answer))
        }
        Asked::getParam(asked) => {
            let found = read::param(world, &asked.module, &asked.name)?;
            Ok(Governance::getParamCall::abi_encode_returns(&param(&found)))
        }
        Asked::getParams(asked) => {
            let all = read::params(world, &asked.module)?.iter().map(param).collect();
            Ok(Governance::getParamsCall::abi_encode_returns(&all))
        }
        Asked::submitText(_)
        | Asked::submitVersion(_)
        | Asked::submitParam(_)
        | Asked::submitCancel(_)
        | Asked::voteAsNode(_)
        | Asked::voteAsHolder(_)
        | Asked::unlock(_)
        | Asked::declareVersion(_) => Err(Refused::Function { got: 0 }.into()),
    }
}

fn submit<W: World + Outside>(
    world: &mut W,
    call: &Call<'_>,
    (node, pip): (B256, String),
    what: What,
) -> Result<Vec<u8>, Failure> {
    let wish = Wish::Submit { node: NodeId(node.0), pip, what };
    let Done::Submitted(id) = perform(world, call, Payment::Sent, wish)? else {
        return Ok(Vec::new());
    };
    Ok(Governance::submitTextCall::abi_encode_returns(&B256::from(id.0)))
}

fn proposal(found: &Proposal) -> Governance::Proposal {
    let (kind, mut version, mut param, mut value, mut target) =
        (kind(&found.content), 0, String::new(), 0, Hash::default());
    match found.content {
        Content::Text => {}
        Content::Version { version: proposed } => version = proposed,
        Content::Param { param: of, value: proposed } => {
            (param, value) = (of.to_string(), proposed);
        }
        Content::Cancel { target: dropped } => target = dropped,
    }
    Governance::Proposal {
        id: found.id.0.into(),
        kind,
        state: found.state as u8,
        node: found.node.0.into(),
        pip: found.pip.to_string(),
        height: found.height.0,
        submitted: found.submitted.0,
        ends: found.ends.0,
        version,
        param,
        value,
        target: target.0.into(),
        canceledBy: found.canceled_by.unwrap_or_default().0.into(),
        activeFrom: found.active_from.map_or(0, |round| round.0),
    }
}

/// The number of a kind of proposals, as PlatON has it.
pub(in super::super) const fn kind(content: &Content) -> u8 {
    match content {
        Content::Text => 1,
        Content::Version { .. } => 2,
        Content::Param { .. } => 3,
        Content::Cancel { .. } => 4,
    }
}

fn param(found: &ParamNow) -> Governance::Param {
    Governance::Param {
        module: found.param.module().name().to_owned(),
        name: found.param.key().to_owned(),
        value: found.value,
        least: *found.range.start(),
        most: *found.range.end(),
        unit: read::unit(found.param.unit()).to_owned(),
    }
}
