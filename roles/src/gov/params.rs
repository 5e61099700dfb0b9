//! `gov params`.

use crate::economy::{Asker, Clock, Facts, Governance, PAGE, table};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use crate::tx::{Amount, PlaceArgs};
use Governance::{Param, Proposal};
use alloy_primitives::U256;
use clap::Args;
use serde_json::Value;
use std::collections::BTreeMap;
use troupe_staking::contract::GOVERNANCE;

/// The most pages of proposals that are looked through for what changed a parameter.
const MOST_PAGES: usize = 100;
/// The kind of proposals of parameters, and the state of those that were accepted.
const PARAMETER: u8 = 3;
const ACCEPTED: u8 = 2;

/// Which parameters.
#[derive(Debug, Args)]
pub(crate) struct ParamsArgs {
    /// Those of one module: staking, slashing, block, reward or restricting
    #[arg(default_value = "")]
    module: String,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Shows them.
pub(super) fn params(args: &ParamsArgs) -> Outcome<Report> {
    let client = args.place.client()?;
    troupe_runtime::run(async {
        let asker = Asker::new(&client);
        let module = args.module.clone();
        let all = asker.ask(GOVERNANCE, Governance::getParamsCall { module }).await?;
        if all.is_empty() {
            let text = format!("got {:?}, there is no such module", args.module);
            return Err(Failure::about(ExitCode::Usage, "MODULE", text));
        }
        let clock = Clock::read(&asker).await?;
        let proposals = asker.pages(MOST_PAGES, async |so_far: &[Proposal]| {
            let after = so_far.len() as u64;
            let call = Governance::getProposalsCall { afterCount: after, most: PAGE as u64 };
            asker.ask(GOVERNANCE, call).await
        });
        let proposals = proposals.await?;
        let changed = changed(&proposals);
        let lines: Vec<Facts> = all.iter().map(|one| line(one, &changed, &clock)).collect();
        let mut json = clock.facts().json();
        json["params"] = lines.iter().map(Facts::json).collect();
        Ok(Report::new(table(&lines), json))
    })
}

/// The last proposal that changed each parameter, by name. They take effect when they end.
fn changed(proposals: &[Proposal]) -> BTreeMap<&str, &Proposal> {
    let mut changed: BTreeMap<&str, &Proposal> = BTreeMap::new();
    let accepted = |one: &&Proposal| one.kind == PARAMETER && one.state == ACCEPTED;
    for one in proposals.iter().filter(accepted) {
        let is_later = changed.get(&*one.param).is_none_or(|other| other.ends <= one.ends);
        if is_later {
            changed.insert(&one.param, one);
        }
    }
    changed
}

fn line(of: &Param, changed: &BTreeMap<&str, &Proposal>, clock: &Clock) -> Facts {
    let name = format!("{}/{}", of.module, of.name);
    let is_money = of.unit == "von";
    let shown = |value: u128| match is_money {
        true => Amount(U256::from(value)).to_string(),
        false => value.to_string(),
    };
    let unit = if is_money { "" } else { &*of.unit };
    let by = changed.get(&*name);
    let when = by.map_or_else(|| "never".to_owned(), |by| clock.away(by.ends));
    Facts::default()
        .text("parameter", &name)
        .put("value", shown(of.value), of.value.to_string())
        .put("least", shown(of.least), of.least.to_string())
        .put("most", shown(of.most), of.most.to_string())
        .put("unit", unit, &*of.unit)
        .put("changed", when, by.map(|by| by.ends))
        .quiet("changed_by", by.map_or(Value::Null, |by| by.id.to_string().into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::B256;

    fn proposal(param: &str, state: u8, ends: u64) -> Proposal {
        Proposal {
            id: B256::repeat_byte(state),
            kind: PARAMETER,
            state,
            node: B256::ZERO,
            pip: String::new(),
            height: 1,
            submitted: 1,
            ends,
            version: 0,
            param: param.to_owned(),
            value: 1,
            target: B256::ZERO,
            canceledBy: B256::ZERO,
            activeFrom: 0,
        }
    }

    #[test]
    fn the_last_accepted_proposal_is_what_changed_a_parameter() {
        let other = Proposal { kind: 1, ..proposal("a", ACCEPTED, 9) };
        let all = [
            proposal("a", ACCEPTED, 5),
            proposal("b", 3, 6),
            proposal("a", ACCEPTED, 7),
            proposal("a", 6, 8),
            other,
        ];
        let changed = changed(&all);
        assert_eq!(changed.keys().collect::<Vec<_>>(), [&"a"]);
        assert_eq!(changed["a"].ends, 7);
    }
}
