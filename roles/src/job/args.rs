//! The command.

use super::chain::Chain;
use super::desk::{Desk, Part};
use super::network::NetworkArgs;
use super::report::Shown;
use super::{list, model, models, result, watch};
use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::key::{self, PasswordArgs};
use crate::output::Report;
use crate::tx::dev_account;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use troupe_chain::transaction::Signer;
use troupe_config::{ComputeJob, Order};
use troupe_jobs::{Finished, Found, LARGEST, computation};
use troupe_storage::files;

#[derive(Debug, Subcommand)]
pub(crate) enum JobCommand {
    /// Runs a private computation and prints its results
    #[command(after_help = "Example: troupe job run examples/jobs/joint_statistics.toml\n\
                            Example: troupe job run examples/jobs/matching.toml\n\
                            Example: troupe job run job.toml --control node/control.sock --detach\n\
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
    /// Shows how far a job of one's own node is, and what it finds
    #[command(after_help = "Example: troupe job watch 1 --control node/control.sock\n\
                            Example: troupe job watch 3 --run --control node/control.sock\n\
                            Example: troupe job watch 1 --onnx model.onnx --control node/control.sock")]
    Watch(WatchArgs),
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
                      Example: troupe job result 1 --onnx model.onnx\n\
                      Example: troupe --output json job result 1 --offline"
    )]
    Result(ResultArgs),
    /// Lists the models that were trained from here and stay with their parties, for jobs that apply them
    #[command(
        after_help = "A job file names one by `kept` in [predict], by all of its digits or the first 8 or more.\n\n\
                      Example: troupe job models\n\
                      Example: troupe job models --forget 3fa9c107\n\
                      Example: troupe --output json job models --control node/control.sock"
    )]
    Models(ModelsArgs),
    /// Takes a task back before all owners of its data have agreed; the deposit is refunded
    #[command(after_help = "Example: troupe job cancel 1")]
    Cancel(CancelArgs),
}

/// Which node of one's own.
#[derive(Debug, Clone, Args)]
pub(super) struct NodeArgs {
    /// Socket of a node of one's own that runs jobs, such as node/control.sock, and pays for them by its own account; without
    /// it, the command does all of it itself
    #[arg(long, value_name = "PATH", env = "TROUPE_JOB_CONTROL")]
    pub(super) control: Option<PathBuf>,
}

/// Which job is taken back.
#[derive(Debug, Args)]
pub(crate) struct CancelArgs {
    #[command(flatten)]
    pub(super) at: OneArgs,
    /// The number is that of a job at the node, such as one without a task on a chain
    #[arg(long, requires = "control", env = "TROUPE_JOB_RUN")]
    pub(super) run: bool,
}

/// Which job, and where it runs.
#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// Its number on the chain, or its name
    pub(super) job: String,
    /// The number is that of a job at the node, such as one without a task on a chain
    #[arg(long, env = "TROUPE_JOB_RUN")]
    pub(super) run: bool,
    /// Socket of the node of one's own that runs it
    #[arg(long, value_name = "PATH", env = "TROUPE_JOB_CONTROL")]
    pub(super) control: PathBuf,
    #[command(flatten)]
    pub(super) network: NetworkArgs,
    /// Writes the model that was trained to this file, as ONNX
    #[arg(long, value_name = "FILE", env = "TROUPE_JOB_ONNX")]
    pub(super) onnx: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// What would be computed, on whose data
    file: PathBuf,
    #[command(flatten)]
    node: NodeArgs,
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
    /// Writes to this file what a contract is shown the results with, as hexadecimal digits
    #[arg(long, value_name = "FILE", env = "TROUPE_JOB_OPENING")]
    pub(super) opening: Option<PathBuf>,
    /// Writes the model that was trained to this file, as ONNX
    #[arg(long, value_name = "FILE", env = "TROUPE_JOB_ONNX")]
    pub(super) onnx: Option<PathBuf>,
}

/// Whose models.
#[derive(Debug, Args)]
pub(crate) struct ModelsArgs {
    /// Forgets this model, by the first digits of its name, in place of listing them; its parties keep their parts as long as they like
    #[arg(long, value_name = "NAME", env = "TROUPE_JOB_FORGET")]
    pub(super) forget: Option<String>,
    #[command(flatten)]
    node: NodeArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

impl ModelsArgs {
    /// Who knows of them, with nobody asked.
    pub(super) async fn open(&self) -> Outcome<Desk> {
        offline(&self.node, &self.network).await
    }
}

/// Who knows what is on the disk, with nobody asked.
async fn offline(node: &NodeArgs, network: &NetworkArgs) -> Outcome<Desk> {
    match &node.control {
        Some(path) => Desk::of_node(path, network.known().as_ref()).await,
        None => Desk::own(Part::Stays(network.known().as_ref()), None, network.results()?).await,
    }
}

/// Which network, and whose account.
#[derive(Debug, Args)]
struct AtArgs {
    #[command(flatten)]
    node: NodeArgs,
    #[command(flatten)]
    payer: PayerArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

impl AtArgs {
    /// Who knows of tasks, and of results.
    async fn open(&self) -> Outcome<Desk> {
        if let Some(path) = &self.node.control {
            return Desk::of_node(path, self.network.known().as_ref()).await;
        }
        let record = self.network.record().await?;
        let payer = self.payer.open(&record)?;
        let chain = Chain::join(&record, payer).await?;
        Desk::own(Part::Stays(Some(&record)), Some(chain), record.results.clone()).await
    }
}

impl ListArgs {
    pub(super) async fn open(&self) -> Outcome<Desk> {
        self.at.open().await
    }
}

impl OneArgs {
    /// Who knows of results, with nobody asked.
    pub(super) async fn open_offline(&self) -> Outcome<Desk> {
        offline(&self.at.node, &self.at.network).await
    }

