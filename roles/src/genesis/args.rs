//! What can be asked of `troupe genesis`.

use super::{check, make};
use crate::exit::Outcome;
use crate::output::Report;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use troupe_config::Moment;

#[derive(Debug, Subcommand)]
pub(crate) enum GenesisCommand {
    /// Makes the network file of a new chain
    ///
    /// A draft says what the flags do not; what both say, the flags decide. Every validator gives its
    /// node id, its key for votes with the proof that it holds the secret, the process's key for random
    /// words, and the address that its fees go to: `troupe key new` prints them.
    #[command(after_help = "Example: troupe genesis new --from draft.toml --to genesis.toml\n\
                            Example: troupe genesis new --chain-id 77 --from draft.toml")]
    New(NewArgs),
    /// Says whether a network file is good, and which chain it begins
    #[command(after_help = "Example: troupe genesis check genesis.toml\n\
                            Example: troupe --output json genesis check genesis.toml")]
    Check(CheckArgs),
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// A network file whose time and validators may be missing; without it, that of development networks
    #[arg(long, value_name = "FILE", env = "TROUPE_GENESIS_FROM")]
    pub(super) from: Option<PathBuf>,
    /// The number that transactions sign
    #[arg(long, value_name = "NUMBER", env = "TROUPE_GENESIS_CHAIN_ID")]
    pub(super) chain_id: Option<u64>,
    /// When the chain begins, such as 2026-11-20T12:00:00Z; now where nothing says it
    #[arg(long, value_name = "TIME", env = "TROUPE_GENESIS_TIME")]
    pub(super) time: Option<Moment>,
    /// A validator of the first set, can be repeated; these replace the draft's
    #[arg(
        long,
        value_name = "NODE_ID:KEY:PROOF:VRF:ADDRESS",
        env = "TROUPE_GENESIS_VALIDATORS",
        value_delimiter = ','
    )]
    pub(super) validator: Vec<make::Candidate>,
    /// An account and what it has, can be repeated, such as lat1...=1000 LAT; these join the draft's
    #[arg(
        long,
        value_name = "ADDRESS=AMOUNT",
        env = "TROUPE_GENESIS_ACCOUNTS",
        value_delimiter = ','
    )]
    pub(super) account: Vec<make::Funded>,
    /// Where the file goes; one that exists is never replaced. Without it, standard output
    #[arg(long, value_name = "FILE", env = "TROUPE_GENESIS_TO")]
    pub(super) to: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The network file
    pub(super) file: PathBuf,
}

/// Does what was asked of `troupe genesis`.
pub(crate) fn run(command: &GenesisCommand) -> Outcome<Report> {
    match command {
        GenesisCommand::New(args) => make::make(args),
        GenesisCommand::Check(args) => check::check(args),
    }
}
