//! `stake delegate`, `undelegate`, `redeem` and `claim`.

use crate::economy::{
    Asker, ChangeArgs, Clock, Deed, DelegateReward, Facts, Hand, Source, Staking, free_part, purse,
    purse_json, returned, von,
};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use crate::tx::Amount;
use alloy_primitives::U256;
use clap::Args;
use serde_json::json;
use std::str::FromStr;
use troupe_staking::contract::{DELEGATE_REWARD, STAKING};
use troupe_types::NodeId;

/// What is delegated.
#[derive(Debug, Args)]
pub(crate) struct DelegateArgs {
    /// The candidate's node
    node: NodeId,
    /// How much, such as "1000 LAT"
    amount: Amount,
    /// Where that comes from
    #[arg(long, value_enum, default_value_t, env = "TROUPE_STAKE_SOURCE")]
    source: Source,
    #[command(flatten)]
    change: ChangeArgs,
}

/// What is taken back.
#[derive(Debug, Args)]
pub(crate) struct UndelegateArgs {
    /// The candidate's node, or its number
    candidate: Candidate,
    /// How much, such as "1000 LAT", or all
    amount: Part,
    #[command(flatten)]
    change: ChangeArgs,
}

/// Who is paid.
#[derive(Debug, Args)]
pub(crate) struct SettleArgs {
    #[command(flatten)]
    change: ChangeArgs,
}

/// A candidate by its node or by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Candidate {
    Node(NodeId),
    Number(u64),
}

/// Some of it, or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    Amount(Amount),
}

impl FromStr for Candidate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // No number has as many digits as a node's name.
        if let Ok(number) = text.parse() {
            return Ok(Self::Number(number));
        }
        let node = text.parse::<NodeId>();
        node.map(Self::Node).map_err(|error| format!("neither a number nor a node: {error}"))
    }
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            text => text.parse().map(Self::Amount).map_err(|error| format!("{error}, or all")),
        }
    }
}

/// Delegates.
pub(super) fn delegate(args: &DelegateArgs) -> Outcome<Report> {
    let amount = von("AMOUNT", args.amount)?;
    let hand = args.change.hand()?;
    troupe_runtime::run(async {
        let (node, source) = (args.node.0.into(), args.source.number());
        let call = Staking::delegateCall { node, source, amount };
        let what = format!("delegate {} from {} to node 0x{}", args.amount, args.source, args.node);
        let free = free_part(&hand, args.source, amount).await?;
        hand.carry_out(Deed::new(STAKING, &call, what).paying(free)).await
    })
}

/// Takes back.
pub(super) fn undelegate(args: &UndelegateArgs) -> Outcome<Report> {
    let hand = args.change.hand()?;
    troupe_runtime::run(async {
        let (id, amount) = match (args.candidate, args.amount) {
            (Candidate::Number(id), Part::Amount(amount)) => (id, von("AMOUNT", amount)?),
            (candidate, part) => {
                let asker = hand.asker("what is delegated")?;
                let found = delegation(&asker, &hand, candidate).await?;
                match part {
                    Part::All => (found.id, total(&found)),
                    Part::Amount(amount) => (found.id, von("AMOUNT", amount)?),
                }
            }
        };
        let shown = Amount(U256::from(amount));
        let what = format!("take {shown} back from candidate {id}");
        let call = Staking::undelegateCall { id, amount };
        let deed = Deed::new(STAKING, &call, what).giving(|bytes| {
            let done = returned::<Staking::undelegateCall>(bytes).ok()?;
            let (back, locked) = (&done.returned, &done.locked);
            let facts = Facts::default()
                .put("returned", purse(back.free, back.restricted), purse_json(back))
                .put("locked", purse(locked.free, locked.restricted), purse_json(locked));
            let until = format!("epoch {}", done.until);
            Some(facts.put("until", until, done.until).amount("earned", done.earned))
        });
        hand.carry_out(deed).await
    })
}

