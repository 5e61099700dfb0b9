//! What can be asked of `troupe snapshot`.

use super::{create, read, restore};
use crate::exit::Outcome;
use crate::kept::KeptArgs;
use crate::output::Report;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use troupe_types::Hash;

#[derive(Debug, Subcommand)]
pub(crate) enum SnapshotCommand {
    /// Writes the state after a final block, with the proof that it is final
    ///
    /// Reads state files and log alone, so that the node may run meanwhile.
    #[command(after_help = "Example: troupe snapshot create state.snap --manifest node.toml\n\
                            Example: troupe snapshot create state.snap --dir data --height 120000")]
    Create(CreateArgs),
    /// Checks that a snapshot is of a final block of the chain, and whole
    ///
    /// Where stakes elect the validators, those of its block are known from its own state alone: without --trust it is
    /// said to be good in itself.
    #[command(after_help = "Example: troupe snapshot verify state.snap --genesis genesis.toml")]
    Verify(ReadArgs),
    /// Begins the chain of a new node with a snapshot
    ///
    /// Every piece is checked before it is taken. A run that was ended goes on where it was; the node must not run.
    /// Where stakes elect the validators, somebody has to say which block is the right one: see --trust.
    #[command(after_help = "Example: troupe snapshot restore state.snap --manifest node.toml\n\
                            Example: troupe snapshot restore state.snap --manifest node.toml \
                            --trust 0x5f3a0c4be2d19a6377f0815cd24e98ab3f6c1d7705b2e84a9c61d3f08b57e42a")]
    Restore(RestoreArgs),
    /// Says what a snapshot is of, unchecked
    #[command(after_help = "Example: troupe snapshot info state.snap\n\
                            Example: troupe --output json snapshot info state.snap")]
    Info(InfoArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// The file, which must not exist
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) kept: KeptArgs,
    /// The block; the last one that can be proven to others where nothing is said
    #[arg(long, value_name = "HEIGHT", env = "TROUPE_SNAPSHOT_HEIGHT")]
    pub(super) height: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct ReadArgs {
    /// The file
    pub(super) file: PathBuf,
    /// The hash of its block, from somebody who is trusted; eth_getBlockByNumber of his node tells it
    #[arg(long, value_name = "HASH", env = "TROUPE_SNAPSHOT_TRUST")]
    pub(super) trust: Option<Hash>,
    #[command(flatten)]
    pub(super) kept: KeptArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The file
    pub(super) file: PathBuf,
    /// The hash of its block, from somebody who is trusted; eth_getBlockByNumber of his node tells it
    #[arg(long, value_name = "HASH", env = "TROUPE_SNAPSHOT_TRUST")]
    pub(super) trust: Option<Hash>,
    #[command(flatten)]
    pub(super) kept: KeptArgs,
    /// The validator key of the manifest has never voted: with its log a validator loses what it has said
    #[arg(long, env = "TROUPE_SNAPSHOT_NEVER_VOTED")]
    pub(super) never_voted: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    /// The file
    pub(super) file: PathBuf,
}

/// Does what was asked of `troupe snapshot`.
pub(crate) fn run(command: &SnapshotCommand) -> Outcome<Report> {
    match command {
        SnapshotCommand::Create(args) => create::create(args),
        SnapshotCommand::Verify(args) => read::verify(args),
        SnapshotCommand::Restore(args) => restore::restore(args),
        SnapshotCommand::Info(args) => read::info(args),
    }
}
