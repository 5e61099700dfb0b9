//! A candidate as people and programs are told of it.

use crate::economy::{Asker, Clock, Facts, Staking, Version, percent, purse, purse_json, status};
use crate::exit::Outcome;
use crate::rpc::data;
use crate::tx::Amount;
use Staking::Candidate;
use alloy_primitives::U256;
use troupe_staking::contract::STAKING;
use troupe_types::{Address, NodeId};

/// What a candidate is in this round and in this settlement epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seat {
    /// It validates.
    Validator,
    /// It may be elected for the next round.
    Alternative,
    /// It waits for the next settlement epoch.
    Candidate,
}

impl Seat {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Validator => "validator",
            Self::Alternative => "alternative",
            Self::Candidate => "candidate",
        }
    }
}

/// The candidate of a node.
pub(super) async fn candidate_of(asker: &Asker<'_>, node: NodeId) -> Outcome<Candidate> {
    asker.ask(STAKING, Staking::getCandidateCall { node: node.0.into() }).await
}

/// What it has staked itself.
pub(super) fn own(of: &Candidate) -> u128 {
    let parts = [of.own.free, of.own.restricted, of.fresh.free, of.fresh.restricted];
    parts.into_iter().fold(0, u128::saturating_add)
}

/// What others delegate to it.
pub(super) const fn delegated(of: &Candidate) -> u128 {
    of.delegated.saturating_add(of.delegatedFresh)
}

/// Those that can be elected, in the order of their rank: the newer program, more votes, the smaller number.
pub(super) fn rank(all: &mut [Candidate]) {
    let key = |of: &Candidate| {
        let votes = own(of).saturating_add(delegated(of));
        (of.status != 0, u32::MAX - (of.version >> 8), u128::MAX - votes, of.id)
    };
    all.sort_by_key(key);
}

/// A line of a list.
pub(super) fn line(of: &Candidate, rank: Option<usize>, seat: Seat) -> Facts {
    let place = rank.map_or_else(|| "-".to_owned(), |rank| rank.to_string());
    Facts::default()
        .put("rank", place, rank.map(|rank| rank as u64))
        .text("name", &of.description.name)
        .text("node", of.node)
        .text("seat", seat.name())
        .amount("stake", own(of))
        .amount("delegated", delegated(of))
        .put("share", percent(of.share), of.share)
        .put("status", status(of.status), of.status)
        .quiet("id", of.id)
        .quiet("delegations", of.delegations)
        .quiet("version", Version(of.version).to_string())
        .quiet("staker", of.staker.to_string())
        .quiet("since", of.since)
}

/// Everything.
pub(super) fn everything(of: &Candidate, seat: Seat, clock: &Clock) -> Facts {
    let texts = &of.description;
    let address = |address: alloy_primitives::Address| Address(address.into());
    let (staker, benefit) = (address(of.staker), address(of.benefit));
    let amount = |von: u128| Amount(U256::from(von));
    let next = match of.nextShare == of.share {
        true => String::new(),
        false => {
            format!("{} from {}", percent(of.nextShare), clock.when(clock.epoch.saturating_add(1)))
        }
    };
    let until = match of.until {
        0 => String::new(),
        until => format!("{} goes back with {}", amount(own(of)), clock.when(until)),
    };
    Facts::default()
        .number("id", of.id)
        .text("node", of.node)
        .text("name", &texts.name)
        .text("website", &texts.website)
        .text("details", &texts.details)
        .text("external_id", &texts.externalId)
        .text("seat", seat.name())
        .put("status", status(of.status), of.status)
        .text("version", Version(of.version))
        .put("since", format!("block {}", of.since), of.since)
        .put("staker", staker.to_checksum(), data(staker))
        .put("benefit", benefit.to_checksum(), data(benefit))
        .put("own_stake", purse(of.own.free, of.own.restricted), purse_json(&of.own))
        .put("fresh_stake", fresh(&of.fresh), purse_json(&of.fresh))
        .amount("delegated", of.delegated)
        .put("delegated_fresh", fresh_amount(of.delegatedFresh), of.delegatedFresh.to_string())
        .number("delegations", of.delegations)
        .put("share", percent(of.share), of.share)
        .put("next_share", next, of.nextShare)
        .put("share_set", format!("in epoch {}", of.shareSet), of.shareSet)
        .amount("delegators_earned", of.delegatorsEarned)
        .put("until", until, of.until)
        .text("vote_key", &of.voteKey)
        .text("vrf_key", of.vrfKey)
}

fn fresh(of: &Staking::Purse) -> String {
    match of.free.saturating_add(of.restricted) {
        0 => String::new(),
        _ => format!("{}, counts from the next epoch on", purse(of.free, of.restricted)),
    }
}

fn fresh_amount(von: u128) -> String {
    fresh(&Staking::Purse { free: von, restricted: 0 })
}
