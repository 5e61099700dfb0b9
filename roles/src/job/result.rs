//! `troupe job result`: what a job that was run from here found, compared with what the chain says of it.

use super::args::ResultArgs;
use super::report::Shown;
use crate::exit::Outcome;
use crate::output::Report;
use serde_json::json;

pub(super) fn result(args: &ResultArgs) -> Outcome<Report> {
    let number = args.at.task;
    troupe_runtime::run(async {
        let mut desk = match args.offline {
            true => args.at.open_offline().await?,
            false => args.at.open().await?,
        };
        let found = desk.client.result(number, args.offline).await;
        desk.leave().await;
        let (finished, standing) = found?;
        let mut report = finished.report();
        match standing {
            Some(standing) => {
                let (state, count, all) = (standing.state, standing.posted, standing.seats);
                report.text += &format!(
                    "\ntask {number}: {state}; {count} of {all} parties posted this result"
                );
                report.json["chain"] = json!({ "task": number, "state": state, "posted": count });
            }
            None => {
                report.json["chain"] = json!({ "task": number, "state": null });
                report.notes.push(format!("the chain was not asked what it says of task {number}"));
            }
        }
        Ok(report)
    })
}
