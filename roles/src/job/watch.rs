//! `troupe job watch`: a job that goes on at a node, listened to from here.

use super::args::WatchArgs;
use super::desk::Desk;
use super::model::{self, Target};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use crate::progress;
use indicatif::HumanBytes;
use serde_json::json;
use troupe_jobs::{Found, Heard, Listener, Step, Which};

pub(super) fn watch(args: &WatchArgs) -> Outcome<Report> {
    let which = which(args)?;
    let target = Target::of_flag(args.onnx.as_deref());
    target.as_ref().map_or(Ok(()), Target::check)?;
    troupe_runtime::run(async {
        let mut desk = Desk::of_node(&args.control, args.network.known().as_ref()).await?;
        let found = match desk.client.watch(which).await {
            Ok(listener) => listened(listener).await,
            Err(error) => Err(error.into()),
        };
        desk.leave().await;
        model::again(&found?, target)
    })
}

/// A number is that of a task, if nothing else is said.
fn which(args: &WatchArgs) -> Outcome<Which> {
    let number = args.job.parse();
    match (number, args.run) {
        (Ok(number), true) => Ok(Which::Run(number)),
        (Ok(number), false) => Ok(Which::Task(number)),
        (Err(_), false) => Ok(Which::Name(args.job.clone())),
        (Err(_), true) => {
            let text = format!("wants a number, got \"{}\"", args.job);
            Err(Failure::about(ExitCode::Usage, "--run", text))
        }
    }
}

/// Has a job begun, and comes back when it has its number.
pub(super) async fn detached(mut desk: Desk, text: String) -> Outcome<Report> {
    let begun = match desk.client.run(text).await {
        Ok(listener) => begun(listener).await,
        Err(error) => Err(error.into()),
    };
    desk.leave().await;
    begun
}

async fn begun(mut listener: Listener) -> Outcome<Report> {
    loop {
        match listener.next().await? {
            Heard::Step { run, name, task: Some(task), .. } => {
                let text = format!(
                    "{name} goes on as task {task}; `troupe job watch {task}` shows how far it is"
                );
                return Ok(Report::new(text, json!({ "job": name, "run": run, "task": task })));
            }
            // It may still get one.
            Heard::Step { step: Step::Asking | Step::Declaring { .. }, .. } => {}
            Heard::Step { run, name, task: None, .. } => {
                let text = format!(
                    "{name} goes on as job {run}; `troupe job watch --run {run}` shows how far it is"
                );
                return Ok(Report::new(text, json!({ "job": name, "run": run, "task": null })));
            }
            Heard::Ended(found) => return model::again(&found, None),
        }
    }
}

/// Listens to a job to its end, with a progress bar on the terminal.
pub(super) async fn listened(listener: Listener) -> Outcome<Found> {
    let bar = progress::bar(1_000);
    let found = listener.end(|step| show(&bar, step)).await;
    bar.finish_and_clear();
    Ok(found?)
}

fn show(bar: &indicatif::ProgressBar, step: &Step) {
    match step {
        Step::Asking => bar.set_message("asking owners"),
        Step::Matching { what, done, sent } => {
            bar.set_position(*done);
            bar.set_message(format!("{what}, {} sent", HumanBytes(*sent)));
        }
        Step::Seating { parties } => bar.set_message(format!("seating {}", parties.join(", "))),
        Step::Declaring { .. } => bar.set_message("declaring it on the chain"),
        Step::Agreeing { number } => bar.set_message(format!("task {number}: owners agree")),
        Step::Electing { number } => bar.set_message(format!("task {number}: parties are elected")),
        Step::Settling { number } => {
            bar.set_message(format!("task {number}: the results are here, parties are paid soon"));
        }
        Step::Following { number } => {
            bar.set_message(format!("task {number}: its node was started again"));
        }
        Step::Contributing => bar.set_message("owners share their columns"),
        Step::Working { what, done, sent } => {
            bar.set_position(*done);
            bar.set_message(format!("{what}, {} sent", HumanBytes(*sent)));
        }
    }
}
