//! The file of a model that a job trained.

use super::report::Shown;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use std::fs;
use std::path::Path;
use troupe_config::{ComputeJob, Work};
use troupe_jobs::Finished;
use troupe_learning::task::Kind;

/// The name that weights have among results.
const WEIGHTS: &str = "weights";

/// That the file could be written: nobody wants to pay for a model that is lost.
pub(super) fn check(job: &ComputeJob) -> Outcome<()> {
    let Some(path) = output(job) else { return Ok(()) };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let failed = |text: String| Err(Failure::about(ExitCode::BadFile, "train.output", text));
    match folder {
        Some(folder) if !folder.is_dir() => failed(format!("{} is no folder", folder.display())),
        _ if path.is_dir() => failed(format!("{} is a folder", path.display())),
        Some(_) | None => Ok(()),
    }
}

/// What a job found, as the command prints it. A model is in its file by then; where that cannot be
/// written, its weights are printed all the same.
pub(crate) fn report(job: &ComputeJob, finished: &Finished) -> Report {
    let mut report = finished.report();
    if let Some(path) = output(job) {
        let note = match write(job, finished, path) {
            Ok(()) => format!("the model is in {}", path.display()),
            Err(failure) => format!("{} was not written: {failure}", path.display()),
        };
        report.notes.push(note);
    }
    report
}

fn output(job: &ComputeJob) -> Option<&Path> {
    match &job.work {
        Work::Train(train) => train.output.as_deref().map(Path::new),
        Work::Statistics(_) | Work::Predict(_) => None,
    }
}

fn write(job: &ComputeJob, finished: &Finished, path: &Path) -> Outcome<()> {
    let missing = || Failure::new(ExitCode::Internal, "there are no weights");
    let Kind::Train(train) = troupe_jobs::kind(&job.work, None)? else { return Err(missing()) };
    let weights = finished.answers.iter().find(|answer| answer.name == WEIGHTS);
    let weights = weights.ok_or_else(missing)?;
    let file = train.onnx(&weights.values);
    let file = file.map_err(|error| Failure::new(ExitCode::Internal, error))?;
    fs::write(path, file).map_err(|error| Failure::new(ExitCode::BadFile, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tempfile::TempDir;
    use troupe_jobs::Answer;
    use troupe_types::SessionId;

    const TRAINING: &str = include_str!("../../../examples/jobs/training.toml");

    fn trained(folder: &Path) -> ComputeJob {
        let path = folder.join("model.onnx");
        super::super::parse(&TRAINING.replace("malignancy.onnx", path.to_str().unwrap())).unwrap()
    }

    fn found(values: Vec<f64>) -> Finished {
        Finished {
            name: "x".into(),
            session: SessionId([1; 16]),
            rows: vec![569, 569],
            answers: vec![Answer { name: WEIGHTS.into(), values, bound: None }],
            traffic: Vec::new(),
            settled: None,
            took: Duration::from_secs(1),
            kept: None,
            model: None,
            opening: None,
        }
    }

    #[test]
    fn a_trained_model_is_in_its_file() {
        let dir = TempDir::new().unwrap();
        let job = trained(dir.path());
        check(&job).unwrap();
        let report = report(&job, &found(vec![0.5; 8]));
        assert!(report.notes[0].starts_with("the model is in "), "{:?}", report.notes);
        let file = fs::read(dir.path().join("model.onnx")).unwrap();
        assert!(file.windows(7).any(|part| part == b"Sigmoid"));
    }

    #[test]
    fn a_file_that_cannot_be_written_is_known_before_and_costs_no_result_after() {
        let dir = TempDir::new().unwrap();
        let job = trained(&dir.path().join("nowhere"));
        let refused = check(&job).unwrap_err().to_string();
        assert!(refused.starts_with("train.output: ") && refused.ends_with("is no folder"));
        let report = report(&job, &found(vec![0.5; 8]));
        assert!(report.notes[0].contains("was not written: "), "{:?}", report.notes);
        assert!(report.text.contains("weights"), "{}", report.text);
        assert!(write(&trained(dir.path()), &found(vec![0.5; 7]), &dir.path().join("m")).is_err());
    }
}
