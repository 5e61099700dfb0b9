//! `troupe job simulate`: all participants of a job in this process, on files that are here.

mod found;
mod kept;
mod matched;
mod rows;

use super::args::load;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use crate::progress;
use clap::Args;
use found::{Compared, Simulation};
use kept::Cabinet;
use matched::{Common, common_rows};
use rows::Held;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;
use troupe_config::{ComputeJob, JobInput, Layout};
use troupe_jobs::{Cast, Input, answers, computation, too_long};
use troupe_learning::task::{self, nobody};
use troupe_learning::{Plan, Task, simulate_on};
use troupe_mpc::{Peer, Phase, Table};
use troupe_types::{NodeId, SessionId};
use troupe_wire::{List, Seed, Text};

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// What to compute
    file: PathBuf,
    /// The CSV or Parquet file of an input, can be repeated
    #[arg(
        long = "data",
        value_name = "INPUT=FILE",
        env = "TROUPE_JOB_DATA",
        value_delimiter = ','
    )]
    files: Vec<String>,
    /// A column of such a file, as `data add` takes it, behind its input; can be repeated, or several with commas between
    #[arg(
        long = "column",
        value_name = "INPUT.HEADER:KIND[:LOW..HIGH]",
        env = "TROUPE_JOB_COLUMNS",
        value_delimiter = ','
    )]
    columns: Vec<String>,
    /// Directory of a development network, for inputs that no file is given for
    #[arg(long, default_value = ".devnet", env = "TROUPE_DEVNET_DIR")]
    dir: PathBuf,
    /// Folder of models that stay with their parties: for what the job keeps, and of what it applies. All three parts of a model are
    /// there, which nobody has on a network
    #[arg(long, value_name = "DIR", env = "TROUPE_JOB_MODELS")]
    models: Option<PathBuf>,
    /// What everybody's masks are drawn from: the same number, the same results to the last bit
    #[arg(long, default_value_t = 1, env = "TROUPE_JOB_SEED")]
    seed: u64,
    /// Shows what each result is in the clear as well
    #[arg(long, env = "TROUPE_JOB_COMPARE")]
    compare: bool,
}

pub(super) fn simulate(args: &SimulateArgs) -> Outcome<Report> {
    let job = computation(load(&args.file)?)?;
    let cabinet = Cabinet::of(args.models.as_deref(), &job)?;
    let held = rows::all(args, &job)?;
    let bar = progress::bar(1_000);
    let outcome = run(&job, &held, (args, &cabinet), |phase| show(&bar, phase));
    bar.finish_and_clear();
    Ok(outcome?.report())
}

