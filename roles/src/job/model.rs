//! The file of a model that a job trained.

use super::report::Shown;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use std::fs;
use std::path::Path;
use troupe_config::{ComputeJob, Order, Work};
use troupe_jobs::{Finished, Found};

/// A file that the model of a job is to be written to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    path: &'a Path,
    /// What named it.
    field: &'static str,
}

impl<'a> Target<'a> {
    /// That of a flag, if it was given.
    pub(super) fn of_flag(path: Option<&'a Path>) -> Option<Self> {
        path.map(|path| Self { path, field: "--onnx" })
    }

    /// That of a flag, or else the one that the job names.
    pub(super) fn of(order: &'a Order, flag: Option<&'a Path>) -> Outcome<Option<Self>> {
        let job = match order {
            Order::Compute(job) => Some(job),
            Order::Matching(_) => None,
        };
        let shows = |job: &ComputeJob| matches!(&job.work, Work::Train(train) if train.weights);
        match Self::of_flag(flag) {
            Some(target) if !job.is_some_and(shows) => {
                Err(target.failed(ExitCode::Usage, NO_MODEL.to_owned()))
            }
            Some(target) => Ok(Some(target)),
            None => Ok(job.and_then(Self::of_job)),
        }
    }

    /// The one that the job names.
    pub(crate) fn of_job(job: &'a ComputeJob) -> Option<Self> {
        let output = match &job.work {
            Work::Train(train) => train.output.as_deref(),
            Work::Statistics(_) | Work::Predict(_) => None,
        };
        output.map(|path| Self { path: Path::new(path), field: "train.output" })
    }

    /// That the file could be written: nobody wants to pay for a model that is lost.
    pub(super) fn check(&self) -> Outcome<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let failed = |text: String| Err(self.failed(ExitCode::BadFile, text));
        match folder {
            Some(folder) if !folder.is_dir() => {
                failed(format!("{} is no folder", folder.display()))
            }
            _ if self.path.is_dir() => failed(format!("{} is a folder", self.path.display())),
            Some(_) | None => Ok(()),
        }
    }

    /// Writes it, and says so.
    fn write(&self, finished: &Finished) -> Outcome<String> {
        let Some(file) = &finished.onnx else {
            return Err(self.failed(ExitCode::Usage, NO_MODEL.to_owned()));
        };
        fs::write(self.path, &file.0)
            .map_err(|error| self.failed(ExitCode::BadFile, error.to_string()))?;
        Ok(format!("the model is in {}", self.path.display()))
    }

    fn failed(&self, code: ExitCode, text: String) -> Failure {
        Failure::about(code, self.field, text)
    }
}

const NO_MODEL: &str = "the job shows no model that could be written";

/// What a job found that was run just now. A model is in its file by then; where that cannot be written, its weights are printed all
/// the same.
pub(crate) fn report(finished: &Finished, target: Option<Target<'_>>) -> Report {
    let mut report = finished.report();
    if let Some(target) = target {
        report.notes.push(target.write(finished).unwrap_or_else(|failure| {
            format!("{} was not written: {failure}", target.path.display())
        }));
    }
    report
}

/// What a job found, for somebody who can ask again: a file that was asked for and cannot be written is a failure.
pub(super) fn report_again(finished: &Finished, target: Option<Target<'_>>) -> Outcome<Report> {
    let mut report = finished.report();
    if let Some(target) = target {
        report.notes.push(target.write(finished)?);
    }
    Ok(report)
}

