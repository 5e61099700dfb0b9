//! `cargo x`: the named commands of this repository.
//!
//! It depends on none of the project's crates, so that it builds in a second and works in a broken
//! tree. Each command is a file.

mod bench;
mod check;
mod ethereum_tests;
mod fuzz;
mod new_actor;
mod platon_contracts;
mod step;
mod wasm_tests;

use anyhow::{Result, bail};
use std::process::ExitCode;

const HELP: &str = "\
cargo x <command>

  check                        fmt, clippy, docs, tests, features, licences, spelling; what CI runs and more
  bench [name [words]]         runs the benchmarks, or one of them with words of its own
  fuzz [target] [--seconds N]  runs the fuzz targets, or one of them, N seconds each (30)
  ethereum-tests DIR [words]   runs Ethereum's test files in DIR; --help says more
  wasm-tests DIR               runs the test-suite of WebAssembly, whose .wast files are in DIR
  platon-contracts DIR         runs contracts that PlatON's compilers made, whose files are in DIR
  new-actor <kind>             writes the file of an actor kind and its lines in the list of kinds";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    match words {
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        ["check"] => check::run(),
        ["bench", rest @ ..] => bench::run(rest),
        ["fuzz", rest @ ..] => fuzz::run(rest),
        ["ethereum-tests", rest @ ..] => ethereum_tests::run(rest),
        ["wasm-tests", folder] => wasm_tests::run(folder),
        ["platon-contracts", folder] => platon_contracts::run(folder),
        ["new-actor", kind] => new_actor::run(kind),
        other => bail!("`{}` is no command\n\n{HELP}", other.join(" ")),
    }
}
