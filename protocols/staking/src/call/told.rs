//! What was told, as logs.

use super::abi::{DelegateReward, Governance, Restricting, Staking};
use crate::contract::{DELEGATE_REWARD, GOVERNANCE, RESTRICTING, STAKING};
use crate::{Event, governance, restricting, stake};
use alloy_primitives::LogData;
use alloy_sol_types::SolEvent;
use troupe_records::Told;

/// An event as a log.
#[must_use]
pub fn log_of(event: &Event) -> Told {
    let (contract, log) = match event {
        Event::Stake(stake::Event::Claimed { delegator, node, amount }) => {
            let (delegator, node) = (delegator.0.into(), node.0.into());
            let event = DelegateReward::Claimed { delegator, node, amount: *amount };
            (DELEGATE_REWARD, event.encode_log_data())
        }
        Event::Stake(event) => (STAKING, of_stakes(event)),
        Event::Restricting(event) => (RESTRICTING, of_plans(event)),
        Event::Governance(event) => (GOVERNANCE, of_governance(event)),
    };
    Told::new(contract, log)
}

macro_rules! told {
    ($($event:ty),+) => {
        $(impl From<$event> for Told {
            fn from(event: $event) -> Self {
                log_of(&event.into())
            }
        })+
    };
}

told!(stake::Event, restricting::Event, governance::Event);

fn of_stakes(event: &stake::Event) -> LogData {
    use stake::Event as E;
    match event {
        E::Created { id, node, staker, amount } => Staking::Created {
            id: id.0,
            node: node.0.into(),
            staker: staker.0.into(),
            free: amount.free,
            restricted: amount.restricted,
        }
        .encode_log_data(),
        E::Edited { node } => Staking::Edited { node: node.0.into() }.encode_log_data(),
        E::Increased { node, amount } => Staking::Increased {
            node: node.0.into(),
            free: amount.free,
            restricted: amount.restricted,
        }
        .encode_log_data(),
        E::Withdrawn { node, returned, until } => Staking::Withdrawn {
            node: node.0.into(),
            free: returned.free,
            restricted: returned.restricted,
            until: *until,
        }
        .encode_log_data(),
        E::Delegated { delegator, node, amount } => Staking::Delegated {
            delegator: delegator.0.into(),
            node: node.0.into(),
            free: amount.free,
            restricted: amount.restricted,
        }
        .encode_log_data(),
        E::Undelegated { delegator, node, returned, locked, until, earned } => {
            Staking::Undelegated {
                delegator: delegator.0.into(),
                node: node.0.into(),
                free: returned.free,
                restricted: returned.restricted,
                lockedFree: locked.free,
                lockedRestricted: locked.restricted,
                until: *until,
                earned: *earned,
            }
            .encode_log_data()
        }
        E::Redeemed { delegator, amount } => Staking::Redeemed {
            delegator: delegator.0.into(),
            free: amount.free,
            restricted: amount.restricted,
        }
        .encode_log_data(),
        E::Claimed { delegator, node, amount } => DelegateReward::Claimed {
            delegator: delegator.0.into(),
            node: node.0.into(),
            amount: *amount,
        }
        .encode_log_data(),
    }
}

fn of_plans(event: &restricting::Event) -> LogData {
    use restricting::Event as E;
    match event {
        E::Created { from, account, amount } => Restricting::PlanCreated {
            from: from.0.into(),
            account: account.0.into(),
            amount: *amount,
        }
        .encode_log_data(),
        E::Released { account, period, amount } => {
            Restricting::Released { account: account.0.into(), epoch: *period, amount: *amount }
                .encode_log_data()
        }
        E::Paid { account, amount, owed } => {
            Restricting::Paid { account: account.0.into(), amount: *amount, owed: *owed }
                .encode_log_data()
        }
    }
}

fn of_governance(event: &governance::Event) -> LogData {
    use governance::Event as E;
    match event {
        E::Submitted { id, node } => {
            Governance::Submitted { id: id.0.into(), node: node.0.into() }.encode_log_data()
        }
        E::NodeVoted { id, node, choice } => {
            Governance::NodeVoted { id: id.0.into(), node: node.0.into(), choice: *choice as u8 }
                .encode_log_data()
        }
        E::HolderVoted { id, holder, choice, locked, delegated } => Governance::HolderVoted {
            id: id.0.into(),
            holder: holder.0.into(),
            choice: *choice as u8,
            locked: *locked,
            delegated: *delegated,
        }
        .encode_log_data(),
        E::Unlocked { id, holder, amount } => {
            Governance::Unlocked { id: id.0.into(), holder: holder.0.into(), amount: *amount }
                .encode_log_data()
        }
        E::Ended { id, state, tally } => Governance::Ended {
            id: id.0.into(),
            state: *state as u8,
            yes: tally.yes,
            no: tally.no,
            abstain: tally.abstain,
            eligible: tally.eligible,
        }
        .encode_log_data(),
        E::Declared { node, version } => {
            Governance::Declared { node: node.0.into(), version: *version }.encode_log_data()
        }
        E::Activated { version, from } => {
            Governance::Activated { version: *version, fromRound: from.0 }.encode_log_data()
        }
    }
}
