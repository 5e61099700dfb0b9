//! What can be asked of `troupe gov`.

use super::declare::DeclareArgs;
use super::list::{ListArgs, ShowArgs, TallyArgs};
use super::params::ParamsArgs;
use super::submit::SubmitCommand;
use super::vote::{UnlockArgs, VoteArgs};
use super::{declare, list, params, submit, vote};
use crate::exit::Outcome;
use crate::output::Report;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum GovCommand {
    /// Proposes something, by the account that staked for an alternative validator
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Submit {
        #[command(subcommand)]
        command: SubmitCommand,
    },
    /// Votes: for an alternative validator, or with what an account delegates and locks
    #[command(after_help = "Example: troupe gov vote \
                            0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060 yes --lock 1000LAT --account 0\n\
                            Example: troupe gov vote \
                            0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060 no --from staker.json \
                            --node 0x81e6e0c2e4b0d7a8d5d3a2f1908f7e6d5c4b3a29181706f5e4d3c2b1a0998877")]
    Vote(VoteArgs),
    /// Takes back what was locked for a vote that is over
    #[command(after_help = "Example: troupe gov unlock \
                            0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060 --account 0")]
    Unlock(UnlockArgs),
    /// Shows proposals, the oldest first, and which version is in force
    #[command(after_help = "Example: troupe gov list\nExample: troupe gov list --after 100")]
    List(ListArgs),
    /// Shows a proposal and its votes
    #[command(after_help = "Example: troupe gov show \
                            0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060")]
    Show(ShowArgs),
    /// Counts the votes on a proposal as they are now
    #[command(after_help = "Example: troupe gov tally \
                            0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060")]
    Tally(TallyArgs),
    /// Shows what proposals may change, how far, and what changed it
    #[command(after_help = "Example: troupe gov params\nExample: troupe gov params staking")]
    Params(ParamsArgs),
    /// Says which version the node of a candidate runs
    #[command(after_help = "Example: troupe gov declare \
                            0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060 1.0.0 --account 0")]
    Declare(DeclareArgs),
}

/// Does what was asked of `troupe gov`.
pub(crate) fn run(command: &GovCommand) -> Outcome<Report> {
    match command {
        GovCommand::Submit { command } => submit::run(command),
        GovCommand::Vote(args) => vote::vote(args),
        GovCommand::Unlock(args) => vote::unlock(args),
        GovCommand::List(args) => list::list(args),
        GovCommand::Show(args) => list::show(args),
        GovCommand::Tally(args) => list::tally(args),
        GovCommand::Params(args) => params::params(args),
        GovCommand::Declare(args) => declare::declare(args),
    }
}