/// The same of any job.
pub(super) fn again(found: &Found, target: Option<Target<'_>>) -> Outcome<Report> {
    match (found, target) {
        (Found::Finished(finished), target) => report_again(finished, target),
        (Found::Matched(matched), None) => Ok(matched.report()),
        (Found::Matched(_), Some(target)) => {
            Err(target.failed(ExitCode::Usage, NO_MODEL.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;
    use std::time::Duration;
    use tempfile::TempDir;
    use troupe_jobs::{Answer, Onnx};
    use troupe_types::SessionId;

    const TRAINING: &str = include_str!("../../../examples/jobs/training.toml");

    fn training(folder: &Path) -> Order {
        let path = folder.join("model.onnx");
        troupe_jobs::read(&TRAINING.replace("malignancy.onnx", path.to_str().unwrap())).unwrap()
    }

    fn found(onnx: Option<Onnx>) -> Finished {
        let weights = Answer { name: "weights".into(), values: vec![0.5; 8], bound: None };
        Finished {
            name: "x".into(),
            session: SessionId([1; 16]),
            rows: vec![569, 569],
            answers: vec![weights],
            traffic: Vec::new(),
            settled: None,
            took: Duration::from_secs(1),
            kept: None,
            model: None,
            opening: None,
            onnx: onnx.map(Box::new),
        }
    }

    fn trained() -> Finished {
        found(Some(Onnx(b"a model".to_vec())))
    }

    #[test]
    fn a_trained_model_is_in_the_file_of_its_job_or_of_the_flag() {
        let dir = TempDir::new().unwrap();
        let (order, other) = (training(dir.path()), dir.path().join("other.onnx"));
        let files =
            || ["model.onnx", "other.onnx"].map(|name| fs::read(dir.path().join(name)).ok());
        let wrote = Some(b"a model".to_vec());
        let target = Target::of(&order, None).unwrap().unwrap();
        target.check().unwrap();
        let said = report(&trained(), Some(target)).notes.remove(0);
        assert!(said.starts_with("the model is in ") && said.ends_with("/model.onnx"), "{said}");
        assert_eq!(files(), [wrote.clone(), None]);
        fs::remove_file(dir.path().join("model.onnx")).unwrap();
        report(&trained(), Target::of(&order, Some(&other)).unwrap());
        assert_eq!(files(), [None, wrote.clone()]);
        // As later, for somebody who listens or asks again.
        fs::remove_file(&other).unwrap();
        let found = Found::Finished(trained());
        let said = again(&found, Target::of_flag(Some(&other))).unwrap().notes.remove(0);
        assert!(said.ends_with("/other.onnx"), "{said}");
        assert_eq!(files(), [None, wrote]);
        assert!(again(&found, None).unwrap().notes.is_empty());
    }

    #[test]
    fn a_file_that_cannot_be_written_is_known_before_and_costs_no_result_after() {
        let dir = TempDir::new().unwrap();
        let order = training(&dir.path().join("nowhere"));
        let target = Target::of(&order, None).unwrap().unwrap();
        let refused = target.check().unwrap_err().to_string();
        assert!(refused.starts_with("train.output: ") && refused.ends_with("is no folder"));
        let said = report(&trained(), Some(target));
        assert!(said.notes[0].contains("was not written: "), "{:?}", said.notes);
        assert!(said.text.contains("weights"), "{}", said.text);
        let said = again(&Found::Finished(trained()), Some(target)).unwrap_err();
        assert_eq!(said.code, ExitCode::BadFile);
    }

    #[test]
    fn a_job_that_shows_no_model_is_told_from_one_that_does() {
        let path = PathBuf::from("m.onnx");
        for text in [
            include_str!("../../../examples/jobs/joint_statistics.toml"),
            include_str!("../../../examples/jobs/kept_training.toml"),
            include_str!("../../../examples/jobs/matching.toml"),
        ] {
            let order = troupe_jobs::read(text).unwrap();
            assert!(Target::of(&order, None).unwrap().is_none());
            let refused = Target::of(&order, Some(&path)).unwrap_err();
            assert_eq!(refused.to_string(), format!("--onnx: {NO_MODEL}"));
        }
        let refused = again(&Found::Finished(found(None)), Target::of_flag(Some(&path)));
        assert_eq!(refused.unwrap_err().code, ExitCode::Usage);
        assert!(!path.exists());
    }
}
