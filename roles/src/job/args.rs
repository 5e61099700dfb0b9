//! The command.

use super::chain::Chain;
use super::contacts::Visitor;
use super::network::NetworkArgs;
use super::report::Shown;
use super::{list, model, result};
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
use troupe_jobs::{Errand, Finished, Shelf, Step, explain, run_job, run_match};

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
    /// Runs all participants of a job in this process, on files that are here; nobody is asked
    ///
    /// Owners, compute parties and receiver are those of a network. The data set of an input is that of the named owner in a
    /// development network's directory, whether it runs or not, or the file given for it.
    #[cfg(feature = "dataset")]
    #[command(
        after_help = "Example: troupe job simulate examples/jobs/joint_statistics.toml --compare\n\
                      Example: troupe job simulate job.toml --data shop=shop.csv --column shop.price:number:0..99 \
                      --data store=store.parquet --column store.units:integer --seed 7"
    )]
    Simulate(super::simulate::SimulateArgs),
    /// Lists the tasks of an account on the chain, or of everybody
    #[command(
        after_help = "Example: troupe job list\nExample: troupe job list --all --output json"
    )]
    List(ListArgs),
    /// Says how far a task is, or how it ended
    #[command(after_help = "Example: troupe job status 1")]
    Status(OneArgs),
    /// Shows what a job that was run from here found, beside what the chain says of it
    #[command(
        after_help = "Results are kept for their owner alone, in the directory of the network, before the job is settled.\n\n\
                      Example: troupe job result 1\n\
                      Example: troupe --output json job result 1 --offline"
    )]
    Result(ResultArgs),
    /// Takes a task back before all owners of its data have agreed; the deposit is refunded
    #[command(after_help = "Example: troupe job cancel 1")]
    Cancel(OneArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// What would be computed, on whose data
    file: PathBuf,
    #[command(flatten)]
    network: NetworkArgs,
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

/// Whose results.
#[derive(Debug, Args)]
pub(crate) struct ResultArgs {
    #[command(flatten)]
    pub(super) at: OneArgs,
    /// Does not ask the chain
    #[arg(long, env = "TROUPE_JOB_OFFLINE")]
    pub(super) offline: bool,
}

/// Which network, and whose account.
#[derive(Debug, Args)]
struct AtArgs {
    #[command(flatten)]
    payer: PayerArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

impl AtArgs {
    /// The chain, and where results are kept.
    async fn open(&self) -> Outcome<(Chain, Shelf)> {
        let record = self.network.record().await?;
        let payer = self.payer.open(&record)?;
        Ok((Chain::join(&record, payer).await?, Shelf::of(record.results)))
    }
}

impl ListArgs {
    pub(super) async fn open(&self) -> Outcome<(Chain, Shelf)> {
        self.at.open().await
    }
}

impl OneArgs {
    pub(super) fn shelf(&self) -> Outcome<Shelf> {
        self.at.network.results().map(Shelf::of)
    }

    pub(super) async fn open(&self) -> Outcome<(Chain, Shelf)> {
        self.at.open().await
    }
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// What to compute, on whose data
    file: PathBuf,
    #[command(flatten)]
    payer: PayerArgs,
    #[command(flatten)]
    network: NetworkArgs,
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
            // No development network.
            None if record.accounts.is_empty() => Ok(None),
            None => dev_account(record, self.account).map(Some),
        }
    }
}

pub(crate) fn command(command: &JobCommand) -> Outcome<Report> {
    match command {
        JobCommand::Run(args) => run(args),
        JobCommand::Explain(args) => {
            let job = computation(load(&args.file)?)?;
            troupe_runtime::run(async {
                let record = args.network.record().await?;
                let visitor = Visitor::join(&record)?;
                let explained = explain(&job, &visitor.network(&record)).await;
                visitor.leave().await;
                Ok(explained?.report())
            })
        }
        #[cfg(feature = "dataset")]
        JobCommand::Simulate(args) => super::simulate::simulate(args),
        JobCommand::List(args) => list::list(args),
        JobCommand::Status(args) => list::status(args),
        JobCommand::Result(args) => result::result(args),
        JobCommand::Cancel(args) => list::cancel(args),
    }
}

fn run(args: &RunArgs) -> Outcome<Report> {
    let order = load(&args.file)?;
    troupe_runtime::run(async {
        let record = args.network.record().await?;
        let payer = args.payer.open(&record)?;
        if payer.is_none() && !record.rpc.is_empty() {
            let text = "missing, wants the key file of the account that pays";
            return Err(Failure::about(ExitCode::Usage, "--from", text));
        }
        match order {
            Order::Compute(job) => {
                model::check(&job)?;
                let finished = with_bar(&job, &record, payer).await?;
                Ok(model::report(&job, &finished))
            }
            Order::Matching(job) => {
                let visitor = Visitor::join(&record)?;
                let bar = progress::bar(1_000);
                let network = visitor.network(&record);
                let outcome = run_match(&job, &network, |step| show(&bar, &step)).await;
                bar.finish_and_clear();
                visitor.leave().await;
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

pub(super) fn computation(order: Order) -> Outcome<ComputeJob> {
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
    let chain = match payer {
        Some(payer) => Some(Chain::join(record, Some(payer)).await?),
        None => None,
    };
    let chain = chain.as_ref().map(|chain| chain as &dyn troupe_jobs::Chain);
    let shelf = Shelf::of(record.results.clone());
    let visitor = Visitor::join(record)?;
    let bar = progress::bar(1_000);
    let errand = Errand { job, network: &visitor.network(record), chain, shelf: &shelf };
    let outcome = run_job(errand, |step| show(&bar, &step)).await;
    bar.finish_and_clear();
    visitor.leave().await;
    Ok(outcome?)
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
