//! Running files on all cores.

use crate::case::{Case, Verdict};
use crate::file;
use crate::progress::Progress;
use crate::report::Report;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Deep recursion is in the tests: 1,024 calls inside each other.
const STACK: usize = 256 << 20;

/// Runs all files and counts.
pub(crate) fn run(folder: &Path, files: &[PathBuf]) -> Report {
    let sizes: Vec<u64> =
        files.iter().map(|path| path.metadata().map_or(0, |it| it.len())).collect();
    let report = Mutex::new(Report::default());
    let progress = Progress::new(files.len(), sizes.iter().sum());
    let next = AtomicUsize::new(0);
    let take = || {
        while let Some(at) =
            Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < files.len())
        {
            let cases = one(&files[at]);
            let mut report = report.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let path = files[at].strip_prefix(folder).unwrap_or(&files[at]);
            report.add(path, cases);
            progress.done(sizes[at], report.failed());
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            let worker = thread::Builder::new().stack_size(STACK);
            // Without a thread of its own the work is done here.
            if worker.spawn_scoped(scope, take).is_err() {
                take();
            }
        }
    });
    progress.end();
    report.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The cases of a file; a file that cannot be read is a case that failed.
fn one(path: &Path) -> Vec<Case> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let bytes = std::fs::read(path)?;
        file::cases(path, &bytes)
    }));
    let reason = match outcome {
        Ok(Ok(cases)) => return cases,
        Ok(Err(error)) => format!("{error:#}"),
        Err(_) => "it panicked".to_owned(),
    };
    let verdict = Verdict::Failed(reason);
    vec![Case { kind: "file", fork: "-".to_owned(), name: String::new(), verdict }]
}
