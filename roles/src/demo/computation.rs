//! A private job, compared with what only the demo can know: the plain result.

use super::command::say;
use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::job::{self, Shown};
use crate::output::{Format, Report};
use crate::plain;
use crate::tx::dev_accounts;
use std::path::PathBuf;
use troupe_chain::transaction::Signer;
use troupe_config::Work;
use troupe_jobs::Finished;

const JOB: &str = include_str!("../../../examples/jobs/matched_statistics.toml");

const TRAINING: &str = include_str!("../../../examples/jobs/matched_training.toml");
/// Number of the funded account that pays; others pay for other parts of the story.
const PAYER: usize = 2;

/// Trains the shipped model and tells how good it is.
pub(super) async fn train(record: &Record, model: PathBuf, format: Format) -> Outcome<Report> {
    let mut job = job::parse(TRAINING)?;
    if let Work::Train(train) = &mut job.work {
        train.output = Some(model.display().to_string());
    }
    let finished = job::with_bar(TRAINING, record, payer(record)?).await?;
    let report = job::with_model(&finished, job::Target::of_job(&job));
    say(format, &report.text);
    report.notes.iter().for_each(|note| say(format, &format!("\n   {note}")));
    Ok(report)
}

fn payer(record: &Record) -> Outcome<Option<Signer>> {
    Ok(dev_accounts(record)?.into_iter().nth(PAYER))
}

/// Runs the shipped job and tells its results.
pub(super) async fn show(record: &Record, format: Format) -> Outcome<Finished> {
    let job = job::parse(JOB)?;
    let finished = job::with_bar(JOB, record, payer(record)?).await?;
    say(format, &finished.report().text);
    let plain = plain::results(&job, |input| {
        let dataset = job.inputs[input].dataset.as_str();
        crate::devnet::example(dataset).map(|example| example.csv)
    })?;
    let mut worst: f64 = 0.0;
    for (found, exact) in finished.answers.iter().zip(plain) {
        let (value, bound) = (found.values.first().copied(), found.bound.unwrap_or(0.0));
        let value = value.unwrap_or(f64::NAN);
        let difference = (value - exact).abs();
        if difference.is_nan() || difference > bound {
            let name = &found.name;
            let text = format!(
                "{name}: {value} differs from the plain result {exact} by more than {bound}"
            );
            return Err(Failure::new(ExitCode::JobFailed, text));
        }
        worst = worst.max(difference / bound.max(f64::MIN_POSITIVE));
    }
    let used = 100.0 * worst;
    say(
        format,
        &format!(
            "\n   The demo holds both files, so it can compare with the plain results: all agree within\n   \
             the stated precision (the worst used {used:.0} % of it)."
        ),
    );
    Ok(finished)
}
