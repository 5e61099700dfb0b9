//! `gov vote` and `gov unlock`.

use crate::economy::{ChangeArgs, Deed, Facts, Governance, Version, choice, returned, von};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use crate::tx::Amount;
use clap::{Args, ValueEnum};
use troupe_staking::contract::GOVERNANCE;
use troupe_types::{Hash, NodeId};

/// Who votes for what.
#[derive(Debug, Args)]
pub(crate) struct VoteArgs {
    /// The proposal
    proposal: Hash,
    /// For what
    choice: Choice,
    /// Vote for this alternative validator, with all that is staked with it
    #[arg(long, value_name = "NODE", env = "TROUPE_GOV_NODE")]
    node: Option<NodeId>,
    /// The version that this node runs; a vote for a newer program wants it
    #[arg(long, value_name = "VERSION", env = "TROUPE_GOV_RUNS")]
    runs: Option<Version>,
    /// Vote with so much of the balance too, which is locked until the vote is over
    #[arg(long, value_name = "AMOUNT", env = "TROUPE_GOV_LOCK")]
    lock: Option<Amount>,
    #[command(flatten)]
    change: ChangeArgs,
}

/// What is taken back.
#[derive(Debug, Args)]
pub(crate) struct UnlockArgs {
    /// The proposal
    proposal: Hash,
    #[command(flatten)]
    change: ChangeArgs,
}

/// What one votes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Choice {
    /// That it be done
    Yes,
    /// That it be not
    No,
    /// That others decide
    Abstain,
}

impl Choice {
    /// As contracts number it.
    const fn number(self) -> u8 {
        match self {
            Self::Yes => 1,
            Self::No => 2,
            Self::Abstain => 3,
        }
    }
}

/// Votes.
pub(super) fn vote(args: &VoteArgs) -> Outcome<Report> {
    let (id, number) = (args.proposal.0.into(), args.choice.number());
    let what = format!("vote {} on 0x{}", choice(number), args.proposal);
    let deed = match (args.node, args.lock) {
        (Some(node), None) => {
            let version = args.runs.map_or(0, |runs| runs.0);
            let what = format!("{what} for node 0x{node}");
            let node = node.0.into();
            let call = Governance::voteAsNodeCall { node, id, choice: number, version };
            Deed::new(GOVERNANCE, &call, what)
        }
        (None, lock) => {
            let amount = lock.unwrap_or(Amount(alloy_primitives::U256::ZERO));
            let locked = von("--lock", amount)?;
            let what = format!("{what} with {amount} that are locked, and what is delegated");
            let call = Governance::voteAsHolderCall { id, choice: number };
            Deed::new(GOVERNANCE, &call, what).paying(locked)
        }
        (Some(_), Some(_)) => {
            let text = "got --node too: a node votes with its stake";
            return Err(Failure::about(ExitCode::Usage, "--lock", text));
        }
    };
    let hand = args.change.hand()?;
    troupe_runtime::run(hand.carry_out(deed))
}

/// Takes back.
pub(super) fn unlock(args: &UnlockArgs) -> Outcome<Report> {
    let hand = args.change.hand()?;
    let what = format!("take back what was locked for 0x{}", args.proposal);
    let call = Governance::unlockCall { id: args.proposal.0.into() };
    let deed = Deed::new(GOVERNANCE, &call, what).giving(|bytes| {
        let amount = returned::<Governance::unlockCall>(bytes).ok()?;
        Some(Facts::default().amount("unlocked", amount))
    });
    troupe_runtime::run(hand.carry_out(deed))
}