fn run(
    job: &ComputeJob,
    held: &[Held],
    (args, cabinet): (&SimulateArgs, &Cabinet),
    tell: impl FnMut(Phase),
) -> Outcome<Simulation> {
    let wrong = |error: troupe_learning::Error| Failure::new(ExitCode::BadFile, error);
    let seed = Seed::from_number(args.seed);
    let common = match job.layout {
        Layout::Matched | Layout::Joined => Some(common_rows(job, held, &seed)?),
        Layout::Aligned | Layout::Pooled => None,
    };
    let mut inputs = Vec::new();
    for (index, one) in (0..).zip(held) {
        let mut description = one.description()?;
        if let (Some(common), Layout::Matched) = (&common, job.layout) {
            description.rows = common.count();
        }
        let owner = NodeId(seed.child("owner id", index).stream("id").array());
        let dataset = Text::new(one.name()).map_err(too_long)?;
        let keys = match &common {
            Some(common) => {
                let at = usize::try_from(index).unwrap_or(usize::MAX);
                let items = match job.layout {
                    Layout::Joined => common.sizes[at].into(),
                    Layout::Matched | Layout::Aligned | Layout::Pooled => common.count(),
                };
                Some(keys(&job.inputs[at], items)?)
            }
            None => None,
        };
        inputs.push(Input { owner, dataset, description, keys });
    }
    let session = SessionId(seed.stream("session").array());
    // Who has a model applied is who had it trained.
    let (parties, receiver) = match cabinet.applied() {
        Some(model) => (model.seats(&BTreeMap::new()), cabinet.holder(model)?),
        None => (nobody(), NodeId(seed.stream("receiver id").array())),
    };
    let cast = Cast { session, parties, receiver, chain: 0, model: cabinet.applied().cloned() };
    let task = troupe_jobs::task(job, &inputs, cast)?;
    let count = |common: &Common| u32::try_from(common.count()).unwrap_or(u32::MAX);
    let matched = common.as_ref().map(count);
    let plan = Plan::new(&task, matched).map_err(wrong)?;
    let names = |index: usize, one: &Held| -> Vec<String> {
        let names = task.owners[index].columns.iter().map(|column| column.name.to_string());
        // The columns of a model are not listed: they follow from its layers.
        match task.owners[index].columns.is_empty() {
            true => one.columns(),
            false => names.collect(),
        }
    };
    // The rows that results are about.
    let tables = (0..).zip(held).map(|(index, one)| match &common {
        Some(common) => one.chosen(&common.rows[index], common.alignment, names(index, one)),
        None => one.input(task.session, names(index, one)),
    });
    let tables = tables.collect::<Outcome<Vec<Table>>>()?;
    // And those that are shared.
    let shared = match job.layout {
        Layout::Joined => {
            let keyed = (0..).zip(held).map(|(index, one)| {
                one.keyed(task.session, &job.inputs[index].keys, names(index, one))
            });
            Some(keyed.collect::<Outcome<Vec<Table>>>()?)
        }
        Layout::Aligned | Layout::Pooled | Layout::Matched => None,
    };
    let shared = shared.as_ref().unwrap_or(&tables);
    let began = Instant::now();
    let seeds = |peer| match peer {
        Peer::Party(index) => seed.child("party", index.into()),
        Peer::Owner(index) => seed.child("owner", index.into()),
        // Receivers draw nothing.
        Peer::Receiver(index) => seed.child("receiver", index.into()),
    };
    let shelves = cabinet.shelves()?;
    let simulated = simulate_on(&shelves, &task, &plan, shared, seeds, tell).map_err(wrong)?;
    let took = began.elapsed();
    let clear = match args.compare {
        true => {
            let shown = cabinet.shown(&shelves, &task, &tables)?;
            let (task, tables) = shown.as_ref().map_or((&task, &tables), |(a, b)| (a, b));
            plan.in_the_clear(task, tables).map_err(wrong)?.into_iter().map(Some).collect()
        }
        false => vec![None; plan.results().len()],
    };
    let kept = cabinet.keep(&shelves, (&job.name, &task), simulated.received.first())?;
    Ok(Simulation {
        name: job.name.clone(),
        seed: args.seed,
        rows: plan.rows(),
        results: compared(&task, matched, simulated.received.first(), clear)?,
        result: simulated.received.first().map(|received| received.result).unwrap_or_default(),
        cost: plan.program().cost(),
        simulated,
        took,
        kept,
    })
}

/// What identifies the rows of an input, of which no others are there than the common ones.
fn keys(input: &JobInput, common: u64) -> Outcome<task::Keys> {
    let columns = input.keys.iter().map(|key| Text::new(key.as_str()).map_err(too_long));
    let columns =
        List::new(columns.collect::<troupe_jobs::Outcome<Vec<_>>>()?).map_err(too_long)?;
    let items = u32::try_from(common).unwrap_or(u32::MAX);
    Ok(task::Keys { columns, items, address: Text::default() })
}

/// What came out, beside what it is in the clear.
fn compared(
    task: &Task,
    matched: Option<u32>,
    received: Option<&troupe_mpc::Received>,
    clear: Vec<Option<Vec<f64>>>,
) -> Outcome<Vec<Compared>> {
    let nothing = || Failure::new(ExitCode::Internal, "the receiver has no results");
    let answers = answers(task, matched, received.ok_or_else(nothing)?.results.clone())?;
    let compared = answers.into_iter().zip(clear);
    Ok(compared.map(|(answer, clear)| Compared { answer, clear }).collect())
}

fn show(bar: &indicatif::ProgressBar, phase: Phase) {
    let part = |from: u64, to: u64, done: u32, of: u32| {
        from + (to - from) * u64::from(done.min(of)) / u64::from(of.max(1))
    };
    bar.set_position(match phase {
        Phase::Inputs => 0,
        Phase::Computing { round, rounds } => part(100, 800, round, rounds),
        Phase::Checking { round, rounds } => part(800, 950, round, rounds),
        Phase::Closing => 960,
        Phase::Revealing => 980,
    });
    bar.set_message(phase.to_string());
}

#[cfg(test)]
mod tests;
