//! What can be asked of `troupe blocks`.

use super::{export, import};
use crate::exit::Outcome;
use crate::kept::KeptArgs;
use crate::output::Report;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum BlocksCommand {
    /// Writes final blocks, each with the proof that it is, to a file
    ///
    /// Reads the log alone, so that the node may run meanwhile. The last one or two blocks cannot be proven to
    /// others before the next ones are final, and stay out.
    #[command(after_help = "Example: troupe blocks export blocks.bin --manifest node.toml\n\
                            Example: troupe blocks export - --dir data --from 1000 --to 2000 | gzip > blocks.gz")]
    Export(ExportArgs),
    /// Takes blocks from a file: checks that they are final, executes and keeps them
    ///
    /// The node must not run. Blocks that are there are passed over, so that a run that was ended goes on where it was.
    #[command(after_help = "Example: troupe blocks import blocks.bin --manifest node.toml\n\
                            Example: troupe blocks import - --dir data --genesis genesis.toml")]
    Import(ImportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The file, which must not exist; - for standard output
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) kept: KeptArgs,
    /// The first block; the lowest that is kept where nothing is said
    #[arg(long, value_name = "HEIGHT", env = "TROUPE_BLOCKS_FROM")]
    pub(super) from: Option<u64>,
    /// The last block
    #[arg(long, value_name = "HEIGHT", env = "TROUPE_BLOCKS_TO")]
    pub(super) to: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The file; - for standard input
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) kept: KeptArgs,
}

/// Does what was asked of `troupe blocks`.
pub(crate) fn run(command: &BlocksCommand) -> Outcome<Report> {
    match command {
        BlocksCommand::Export(args) => export::export(args),
        BlocksCommand::Import(args) => import::import(args),
    }
}
