//! `cargo x ethereum-tests DIR`: Ethereum's public test files, run by `tests/conformance`.

use crate::step::{self, Step, conformance};
use anyhow::Result;

/// Runs the files below a folder; the words go to the runner as they are.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let mut line = vec!["--quiet", "--"];
    line.extend(words);
    let mut command = conformance("run", &line);
    // A report in JSON is for a program: nothing may stand around it.
    if words.contains(&"json") {
        let status = command.status()?;
        anyhow::ensure!(status.success(), "failures are in the report");
        return Ok(());
    }
    step::finish(&[Step::run("ethereum-tests", command)])
}
