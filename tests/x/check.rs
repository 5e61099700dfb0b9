//! `cargo x check`: everything to run before a push. Every step runs, whatever failed before it.

use crate::step::{self, Step, answers, cargo, conformance};
use anyhow::Result;
use std::process::Command;

pub(crate) fn run() -> Result<()> {
    let mut docs = cargo(&["doc", "--release", "--workspace", "--no-deps"]);
    docs.env("RUSTDOCFLAGS", "-D warnings");
    let steps = [
        Step::run("fmt", cargo(&["fmt", "--all", "--check"])),
        Step::run(
            "fmt of fuzz",
            cargo(&["fmt", "--manifest-path=tests/fuzz/Cargo.toml", "--check"]),
        ),
        Step::run("clippy", cargo(CLIPPY)),
        Step::run(
            "clippy of fuzz",
            cargo(&[
                "clippy",
                "--release",
                "--manifest-path=tests/fuzz/Cargo.toml",
                "--",
                "-D",
                "warnings",
            ]),
        ),
        Step::run("docs", docs),
        Step::run("tests", cargo(&["test", "--workspace", "--release"])),
        Step::run("clippy of conformance", conformance("clippy", STRICT)),
        Step::run("tests of conformance", conformance("test", &[])),
        Step::run(
            "features",
            cargo(&["test", "--release", "-p", "troupe-crypto", "--features=blst"]),
        ),
        where_installed("licences", cargo(&["deny", "--version"]), cargo(DENY), "cargo-deny"),
        where_installed("spelling", typos(&["--version"]), typos(&[]), "typos"),
    ];
    step::finish(&steps)
}

const STRICT: &[&str] = &["--all-targets", "--", "-D", "warnings"];
const CLIPPY: &[&str] =
    &["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"];
const DENY: &[&str] = &["deny", "--workspace", "check"];

fn typos(arguments: &[&str]) -> Command {
    let mut command = Command::new("typos");
    command.args(arguments).current_dir(step::root());
    command
}

fn where_installed(name: &str, probe: Command, command: Command, tool: &str) -> Step {
    if answers(probe) {
        Step::run(name, command)
    } else {
        Step::skip(name, format!("{tool} is not installed"))
    }
}
