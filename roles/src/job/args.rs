//! The command.

use super::chain::Chain;
use super::{Finished, Step, explain, list, model, run_job, run_match};
use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::key::{self, PasswordArgs};
use crate::output::Report;
use crate::progress;
use crate::tx::dev_account;
use clap::{Args, Subcommand};
use std::fs;
use std::path::{Path, PathBuf};
use troupe_chain::transaction::Signer;
use troupe_config::{ComputeJob, Errors, Order};

/// A job file is a page, not a book.
const LARGEST: u64 = 1 << 20;

#[derive(Debug, Subcommand)]
pub(crate) enum JobCommand {
    /// Runs a private computation and prints its results
    #[command(after_help = "Example: troupe job run examples/jobs/joint_statistics.toml\n\
                            Example: troupe job run examples/jobs/matching.toml\n\
                            Example: troupe --output json job run job.toml --dir .devnet")]
    Run(RunArgs),
    /// Says what a job would show to whom, what it costs and how far results can be off; nothing is computed
    #[command(after_help = "Example: troupe job explain examples/jobs/joint_statistics.toml")]
    Explain(ExplainArgs),
    /// Lists the tasks of an account on the chain, or of everybody
    #[command(
        after_help = "Example: troupe job list\nExample: troupe job list --all --output json"
    )]
    List(ListArgs),
    /// Says how far a task is, or how it ended
    #[command(after_help = "Example: troupe job status 1")]
    Status(OneArgs),
    /// Takes a task back before all owners of its data have agreed; the deposit is refunded
    #[command(after_help = "Example: troupe job cancel 1")]
    Cancel(OneArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// What would be computed, on whose data
    file: PathBuf,
    /// Directory of the development network whose owners are asked what they hold
    #[arg(long, default_value = ".devnet", env = "TROUPE_DEVNET_DIR")]
    dir: PathBuf,
}

/// Whose tasks.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Those of everybody
    #[arg(long, env = "TROUPE_JOB_ALL")]
    pub(super) all: bool,
    #[command(flatten)]
    at: AtArgs,
}

/// Which task.
#[derive(Debug, Args)]
pub(crate) struct OneArgs {
    /// Its number on the chain
    pub(super) task: u64,
    #[command(flatten)]
    at: AtArgs,
}

/// Which network, and whose account.
#[derive(Debug, Args)]
struct AtArgs {
    /// Directory of the development network
    #[arg(long, default_value = ".devnet", env = "TROUPE_DEVNET_DIR")]
    dir: PathBuf,
    #[command(flatten)]
    payer: PayerArgs,
}

impl AtArgs {
    async fn open(&self) -> Outcome<Chain> {
        let record = Record::read(&self.dir)?;
        let payer = self.payer.open(&record)?;
        let payer = payer.ok_or_else(|| {
            let text = "no node of this network has a chain";
            Failure::about(ExitCode::Unreachable, self.dir.display(), text)
        })?;
        Chain::join(&record, payer).await
    }
}

impl ListArgs {
    pub(super) async fn open(&self) -> Outcome<Chain> {
        self.at.open().await
    }
}

impl OneArgs {
    pub(super) async fn open(&self) -> Outcome<Chain> {
        self.at.open().await
    }
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// What to compute, on whose data
    file: PathBuf,
    /// Directory of the development network to run it on
    #[arg(long, default_value = ".devnet", env = "TROUPE_DEVNET_DIR")]
    dir: PathBuf,
    #[command(flatten)]
    payer: PayerArgs,
}

/// Who pays, where the network has a chain.
#[derive(Debug, Args)]
pub(crate) struct PayerArgs {
    /// Key file of the account that pays; without it, a funded account of the development network
    #[arg(long, value_name = "KEYFILE", env = "TROUPE_JOB_FROM")]
    from: Option<PathBuf>,
    /// Number of that funded account, from 0
    #[arg(long, value_name = "N", default_value_t = 0, env = "TROUPE_JOB_ACCOUNT")]
    account: usize,
    #[command(flatten)]
    password: PasswordArgs,
}

impl PayerArgs {
    /// Who signs; nobody has to where nothing is settled.
    pub(crate) fn open(&self, record: &Record) -> Outcome<Option<Signer>> {
        match &self.from {
            _ if record.rpc.is_empty() => Ok(None),
            Some(path) => key::account_key(path, &self.password).map(Some),
            None => dev_account(record, self.account).map(Some),
        }
    }
}

pub(crate) fn command(command: &JobCommand) -> Outcome<Report> {
    match command {
        JobCommand::Run(args) => run(args),
        JobCommand::Explain(args) => {
            let job = computation(load(&args.file)?)?;
            let record = Record::read(&args.dir)?;
            troupe_runtime::run(explain::explain(&job, &record))
        }
        JobCommand::List(args) => list::list(args),
        JobCommand::Status(args) => list::status(args),
        JobCommand::Cancel(args) => list::cancel(args),
    }
}

fn run(args: &RunArgs) -> Outcome<Report> {
    let order = load(&args.file)?;
    let record = Record::read(&args.dir)?;
    let payer = args.payer.open(&record)?;
    troupe_runtime::run(async {
        match order {
            Order::Compute(job) => {
                model::check(&job)?;
                let finished = with_bar(&job, &record, payer).await?;
                Ok(model::report(&job, &finished))
            }
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

/// Reads the text of a job that is computed on shares.
pub(crate) fn parse(text: &str) -> Outcome<ComputeJob> {
    computation(Order::load(text).map_err(|errors| bad(&errors))?)
}

fn computation(order: Order) -> Outcome<ComputeJob> {
    match order {
        Order::Compute(job) => Ok(job),
        Order::Matching(job) => {
            Err(Failure::about(ExitCode::BadFile, job.name, "matches rows and computes nothing"))
        }
    }
}

fn bad(errors: &Errors) -> Failure {
    let reasons = errors.to_string();
    let reasons =
        reasons.lines().map(|line| crate::exit::Reason { text: line.to_owned(), field: None });
    Failure::all(ExitCode::BadFile, reasons.collect())
}

/// Runs a job with a progress bar on the terminal.
pub(crate) async fn with_bar(
    job: &ComputeJob,
    record: &Record,
    payer: Option<Signer>,
) -> Outcome<Finished> {
    let bar = progress::bar(1_000);
    let outcome = run_job(job, record, payer, |step| show(&bar, &step)).await;
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
        Step::Declaring => bar.set_message("declaring it on the chain"),
        Step::Agreeing { number } => bar.set_message(format!("task {number}: owners agree")),
        Step::Electing { number } => bar.set_message(format!("task {number}: parties are elected")),
        Step::Settling { number } => bar.set_message(format!("task {number}: being settled")),
        Step::Contributing => bar.set_message("owners share their columns"),
        Step::Working { what, done, sent } => {
            bar.set_position(*done);
            bar.set_message(format!("{what}, {} KiB sent", sent / 1024));
        }
    }
}