/// The delegation of whoever calls to a candidate.
async fn delegation(
    asker: &Asker<'_>,
    hand: &Hand<'_>,
    candidate: Candidate,
) -> Outcome<Staking::Delegation> {
    let delegator = hand.address().0.into();
    let node = match candidate {
        Candidate::Number(id) => {
            return asker.ask(STAKING, Staking::getDelegationCall { delegator, id }).await;
        }
        Candidate::Node(node) => node,
    };
    let all = asker.ask(STAKING, Staking::getDelegationsCall { delegator }).await?;
    let mut found = all.into_iter().filter(|one| one.node.0 == node.0);
    let wrong = |text: String| Failure::about(ExitCode::Refused, format!("0x{node}"), text);
    let first = found.next().ok_or_else(|| {
        wrong(format!("{} delegates nothing to this node", hand.address().to_checksum()))
    })?;
    match found.next() {
        None => Ok(first),
        Some(other) => {
            let (one, other) = (first.id, other.id);
            Err(wrong(format!(
                "was a candidate more than once: name it by its number, {one} or {other}"
            )))
        }
    }
}

/// All of a delegation, in von.
pub(super) fn total(one: &Staking::Delegation) -> u128 {
    [&one.counts, &one.fresh, &one.held]
        .into_iter()
        .flat_map(|purse| [purse.free, purse.restricted])
        .fold(0, u128::saturating_add)
}

/// Pays out what is locked no more.
pub(super) fn redeem(args: &SettleArgs) -> Outcome<Report> {
    let hand = args.change.hand()?;
    let what = "pay out what is locked no more".to_owned();
    let deed = Deed::new(STAKING, &Staking::redeemCall {}, what).giving(|bytes| {
        let amount = returned::<Staking::redeemCall>(bytes).ok()?;
        let text = purse(amount.free, amount.restricted);
        Some(Facts::default().put("redeemed", text, purse_json(&amount)))
    });
    troupe_runtime::run(hand.carry_out(deed))
}

/// Pays what was earned.
pub(super) fn claim(args: &SettleArgs) -> Outcome<Report> {
    let hand = args.change.hand()?;
    let what = "pay what delegations have earned".to_owned();
    let deed = Deed::new(DELEGATE_REWARD, &DelegateReward::claimCall {}, what).giving(|bytes| {
        let paid = returned::<DelegateReward::claimCall>(bytes).ok()?;
        let sum = paid.iter().fold(0, |sum: u128, one| sum.saturating_add(one.amount));
        let each = paid.iter().map(|one| {
            json!({ "candidate": one.id, "node": one.node.to_string(), "amount": one.amount.to_string() })
        });
        Some(Facts::default().amount("claimed", sum).quiet("rewards", each.collect::<Vec<_>>()))
    });
    troupe_runtime::run(hand.carry_out(deed))
}

/// A delegation as people and programs are told of it.
pub(super) fn facts(one: &Staking::Delegation, clock: &Clock) -> Facts {
    let held = match one.held.free.saturating_add(one.held.restricted) {
        0 => String::new(),
        von => format!("{} until {}", Amount(U256::from(von)), clock.when(one.heldUntil)),
    };
    let purse_of = |purse_of: &Staking::Purse| purse(purse_of.free, purse_of.restricted);
    Facts::default()
        .number("candidate", one.id)
        .text("node", one.node)
        .put("counts", purse_of(&one.counts), purse_json(&one.counts))
        .put("fresh", purse_of(&one.fresh), purse_json(&one.fresh))
        .put("held", held, purse_json(&one.held))
        .quiet("held_until", one.heldUntil)
        .quiet("changed_in", one.epoch)
        .amount("claimable", one.claimable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidate_is_a_number_or_a_node_and_a_part_an_amount_or_all() {
        let node = "5c".repeat(32);
        assert_eq!(format!("0x{node}").parse(), Ok(Candidate::Node(NodeId([0x5c; 32]))));
        assert_eq!("17".parse(), Ok(Candidate::Number(17)));
        // Sixty-four digits are a node's, letters or not.
        assert_eq!("1".repeat(64).parse(), Ok(Candidate::Node(NodeId([0x11; 32]))));
        for text in ["", "-1", "0x17", "node"] {
            assert!(text.parse::<Candidate>().is_err(), "{text}");
        }
        assert_eq!("all".parse(), Ok(Part::All));
        assert!("some".parse::<Part>().unwrap_err().ends_with(", or all"));
    }
}
