//! What a chain says of jobs: a list of them, one of them, and taking one back.

use super::args::{CancelArgs, ListArgs, OneArgs};
use super::desk::Desk;
use crate::economy::{Facts, table};
use crate::exit::{Failure, Outcome};
use crate::output::Report;
use serde_json::{Value, json};
use troupe_door::proto::job::{Job, Task};
use troupe_jobs::{What, address, amount, node_id};
use troupe_types::NodeId;

/// `job list`: the newest last.
pub(super) fn list(args: &ListArgs) -> Outcome<Report> {
    troupe_runtime::run(async {
        let mut desk = args.open().await?;
        let told = desk.client.list(args.all).await;
        desk.leave().await;
        let told = told?;
        let shown = |task: &Task| {
            let is_here = task.has_results;
            Ok(line(task)?.put("results", if is_here { "here" } else { "" }, is_here))
        };
        let tasks = told.tasks.iter().map(shown).collect::<Outcome<Vec<Facts>>>()?;
        let json: Vec<Value> = tasks.iter().map(Facts::json).collect();
        let mut text = if tasks.is_empty() { "no tasks".to_owned() } else { table(&tasks) };
        let mut json = json!({ "tasks": json });
        if !told.jobs.is_empty() {
            let jobs: Vec<Facts> = told.jobs.iter().map(job).collect();
            json["jobs"] = jobs.iter().map(Facts::json).collect();
            text = format!("{}\n\n{text}", table(&jobs));
        }
        Ok(Report::new(text, json))
    })
}

/// A job of a process.
fn job(job: &Job) -> Facts {
    let is_over = job.is_over;
    let task = if job.task == 0 { String::new() } else { job.task.to_string() };
    Facts::default()
        .number("job", job.run)
        .text("name", &job.name)
        .put("on_chain", task, job.task)
        .put("goes", if is_over { "over" } else { "on" }, !is_over)
        .text("outcome", &job.outcome)
}

/// `job status`: all that the chain says of one.
pub(super) fn status(args: &OneArgs) -> Outcome<Report> {
    troupe_runtime::run(async {
        let mut desk = args.open().await?;
        let told = desk.client.status(args.task).await;
        let task = told.map_err(Failure::from).and_then(|task| all(&task, &desk));
        desk.leave().await;
        Ok(task?.report())
    })
}

/// `job cancel`: takes one back before all owners have agreed.
pub(super) fn cancel(args: &CancelArgs) -> Outcome<Report> {
    troupe_runtime::run(async {
        let mut desk = args.at.open().await?;
        let number = args.at.task;
        let what = if args.run { What::Run(number) } else { What::Task(number) };
        let told = desk.client.cancel(what).await;
        desk.leave().await;
        let told = told?;
        if told.task.is_none() {
            return Ok(Report::new(format!("job {number} ends"), json!({ "run": number })));
        }
        let facts = told.task.as_ref().map_or_else(|| Ok(Facts::default()), line)?;
        let refunded = amount(&told.refunded).map_err(Failure::from)?;
        Ok(facts.amount("refunded", refunded).number("block", told.block).report())
    })
}

/// What a list shows.
fn line(task: &Task) -> Outcome<Facts> {
    let state = if task.ended.is_empty() { &task.phase } else { &task.ended };
    Ok(Facts::default()
        .number("task", task.number)
        .put("state", state.clone(), task.phase.clone())
        .quiet("end", task.end)
        .text("sender", address(&task.sender)?.to_checksum())
        .amount("fee", amount(&task.fee)?))
}

fn all(task: &Task, desk: &Desk) -> Outcome<Facts> {
    let of = |count: u32, all: usize| format!("{count} of {all}");
    let (owners, seats) = (task.data_sets.len(), usize::try_from(task.seats).unwrap_or(0));
    let nodes = task.nodes.iter().map(|node| Ok(node_id(node)?));
    let nodes = nodes.collect::<Outcome<Vec<NodeId>>>()?;
    let called = |id: &NodeId| desk.client.name(id).map_or_else(|| id.to_string(), str::to_owned);
    let names: Vec<String> = nodes.iter().map(called).collect();
    let nodes: Vec<String> = nodes.iter().map(ToString::to_string).collect();
    let datasets: Vec<String> = task.data_sets.iter().map(u64::to_string).collect();
    Ok(line(task)?
        .text("terms", format!("0x{}", hex::encode(&task.terms)))
        .amount("held", amount(&task.held)?)
        .text("data_sets", datasets.join(", "))
        .text("owners_agreed", of(task.owners_agreed, owners))
        .put("compute_nodes", names.join("\n"), nodes)
        .text("seats_accepted", of(task.seats_accepted, seats))
        .text("owners_let_start", of(task.owners_let_start, owners))
        .text("parties_said", of(task.parties_said, seats)))
}
