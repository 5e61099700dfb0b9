//! `snapshot create`.

use super::args::CreateArgs;
use super::read::report;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::kept::{Bar, failed, forks};
use crate::output::Report;
use std::ffi::OsString;
use std::fs;
use std::io::BufWriter;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use troupe_runtime::Directory;
use troupe_storage::files::Draft;
use troupe_types::Height;
use troupe_vault::{Error, create as snapshot};

/// Writes a snapshot.
pub(super) fn create(args: &CreateArgs) -> Outcome<Report> {
    let kept = args.kept.find()?;
    let disk = kept.log()?;
    let name = args.file.display().to_string();
    let bad = |error: std::io::Error| Failure::about(ExitCode::BadFile, &name, error);
    let mut draft = Draft::begin(&args.file).map_err(bad)?;
    let scratch = scratch(&args.file).map_err(bad)?;
    let sorting = Arc::new(Directory::open(&scratch).map_err(bad)?);
    let (bar, began) = (Bar::new(), Instant::now());
    let sink = BufWriter::with_capacity(1 << 20, &mut draft);
    let made = snapshot(
        (&disk, kept.chain),
        args.height.map(Height),
        sorting,
        sink,
        &forks(),
        &mut |step, done, total| bar.show(step, done, total),
    );
    drop(bar);
    fs::remove_dir_all(&scratch).map_err(bad)?;
    let (sink, created) = made.map_err(|error| match &error {
        Error::Output(_) => failed(&name, error),
        _ => failed(kept.data.display(), error),
    })?;
    drop(sink);
    draft.finish().map_err(bad)?;
    let seconds = began.elapsed().as_secs_f64();
    Ok(report(&name, &created, seconds, "made"))
}

/// A folder beside the file, for what is sorted on the way; what an ended run left in it is used up.
fn scratch(file: &std::path::Path) -> std::io::Result<PathBuf> {
    let name = file.file_name().unwrap_or_default();
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(".sort");
    std::path::absolute(file.with_file_name(hidden))
}
