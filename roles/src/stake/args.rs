//! What can be asked of `troupe stake`.

use super::create::CreateArgs;
use super::delegate::{DelegateArgs, SettleArgs, UndelegateArgs};
use super::edit::{EditArgs, IncreaseArgs, WithdrawArgs};
use super::list::{InfoArgs, ListArgs};
use super::plan::PlanCommand;
use super::rewards::RewardsArgs;
use super::{candidate, create, delegate, edit, list, plan, rewards};
use crate::exit::Outcome;
use crate::output::Report;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum StakeCommand {
    /// Makes an account the candidate of a node
    ///
    /// What shows that the keys are the node's is made by `troupe key register`, or from the key files here.
    #[command(
        after_help = "Example: troupe stake create --account 0 --registration 0x00 --amount 100000LAT --name alice\n\
                            Example: troupe stake create --from savings.json --node-key node-key.json \
                            --validator-key validator-key.json --amount 100000LAT --name alice --share 20 --dry-run"
    )]
    Create(Box<CreateArgs>),
    /// Changes who gets what a candidate earns, what delegators get, or what it says of itself: one of these at a time
    #[command(after_help = "Example: troupe stake edit \
                            0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060 --account 0 --share 12.5")]
    Edit(EditArgs),
    /// Stakes more for one's own candidate
    #[command(after_help = "Example: troupe stake increase \
                            0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060 500LAT --account 0")]
    Increase(IncreaseArgs),
    /// Leaves: what never served goes back at once, the rest when its freeze is over
    #[command(after_help = "Example: troupe stake withdraw \
                            0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060 --account 0 --dry-run")]
    Withdraw(WithdrawArgs),
    /// Delegates to a candidate
    #[command(after_help = "Example: troupe stake delegate \
                            0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060 1000LAT --account 1")]
    Delegate(DelegateArgs),
    /// Takes a delegation back, or a part of it
    #[command(after_help = "Example: troupe stake undelegate \
                            0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060 all --account 1")]
    Undelegate(UndelegateArgs),
    /// Pays out delegations that were taken back and are locked no more
    #[command(after_help = "Example: troupe stake redeem --account 1 --dry-run")]
    Redeem(SettleArgs),
    /// Shows what an account delegates, what that earned, and what is locked
    #[command(
        after_help = "Example: troupe stake rewards lat1xttekqy9ns7378cnv6a9h95snnym09nu4y59rm"
    )]
    Rewards(RewardsArgs),
    /// Pays what delegations have earned
    #[command(after_help = "Example: troupe stake claim --account 1")]
    Claim(SettleArgs),
    /// Shows validators, alternative validators and candidates in the order of their rank
    #[command(after_help = "Example: troupe stake list\n\
                            Example: troupe stake list --who validators --page 2 --size 20")]
    List(ListArgs),
    /// Shows everything about a candidate
    #[command(after_help = "Example: troupe stake info \
                            0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060")]
    Info(InfoArgs),
    /// Makes and shows restricting plans: LAT that are released settlement epoch by settlement epoch
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Plan {
        #[command(subcommand)]
        command: PlanCommand,
    },
}

/// Does what was asked of `troupe stake`.
pub(crate) fn run(command: &StakeCommand) -> Outcome<Report> {
    match command {
        StakeCommand::Create(args) => create::create(args),
        StakeCommand::Edit(args) => edit::edit(args),
        StakeCommand::Increase(args) => edit::increase(args),
        StakeCommand::Withdraw(args) => edit::withdraw(args),
        StakeCommand::Delegate(args) => delegate::delegate(args),
        StakeCommand::Undelegate(args) => delegate::undelegate(args),
        StakeCommand::Redeem(args) => delegate::redeem(args),
        StakeCommand::Rewards(args) => rewards::rewards(args),
        StakeCommand::Claim(args) => delegate::claim(args),
        StakeCommand::List(args) => list::list(args),
        StakeCommand::Info(args) => candidate::info(args),
        StakeCommand::Plan { command } => plan::run(command),
    }
}