    pub(super) async fn open(&self) -> Outcome<Desk> {
        self.at.open().await
    }
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// What to compute, on whose data
    file: PathBuf,
    /// Comes back once the job is declared, with its number; it goes on at the node
    #[arg(long, requires = "control", env = "TROUPE_JOB_DETACH")]
    detach: bool,
    /// Writes the model that was trained to this file, as ONNX; without it, to the one that the job file names
    #[arg(long, value_name = "FILE", conflicts_with = "detach", env = "TROUPE_JOB_ONNX")]
    pub(super) onnx: Option<PathBuf>,
    #[command(flatten)]
    node: NodeArgs,
    #[command(flatten)]
    payer: PayerArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

/// Who pays, where the network has a chain.
#[derive(Debug, Args)]
pub(crate) struct PayerArgs {
    /// Key file of the account that pays; without it, a funded account of the development network
    #[arg(long, value_name = "KEYFILE", conflicts_with = "control", env = "TROUPE_JOB_FROM")]
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
        JobCommand::Explain(args) => explain(args),
        #[cfg(feature = "dataset")]
        JobCommand::Simulate(args) => super::simulate::simulate(args),
        JobCommand::Watch(args) => watch::watch(args),
        JobCommand::List(args) => list::list(args),
        JobCommand::Status(args) => list::status(args),
        JobCommand::Result(args) => result::result(args),
        JobCommand::Models(args) => models::models(args),
        JobCommand::Cancel(args) => list::cancel(args),
    }
}

fn explain(args: &ExplainArgs) -> Outcome<Report> {
    let text = text(&args.file)?;
    computation(load(&args.file)?)?;
    troupe_runtime::run(async {
        let mut desk = match &args.node.control {
            Some(path) => Desk::of_node(path, args.network.known().as_ref()).await?,
            None => Desk::for_jobs(&args.network.record().await?, None).await?,
        };
        let explained = desk.client.explain(text).await;
        desk.leave().await;
        Ok(explained?.report())
    })
}

fn run(args: &RunArgs) -> Outcome<Report> {
    let text = text(&args.file)?;
    let order = load(&args.file)?;
    let target = model::Target::of(&order, args.onnx.as_deref())?;
    target.as_ref().map_or(Ok(()), model::Target::check)?;
    troupe_runtime::run(async {
        let desk = match &args.node.control {
            Some(path) => Desk::of_node(path, args.network.known().as_ref()).await?,
            None => args.host(&order).await?,
        };
        if args.detach {
            return watch::detached(desk, text).await;
        }
        Ok(match watched(desk, text).await? {
            Found::Finished(finished) => model::report(&finished, target),
            Found::Matched(matched) => matched.report(),
        })
    })
}

impl RunArgs {
    /// A service for this job.
    async fn host(&self, order: &Order) -> Outcome<Desk> {
        let record = self.network.record().await?;
        let payer = self.payer.open(&record)?;
        if payer.is_none() && !record.rpc.is_empty() {
            let text = "missing, wants the key file of the account that pays";
            return Err(Failure::about(ExitCode::Usage, "--from", text));
        }
        let payer = match order {
            Order::Compute(_) => payer,
            // That is between two owners; nobody is paid for it.
            Order::Matching(_) => None,
        };
        Desk::for_jobs(&record, payer).await
    }
}

/// The text of a job file.
fn text(path: &Path) -> Outcome<String> {
    let failed = |text: String| Failure::about(ExitCode::BadFile, path.display(), text);
    let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX);
    let bytes = files::read(path, limit).map_err(|error| failed(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| failed(error.to_string()))
}

/// Reads a job file.
pub(crate) fn load(path: &Path) -> Outcome<Order> {
    troupe_jobs::read(&text(path)?).map_err(|error| {
        let mut failure = Failure::from(error);
        for reason in &mut failure.reasons {
            reason.text = format!("{}: {}", path.display(), reason.text);
        }
        failure
    })
}

/// Reads the text of a job that is computed on shares.
pub(crate) fn parse(text: &str) -> Outcome<ComputeJob> {
    Ok(computation(troupe_jobs::read(text)?)?)
}

/// Runs a computation with a progress bar on the terminal.
pub(crate) async fn with_bar(
    text: &str,
    record: &Record,
    payer: Option<Signer>,
) -> Outcome<Finished> {
    match watched(Desk::for_jobs(record, payer).await?, text.to_owned()).await? {
        Found::Finished(finished) => Ok(finished),
        Found::Matched(_) => Err(Failure::new(ExitCode::Internal, "it was no computation")),
    }
}

/// Runs a job to its end.
async fn watched(mut desk: Desk, text: String) -> Outcome<Found> {
    let found = match desk.client.run(text).await {
        Ok(listener) => watch::listened(listener).await,
        Err(error) => Err(error.into()),
    };
    desk.leave().await;
    found
}
