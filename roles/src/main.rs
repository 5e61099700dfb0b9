//! The one binary: reads the command line, does what it says, and ends with a code that means something.
//!
//! `cli.rs` declares the commands, each command has a module of its own, and every one of them
//! returns a [`Report`](output::Report) or a [`Failure`]; printing and exit codes are
//! decided here once.

mod blocks;
#[cfg(test)]
#[path = "../../actors/rpc/tests/common/mod.rs"]
mod chain;
mod check;
mod cli;
mod cli_help;
mod cli_usage;
mod control;
mod data;
mod db;
mod demo;
mod devnet;
mod economy;
mod exit;
mod explain;
mod genesis;
mod gov;
mod http;
mod job;
mod kept;
mod key;
mod kinds;
mod load;
mod lock;
mod manifest;
mod memory;
mod node;
mod output;
mod plain;
mod progress;
mod rpc;
mod signer;
mod snapshot;
mod stake;
mod starts;
mod status;
mod tx;

use clap::Parser;
use clap::error::ErrorKind;
use exit::{ExitCode, Failure};
use output::Format;
use std::ffi::OsString;

fn main() -> std::process::ExitCode {
    memory::share_one_heap();
    let words: Vec<OsString> = std::env::args_os().collect();
    let command = || match cli::Cli::try_parse_from(&words) {
        Ok(cli) => run(cli),
        Err(error) => explain_usage(&words, &error),
    };
    // The panic itself has been printed by then; the code is as stable as all others.
    std::panic::catch_unwind(command).unwrap_or(ExitCode::Internal).into()
}

fn run(cli: cli::Cli) -> ExitCode {
    let cli::Cli { output, command } = cli;
    match cli::run(command, output) {
        Ok(report) => {
            output.print(&report);
            ExitCode::Ok
        }
        Err(failure) => fail(output, &failure),
    }
}

fn fail(output: Format, failure: &Failure) -> ExitCode {
    output.print_failure(failure);
    failure.code
}

/// Help and version were asked for; everything else is a mistake.
fn explain_usage(words: &[OsString], error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // A reader that went away is no failure.
            let _ = error.print();
            ExitCode::Ok
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            ExitCode::Usage
        }
        _ => fail(wanted_format(words), &cli_usage::failure(error)),
    }
}

/// The form of output that a command line asks for although it does not parse.
fn wanted_format(words: &[OsString]) -> Format {
    let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    let pair = words.windows(2).any(|pair| pair == ["--output", "json"]);
    let joined = words.contains(&"--output=json");
    let environment = std::env::var("TROUPE_OUTPUT").is_ok_and(|format| format == "json");
    if pair || joined || environment { Format::Json } else { Format::Text }
}
