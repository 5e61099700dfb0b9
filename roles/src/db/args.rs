//! What can be asked of `troupe db`.

use super::{check, info};
use crate::exit::Outcome;
use crate::kept::KeptArgs;
use crate::output::Report;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum DbCommand {
    /// Checks log, blocks, proofs of finality, state files and index of a node, and changes nothing
    ///
    /// Says what the next start of the node would do. Beside a running node everything is checked but the index,
    /// which only one process can open.
    #[command(after_help = "Example: troupe db check --manifest node.toml\n\
                            Example: troupe --output json db check --dir data --genesis genesis.toml --full")]
    Check(CheckArgs),
    /// Says how much a node keeps, from which block to which
    #[command(after_help = "Example: troupe db info --manifest node.toml\n\
                            Example: troupe --output json db info --dir data")]
    Info(InfoArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(super) kept: KeptArgs,
    /// Compares the whole index and not one value in 64
    #[arg(long, env = "TROUPE_DB_FULL")]
    pub(super) full: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    #[command(flatten)]
    pub(super) kept: KeptArgs,
}

/// Does what was asked of `troupe db`.
pub(crate) fn run(command: &DbCommand) -> Outcome<Report> {
    match command {
        DbCommand::Check(args) => check::check(args),
        DbCommand::Info(args) => info::info(args),
    }
}
