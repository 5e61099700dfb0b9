//! A command that runs as one step of several, timed.

use anyhow::{Result, bail};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How a step ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed,
    /// It was not run, for this reason.
    Skipped(String),
}

/// One line of the final table.
#[derive(Debug)]
pub(crate) struct Step {
    name: String,
    outcome: Outcome,
    took: Duration,
}

/// `cargo` at the root of the repository.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// `cargo` on `tests/conformance`, a workspace of its own, with the build folder of all.
pub(crate) fn conformance(what: &str, arguments: &[&str]) -> Command {
    let mut command = cargo(&[what, "--release", "--manifest-path=tests/conformance/Cargo.toml"]);
    command.args(arguments);
    if std::env::var_os("CARGO_TARGET_DIR").is_none() {
        command.env("CARGO_TARGET_DIR", root().join("target"));
    }
    command
}

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("tests/x lies two folders below the root")
}

/// Whether a tool answers at all.
pub(crate) fn answers(mut command: Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

impl Step {
    /// Runs the command; its output goes straight to the terminal.
    pub(crate) fn run(name: impl Into<String>, mut command: Command) -> Self {
        let name = name.into();
        println!("\n== {name}");
        let start = Instant::now();
        let passed = match command.status() {
            Ok(status) => status.success(),
            Err(error) => {
                eprintln!("{}: {error}", command.get_program().display());
                false
            }
        };
        let outcome = if passed { Outcome::Passed } else { Outcome::Failed };
        Self { name, outcome, took: start.elapsed() }
    }

    /// Says why the step is not run.
    pub(crate) fn skip(name: &str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        println!("\n== {name}\nskipped: {reason}");
        Self { name: name.to_owned(), outcome: Outcome::Skipped(reason), took: Duration::ZERO }
    }

    /// Whether it ran and succeeded.
    pub(crate) fn passed(&self) -> bool {
        self.outcome == Outcome::Passed
    }
}

/// Prints the table; fails with the names of all steps that failed.
pub(crate) fn finish(steps: &[Step]) -> Result<()> {
    println!("\n{}", table(steps));
    let failed = failed(steps);
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn failed(steps: &[Step]) -> Vec<&str> {
    let failed = steps.iter().filter(|step| step.outcome == Outcome::Failed);
    failed.map(|step| step.name.as_str()).collect()
}

fn table(steps: &[Step]) -> String {
    let width = steps.iter().map(|step| step.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for step in steps {
        let seconds = step.took.as_secs_f64();
        let line = match &step.outcome {
            Outcome::Passed => format!("{:width$}  passed   {seconds:7.1} s\n", step.name),
            Outcome::Failed => format!("{:width$}  FAILED   {seconds:7.1} s\n", step.name),
            Outcome::Skipped(reason) => format!("{:width$}  skipped  {reason}\n", step.name),
        };
        text.push_str(&line);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_fails_or_does_not_start_is_named_and_the_others_still_run() {
        let steps = [
            Step::run("good", cargo(&["--version"])),
            Step::run("bad", cargo(&["no-such-command"])),
            Step::run("absent", Command::new("no-such-program")),
            Step::skip("left out", "not installed"),
        ];
        let error = finish(&steps).expect_err("two of them failed");
        assert_eq!(error.to_string(), "failed: bad, absent");
        let table = table(&steps);
        let lines: Vec<&str> = table.lines().collect();
        assert!(lines[0].starts_with("good      passed "), "{table}");
        assert!(lines[1].starts_with("bad       FAILED "), "{table}");
        assert_eq!(lines[3], "left out  skipped  not installed");
        assert!(finish(&steps[..1]).is_ok());
    }
}
