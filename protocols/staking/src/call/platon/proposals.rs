//! Questions about proposals and parameters.

use super::super::read::{self, ParamNow, WHOLE_LIST};
use super::super::refused::Failure;
use super::super::{Outside, Refused, gas};
use super::items::Items;
use super::json::{Json, Object};
use crate::governance::{self, Content, Proposal};
use crate::world::World;

pub(super) fn answer<W: World + Outside>(
    world: &mut W,
    code: u16,
    items: &mut Items<'_>,
) -> Result<Json, Failure> {
    match code {
        2100 => {
            let id = items.hash()?;
            items.end()?;
            Ok(proposal(&read::proposal(world, id)?))
        }
        2101 => {
            let id = items.hash()?;
            items.end()?;
            let found = read::proposal(world, id)?;
            let tally = found.result.ok_or(governance::Refused::Open { id })?;
            let canceled_by = found.canceled_by.unwrap_or_default();
            let all = Json::object().value("proposalID", Json::bytes(&id.0));
            let all = all.amount("yeas", tally.yes).amount("nays", tally.no);
            let all = all.amount("abstentions", tally.abstain);
            let all = all.amount("accuVerifiers", tally.eligible);
            let all = all.number("status", found.state as u8);
            Ok(all.value("canceledBy", Json::bytes(&canceled_by.0)).end())
        }
        2102 => {
            items.end()?;
            let all = read::proposals(world, 0, WHOLE_LIST)?;
            Ok(Json::list(all.iter().map(proposal)))
        }
        2103 => {
            items.end()?;
            world.charge(gas::RECORD)?;
            Ok(Json::number(governance::active_version(world)))
        }
        2104 => {
            let (module, name) = (items.text()?, items.text()?);
            items.end()?;
            let found = read::param(world, &module, &name)?;
            Ok(Json::text(&found.value.to_string()))
        }
        2105 => {
            // The second one is a block: answers are of the state that is asked.
            let (id, _) = (items.hash()?, items.hash()?);
            items.end()?;
            let tally = read::tally(world, id)?;
            let all = [tally.eligible, tally.yes, tally.no, tally.abstain];
            Ok(Json::list(all.into_iter().map(Json::amount)))
        }
        2106 => {
            let module = items.text()?;
            items.end()?;
            Ok(Json::list(read::params(world, &module)?.iter().map(param)))
        }
        _ => Err(Refused::Function { got: 0 }.into()),
    }
}

fn proposal(found: &Proposal) -> Json {
    let common = |kind: u8| -> Object {
        Json::object()
            .value("ProposalID", Json::bytes(&found.id.0))
            .number("ProposalType", kind)
            .text("PIPID", &found.pip)
            .number("SubmitBlock", found.height.0)
            .number("EndVotingTime", found.ends.0)
            .value("Proposer", Json::digits(&found.node.0))
            .number("Status", found.state as u8)
    };
    match found.content {
        Content::Text => common(1).end(),
        Content::Version { version } => {
            let round = found.active_from.map_or(0, |round| round.0);
            common(2).number("NewVersion", version).number("ActiveRound", round).end()
        }
        Content::Param { param, value } => common(3)
            .text("Module", param.module().name())
            .text("Name", param.key())
            .text("NewValue", &value.to_string())
            .end(),
        Content::Cancel { target } => common(4).value("TobeCanceled", Json::bytes(&target.0)).end(),
    }
}

fn param(found: &ParamNow) -> Json {
    let ParamNow { param, value, range } = found;
    let unit = read::unit(param.unit());
    let about = format!("{unit}, {} to {}", range.start(), range.end());
    let item = Json::object().text("Module", param.module().name());
    let item = item.text("Name", param.key()).text("Desc", &about).end();
    let value = Json::object().text("StaleValue", "").text("Value", &value.to_string());
    let value = value.number("ActiveBlock", 0u64).end();
    Json::object().value("ParamItem", item).value("ParamValue", value).end()
}
