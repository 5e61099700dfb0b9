//! A proposal and its votes, as people and programs are told of them.

use crate::economy::{Clock, Facts, Governance, Version, grouped, kind, state};
use crate::tx::Amount;
use Governance::{Proposal, getTallyReturn as Tally};
use alloy_primitives::{B256, U256};

/// The number of the kind of versions, on which nodes vote: their votes are counted one by one.
const VERSION: u8 = 2;

/// What is proposed.
pub(super) fn what(of: &Proposal) -> String {
    match of.kind {
        1 => "text".to_owned(),
        VERSION => format!("version {}", Version(of.version)),
        3 => format!("{} = {}", of.param, of.value),
        4 => format!("drop {}", of.target),
        other => kind(other),
    }
}

/// A line of a list.
pub(super) fn line(of: &Proposal, clock: &Clock) -> Facts {
    Facts::default()
        .text("proposal", of.id)
        .text("pip", &of.pip)
        .put("what", grouped(&what(of)), what(of))
        .text("state", state(of.state))
        .put("ends", clock.away(of.ends), of.ends)
        .quiet("kind", kind(of.kind))
        .quiet("node", of.node.to_string())
}

/// Everything.
pub(super) fn everything(of: &Proposal, clock: &Clock) -> Facts {
    let facts = Facts::default()
        .text("proposal", of.id)
        .text("pip", &of.pip)
        .text("kind", kind(of.kind))
        .text("state", state(of.state))
        .text("node", of.node)
        .put("submitted", clock.away(of.submitted), of.submitted)
        .put("height", format!("block {}", of.height), of.height)
        .put("ends", clock.away(of.ends), of.ends);
    let facts = match of.kind {
        VERSION => facts.text("version", Version(of.version)),
        3 => facts.text("parameter", &of.param).put(
            "value",
            grouped(&of.value.to_string()),
            of.value.to_string(),
        ),
        4 => facts.text("target", of.target),
        _ => facts,
    };
    let facts = match of.canceledBy {
        B256::ZERO => facts.quiet("canceled_by", serde_json::Value::Null),
        by => facts.text("canceled_by", by),
    };
    match of.activeFrom {
        0 => facts.quiet("active_from", serde_json::Value::Null),
        round => facts.put("active_from", format!("round {round}"), round),
    }
}

/// How the votes are: in von, and for a version in nodes.
pub(super) fn votes(of: &Proposal, tally: &Tally) -> Facts {
    let part = |count: u128| {
        let shown = match of.kind {
            VERSION => format!("{count} nodes"),
            _ => Amount(U256::from(count)).to_string(),
        };
        match share(count, tally.eligible) {
            Some(share) => format!("{shown} ({share})"),
            None => shown,
        }
    };
    let unit = if of.kind == VERSION { "nodes" } else { "von" };
    Facts::default()
        .put("yes", part(tally.yes), tally.yes.to_string())
        .put("no", part(tally.no), tally.no.to_string())
        .put("abstain", part(tally.abstain), tally.abstain.to_string())
        .put("eligible", part(tally.eligible), tally.eligible.to_string())
        .quiet("unit", unit)
}

/// A part of a whole: `66.7 %`.
fn share(part: u128, whole: u128) -> Option<String> {
    let tenths =
        U256::from(part).saturating_mul(U256::from(1_000)).checked_div(U256::from(whole))?;
    let (percent, tenth) = tenths.div_rem(U256::from(10));
    Some(format!("{percent}.{tenth} %"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_what_could_vote() {
        assert_eq!(share(2, 3).as_deref(), Some("66.6 %"));
        assert_eq!(share(u128::MAX, 1).map(|share| share.ends_with(" %")), Some(true));
        assert_eq!(share(1, 0), None);
    }
}
