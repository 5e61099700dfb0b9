//! The command line: what can be asked for. What is done about it is in the module of each command.

use crate::blocks::{self, BlocksCommand};
use crate::check::check;
use crate::cli_help;
use crate::data::{self, DataCommand};
use crate::db::{self, DbCommand};
use crate::demo::{self, DemoArgs};
use crate::devnet::{self, DevnetArgs};
use crate::exit::Outcome;
use crate::explain::explain;
use crate::genesis::{self, GenesisCommand};
use crate::gov::{self, GovCommand};
use crate::job::{self, JobCommand};
use crate::key::{self, KeyCommand};
use crate::load::{self, LoadArgs};
use crate::manifest::{OverrideArgs, Source};
use crate::node::{self, NodeArgs};
use crate::output::{Format, Report};
use crate::signer::{self, SignerArgs};
use crate::snapshot::{self, SnapshotCommand};
use crate::stake::{self, StakeCommand};
use crate::status::{self, StatusArgs};
use crate::tx::{self, TxCommand};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

/// A network of actors for privacy-preserving computation, in one binary.
#[derive(Debug, Parser)]
#[command(
    name = "troupe",
    version,
    disable_help_subcommand = true,
    after_help = "Exit codes: troupe help exit-codes\n\
                  Values: flag before environment before file before default"
)]
pub(crate) struct Cli {
    /// For people, or one JSON document for programs
    #[arg(long, global = true, value_enum, default_value_t, env = "TROUPE_OUTPUT")]
    pub(crate) output: Format,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Starts a whole network on this machine, one process a node
    Devnet(DevnetArgs),
    /// Shows a private computation on real data, from start to end
    Demo(DemoArgs),
    /// Runs one process, or checks and explains what it would be
    #[command(
        args_conflicts_with_subcommands = true,
        after_help = "SIGTERM and SIGINT drain; SIGHUP reads process.log of the manifest again.\n\n\
            Example: troupe node --manifest node.toml --password-file password"
    )]
    Node {
        #[command(flatten)]
        args: Box<NodeArgs>,
        #[command(subcommand)]
        command: Option<NodeCommand>,
    },
    /// Adds, lists and removes what a data node of one's own offers
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Data {
        #[command(subcommand)]
        command: DataCommand,
    },
    /// Asks for private computations
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Job {
        #[command(subcommand)]
        command: JobCommand,
    },
    /// Makes and checks what a chain begins with
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Genesis {
        #[command(subcommand)]
        command: GenesisCommand,
    },
    /// Sends transactions and looks after them
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Tx {
        #[command(subcommand)]
        command: TxCommand,
    },
    /// Stakes, delegates, and shows who validates
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Stake {
        #[command(subcommand)]
        command: StakeCommand,
    },
    /// Proposes, votes, and shows what may be changed
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Gov {
        #[command(subcommand)]
        command: GovCommand,
    },
    /// Sends many transfers and measures what becomes of them
    Load(LoadArgs),
    /// Shows a running network on one screen
    Status(StatusArgs),
    /// Makes and keeps encrypted keys
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Signs for a validator in a process of its own, which remembers what it signed
    ///
    /// The node has no key then. The section chain of its manifest says where the signer is: signer, signer_id and vote_key.
    #[command(
        after_help = "SIGTERM and SIGINT end it, once what is asked already is answered.\n\n\
            Example: troupe signer --key validator-key.json --node-key signer-key.json --dir signer --listen 10.0.0.9:9146 \
            --allow 3f0c9a51e7d2648b90ac35f1be7748d2c6193ea05b7fd814629ce0a7315bd8f4 --password-file password"
    )]
    Signer(SignerArgs),
    /// Looks at what a node keeps
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Db {
        #[command(subcommand)]
        command: DbCommand,
    },
    /// Carries final blocks from one node to another
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Blocks {
        #[command(subcommand)]
        command: BlocksCommand,
    },
    /// Carries the state after a final block from one node to another
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Snapshot {
        #[command(subcommand)]
        command: SnapshotCommand,
    },
    /// Prints a completion script
    #[command(
        after_help = "Example: troupe completions bash > ~/.local/share/bash-completion/completions/troupe"
    )]
    Completions {
        /// The shell to complete for
        shell: Shell,
    },
    /// Prints the manual page
    #[command(after_help = "Example: troupe man | man -l -")]
    Man,
    /// Prints help for a command, or a page: exit-codes
    #[command(after_help = "Example: troupe help exit-codes\nExample: troupe help key new")]
    Help {
        /// A command such as `key new`, or `exit-codes`
        topic: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum NodeCommand {
    /// Says whether a manifest is good, without starting anything
    #[command(after_help = "Example: troupe node check node.toml\n\
                            Example: troupe node check --role compute --set process.drain=5s")]
    Check(ManifestArgs),
    /// Prints tree, threads, ports, services, memory bound and every setting of a manifest
    #[command(after_help = "Example: troupe node explain node.toml\n\
                            Example: troupe --output json node explain --role all")]
    Explain(ManifestArgs),
}

/// Which manifest, and what to lay over it.
#[derive(Debug, Args)]
pub(crate) struct ManifestArgs {
    /// The manifest, or - for standard input
    file: Option<PathBuf>,
    /// One of the shipped roles instead of a file [env: TROUPE_ROLE]
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
    #[command(flatten)]
    over: OverrideArgs,
}

impl ManifestArgs {
    fn load(&self) -> Outcome<crate::manifest::Found> {
        Source::choose(self.file.as_deref(), self.role.as_deref())?.load(&self.over)
    }
}

/// Does what was asked for.
pub(crate) fn run(command: Command, format: Format) -> Outcome<Report> {
    match command {
        Command::Devnet(args) => devnet::run(&args),
        Command::Demo(args) => demo::run(&args, format),
        Command::Node { args, command: None } => node::run(&args),
        Command::Node { command: Some(NodeCommand::Check(args)), .. } => check(&args.load()?),
        Command::Node { command: Some(NodeCommand::Explain(args)), .. } => explain(&args.load()?),
        Command::Job { command } => job::command(&command),
        Command::Data { command } => data::command(&command),
        Command::Genesis { command } => genesis::run(&command),
        Command::Tx { command } => tx::run(&command),
        Command::Stake { command } => stake::run(&command),
        Command::Gov { command } => gov::run(&command),
        Command::Load(args) => load::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Signer(args) => signer::run(&args),
        Command::Key { command } => key::run(command),
        Command::Db { command } => db::run(&command),
        Command::Blocks { command } => blocks::run(&command),
        Command::Snapshot { command } => snapshot::run(&command),
        Command::Completions { shell } => cli_help::completions(shell),
        Command::Man => cli_help::man(),
        Command::Help { topic } => cli_help::help(&topic),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn each(command: &clap::Command, path: &str, visit: &mut impl FnMut(&str, &clap::Command)) {
        visit(path, command);
        for inner in command.get_subcommands() {
            each(inner, &format!("{path} {}", inner.get_name()), visit);
        }
    }

    #[test]
    fn the_declaration_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example_and_every_flag_an_environment_name() {
        each(&Cli::command(), "troupe", &mut |path, command| {
            if command.has_subcommands() {
                return;
            }
            let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(after.contains("Example: troupe"), "{path} has no example");
            for arg in command.get_arguments().filter(|arg| arg.get_long().is_some()) {
                let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string);
                let told = help.is_some_and(|help| help.contains("[env: TROUPE_"));
                let name = arg.get_env().and_then(|name| name.to_str());
                let named = name.is_some_and(|name| name.starts_with("TROUPE_"));
                assert!(told || named || arg.get_id() == "help", "{path} --{}", arg.get_id());
            }
        });
    }

    #[test]
    fn examples_in_help_parse() {
        each(&Cli::command(), "troupe", &mut |path, command| {
            let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for line in after.lines().filter_map(|line| line.strip_prefix("Example: ")) {
                let words = line.split(['|', '>']).next().unwrap_or_default().split_whitespace();
                if let Err(error) = Cli::try_parse_from(words) {
                    panic!("{path}: {line}: {error}");
                }
            }
        });
    }
}
