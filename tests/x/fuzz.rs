//! `cargo x fuzz`: builds the targets of `tests/fuzz` with coverage and the address sanitizer, and
//! runs them one after the other.
//!
//! The flags are those of cargo-fuzz, which works as well (`cargo +nightly fuzz run --fuzz-dir
//! tests/fuzz <target>`) but for [`ON_OTHER_STACKS`], and need not be installed.

use crate::step::{self, Step, answers};
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

const FLAGS: &[&str] = &[
    "--cfg=fuzzing",
    "-Zsanitizer=address",
    "-Ccodegen-units=1",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// The target that runs contracts. They have stacks of their own and leave them at once when they trap: what the
/// sanitizer marks on stacks is stale then, and it reports overflows that are none (so it says itself). It
/// is built by itself, with [`NO_STACKS`]; every other target has stacks watched as well.
const ON_OTHER_STACKS: &str = "wasm_check";
const NO_STACKS: &str = "-Cllvm-args=-asan-stack=0";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    target: Option<String>,
    seconds: u32,
}

impl Request {
    fn parse(words: &[&str]) -> Result<Self> {
        let mut request = Self { target: None, seconds: 30 };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if *word == "--seconds" {
                let number = words.next().context("--seconds wants a number")?;
                request.seconds =
                    number.parse().with_context(|| format!("--seconds got `{number}`"))?;
            } else if word.starts_with('-') || request.target.is_some() {
                bail!("`{word}` is not understood; usage: cargo x fuzz [target] [--seconds N]");
            } else {
                request.target = Some((*word).to_owned());
            }
        }
        // Zero would mean for ever to libFuzzer.
        if request.seconds == 0 {
            bail!("--seconds got 0, wants at least 1");
        }
        Ok(request)
    }
}

fn folder() -> PathBuf {
    step::root().join("tests/fuzz")
}

/// The names of all targets, sorted.
fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder().join("targets"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

fn nightly(program: &str) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", program]).current_dir(step::root());
    command
}

/// The platform that nightly builds for; named to cargo, so that build scripts stay uninstrumented.
fn host() -> Result<String> {
    let output = nightly("rustc").arg("-vV").output()?;
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.context("rustc names no host")?.to_owned())
}

/// Where a target is built: other flags would have everything built again.
fn built(target: &str) -> PathBuf {
    let name = if target == ON_OTHER_STACKS { "target/no-stacks" } else { "target" };
    folder().join(name)
}

/// Builds targets that are built alike.
fn build(host: &str, targets: &[String]) -> Option<Command> {
    let first = targets.first()?;
    let mut flags = FLAGS.to_vec();
    if first == ON_OTHER_STACKS {
        flags.push(NO_STACKS);
    }
    let mut command = nightly("cargo");
    command.args(["build", "--release", "--manifest-path=tests/fuzz/Cargo.toml", "--target", host]);
    command.arg("--target-dir").arg(built(first));
    for target in targets {
        command.args(["--bin", target]);
    }
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    Some(command)
}

fn fuzz(host: &str, target: &str, seconds: u32) -> Result<Command> {
    let folder = folder();
    let corpus = folder.join("corpus").join(target);
    let artifacts = folder.join("artifacts").join(target);
    std::fs::create_dir_all(&corpus)?;
    std::fs::create_dir_all(&artifacts)?;
    let mut prefix = OsString::from("-artifact_prefix=");
    prefix.push(artifacts.join(""));
    let mut command = Command::new(built(target).join(host).join("release").join(target));
    command.current_dir(step::root()).arg(prefix).arg(format!("-max_total_time={seconds}"));
    // What a reader needs is bounded: a gigabyte or ten seconds for one input is a finding.
    command.args(["-rss_limit_mb=1024", "-timeout=10", "-verbosity=0", "-print_final_stats=1"]);
    // New inputs go to the first folder; the second holds the ones that are tracked.
    command.arg(corpus);
    let seeds = folder.join("seeds").join(target);
    if seeds.is_dir() {
        command.arg(seeds);
    }
    Ok(command)
}

/// Runs one target or all of them.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let request = Request::parse(words)?;
    let all = targets()?;
    let chosen: Vec<String> = match &request.target {
        Some(name) if all.contains(name) => vec![name.clone()],
        Some(name) => bail!("`{name}` is no target; there are {}", all.join(", ")),
        None => all,
    };
    let mut probe = nightly("rustc");
    probe.arg("-V");
    if !answers(probe) {
        bail!("fuzzing needs a nightly toolchain (rustup toolchain install nightly); none answers");
    }
    let host = host()?;
    let (apart, together): (Vec<String>, Vec<String>) =
        chosen.iter().cloned().partition(|target| target == ON_OTHER_STACKS);
    let mut steps = Vec::new();
    for (name, targets) in [("build", together), ("build without stacks", apart)] {
        let Some(command) = build(&host, &targets) else { continue };
        steps.push(Step::run(name, command));
        if !steps.iter().all(Step::passed) {
            return step::finish(&steps);
        }
    }
    for target in &chosen {
        steps.push(Step::run(target.clone(), fuzz(&host, target, request.seconds)?));
    }
    step::finish(&steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_and_a_time_come_in_any_order() {
        let want = Request { target: Some("a".to_owned()), seconds: 5 };
        assert_eq!(Request::parse(&["a", "--seconds", "5"]).unwrap(), want);
        assert_eq!(Request::parse(&["--seconds", "5", "a"]).unwrap(), want);
        assert_eq!(Request::parse(&[]).unwrap(), Request { target: None, seconds: 30 });
    }

    #[test]
    fn a_wrong_request_says_what_is_wrong() {
        for (words, says) in [
            (&["--seconds"][..], "wants a number"),
            (&["--seconds", "x"][..], "got `x`"),
            (&["--seconds", "0"][..], "got 0"),
            (&["a", "b"][..], "`b` is not understood"),
            (&["--runs"][..], "`--runs` is not understood"),
        ] {
            let error = Request::parse(words).expect_err("refused").to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn every_target_of_the_folder_is_found() {
        let targets = targets().expect("the folder is there");
        for known in ["wire_collections", ON_OTHER_STACKS] {
            assert!(targets.iter().any(|name| name == known), "{targets:?}");
        }
    }
}
