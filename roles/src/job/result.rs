//! `troupe job result`: what a job that was run from here found, compared with what the chain says of it.

use super::args::ResultArgs;
use super::model::{self, Target};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use alloy_primitives::hex;
use serde_json::json;
use std::path::Path;
use troupe_jobs::Opening;
use troupe_storage::files::{self, Existing};

/// Whoever has it can show the results, so it is a file for its owner alone.
fn write(opening: Option<&Opening>, path: &Path) -> Outcome<()> {
    let failed = |why: String| Failure::about(ExitCode::BadFile, path.display(), why);
    let Some(Opening(bytes)) = opening else {
        return Err(failed(
            "these results cannot be shown to a contract: they are too many".to_owned(),
        ));
    };
    let text = format!("0x{}\n", hex::encode(bytes));
    files::write(path, text.as_bytes(), Existing::Replace)
        .map_err(|error| failed(error.to_string()))
}

pub(super) fn result(args: &ResultArgs) -> Outcome<Report> {
    let number = args.at.task;
    let target = Target::of_flag(args.onnx.as_deref());
    target.as_ref().map_or(Ok(()), Target::check)?;
    troupe_runtime::run(async {
        let mut desk = match args.offline {
            true => args.at.open_offline().await?,
            false => args.at.open().await?,
        };
        let found = desk.client.result(number, args.offline).await;
        desk.leave().await;
        let (finished, standing) = found?;
        let mut report = model::report_again(&finished, target)?;
        if let Some(path) = &args.opening {
            write(finished.opening.as_deref(), path)?;
            report.text += &format!("\nwhat shows these results is in {}", path.display());
        }
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
