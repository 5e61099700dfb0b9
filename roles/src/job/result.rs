//! `troupe job result`: what a job that was run from here found, compared with what the chain says of it.

use super::args::ResultArgs;
use super::report::Shown;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use serde_json::json;
use troupe_jobs::{Chain, Kept, Market, Settled, ended, phase};
use troupe_market::call::abi::TaskMarket;
use troupe_types::{Address, Hash};

pub(super) fn result(args: &ResultArgs) -> Outcome<Report> {
    let number = args.at.task;
    let missing = || {
        let text = "its results are not here: they are with whoever ran it";
        Failure::about(ExitCode::BadFile, format!("task {number}"), text)
    };
    if args.offline {
        let shelf = args.at.shelf()?;
        let mut all = shelf.numbered(number)?;
        return match all.len() {
            0 => Err(missing()),
            1 => unasked(&all.remove(0)),
            several => {
                let text = format!("{several} chains have results of it here; one has to be asked");
                Err(Failure::about(ExitCode::Usage, format!("task {number}"), text))
            }
        };
    }
    troupe_runtime::run(async {
        let (chain, shelf) = args.at.open().await?;
        let task = Market(&chain).look(number).await?;
        let kept = shelf.get(chain.id(), number, &Hash(task.terms.0))?.ok_or_else(missing)?;
        compared(&kept, &task)
    })
}

fn unasked(kept: &Kept) -> Outcome<Report> {
    let mut report = kept.finished(None)?.report();
    report.json["chain"] = json!({ "task": kept.task, "state": null });
    report.notes.push(format!("the chain was not asked what it says of task {}", kept.task));
    Ok(report)
}

/// With what the chain says; refused are results that the parties posted otherwise.
fn compared(kept: &Kept, task: &TaskMarket::Task) -> Outcome<Report> {
    /// A party said that it is done.
    const DONE: u8 = 1;
    let posted: Vec<&TaskMarket::Seat> =
        task.seats.iter().filter(|seat| seat.word == DONE).collect();
    let other = posted.iter().find(|seat| !kept.is_result(&Hash(seat.posting.result.0)));
    if let Some(seat) = other {
        let text = format!("node {} posted another result than is kept here", seat.id);
        return Err(Failure::about(ExitCode::JobFailed, format!("task {}", task.id), text));
    }
    let settled = (task.end == 1).then(|| Settled {
        number: task.id,
        payer: Address(task.sender.0.0),
        fee: task.fee,
        prices: task.legs.iter().map(|leg| leg.price).sum(),
    });
    let state = ended(task.end).unwrap_or_else(|| phase(task).name());
    let mut report = kept.finished(settled)?.report();
    let (count, all) = (posted.len(), task.seats.len());
    report.text +=
        &format!("\ntask {}: {state}; {count} of {all} parties posted this result", task.id);
    report.json["chain"] = json!({ "task": task.id, "state": state, "posted": count });
    Ok(report)
}
