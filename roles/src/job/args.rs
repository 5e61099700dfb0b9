//! The command.

use super::{Finished, Step, run_job, run_match};
use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use crate::progress;
use clap::{Args, Subcommand};
use std::fs;
use std::path::{Path, PathBuf};
use troupe_config::{Errors, Job, Order};

/// A job file is a page, not a book.
const LARGEST: u64 = 1 << 20;

#[derive(Debug, Subcommand)]
pub(crate) enum JobCommand {
    /// Runs a private computation and prints its results
    #[command(after_help = "Example: troupe job run examples/jobs/joint_statistics.toml\n\
                            Example: troupe job run examples/jobs/matching.toml\n\
                            Example: troupe --output json job run job.toml --dir .devnet")]
    Run(RunArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// What to compute, on whose data
    file: PathBuf,
    /// Directory of the development network to run it on
    #[arg(long, default_value = ".devnet", env = "TROUPE_DEVNET_DIR")]
    dir: PathBuf,
}

pub(crate) fn command(command: &JobCommand) -> Outcome<Report> {
    match command {
        JobCommand::Run(args) => run(args),
    }
}

fn run(args: &RunArgs) -> Outcome<Report> {
    let order = load(&args.file)?;
    let record = Record::read(&args.dir)?;
    troupe_runtime::run(async {
        match order {
            Order::Compute(job) => {
                let text = "questions in formulas and models are not run on a network yet";
                Err(Failure::about(ExitCode::BadFile, job.name, text))
            }
            Order::Statistics(job) => Ok(with_bar(&job, &record).await?.report()),
            Order::Matching(job) => {
                let bar = progress::bar(1_000);
                let outcome = run_match(&job, &record, |step| show(&bar, &step)).await;
                bar.finish_and_clear();
                Ok(outcome?.report())
            }
        }
    })
}

/// Reads a job file.
pub(crate) fn load(path: &Path) -> Outcome<Order> {
    let failed = |text: String| Failure::about(ExitCode::BadFile, path.display(), text);
    let size = fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
    if size > LARGEST {
        return Err(failed(format!("{size} bytes exceed {LARGEST}")));
    }
    let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    Order::load(&text).map_err(|errors| bad(&errors)).map_err(|mut failure| {
        for reason in &mut failure.reasons {
            reason.text = format!("{}: {}", path.display(), reason.text);
        }
        failure
    })
}

/// Reads the text of a job of statistics.
pub(crate) fn parse(text: &str) -> Outcome<Job> {
    Job::load(text).map_err(|errors| bad(&errors))
}

fn bad(errors: &Errors) -> Failure {
    let reasons = errors.to_string();
    let reasons =
        reasons.lines().map(|line| crate::exit::Reason { text: line.to_owned(), field: None });
    Failure::all(ExitCode::BadFile, reasons.collect())
}

/// Runs a job with a progress bar on the terminal.
pub(crate) async fn with_bar(job: &Job, record: &Record) -> Outcome<Finished> {
    let bar = progress::bar(1_000);
    let outcome = run_job(job, record, |step| show(&bar, &step)).await;
    bar.finish_and_clear();
    outcome
}

fn show(bar: &indicatif::ProgressBar, step: &Step) {
    match step {
        Step::Asking => bar.set_message("asking owners"),
        Step::Matching { what, done, sent } => {
            bar.set_position(*done);
            bar.set_message(format!("{what}, {} KiB sent", sent / 1024));
        }
        Step::Seating { parties } => bar.set_message(format!("seating {}", parties.join(", "))),
        Step::Contributing => bar.set_message("owners share their columns"),
        Step::Working { what, done, sent } => {
            bar.set_position(*done);
            bar.set_message(format!("{what}, {} KiB sent", sent / 1024));
        }
    }
}
