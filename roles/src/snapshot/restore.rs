//! `snapshot restore`.

use super::args::RestoreArgs;
use super::read::{open, report, vouched};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::kept::{Bar, Kept, failed, forks};
use crate::output::Report;
use std::fs;
use std::sync::Arc;
use std::time::Instant;
use troupe_vault::{Error, Garden, restore as plant};

/// Where an ended run leaves what it had, below the data folder.
const SCRATCH: &str = "restore";

/// Fills the place of a chain with a snapshot.
pub(super) fn restore(args: &RestoreArgs) -> Outcome<Report> {
    let kept = args.kept.find()?;
    if kept.has_vote && !args.never_voted {
        let text = "the manifest names a key for votes; one that has voted must not vote again without its log, \
                    give --never-voted where it never has";
        return Err(Failure::about(ExitCode::Refused, "chain.key", text));
    }
    let snapshot = open(&args.file, (&kept.genesis, kept.chain), args.trust)?;
    let voucher = snapshot.voucher();
    let _lock = kept.lock()?;
    let (bar, began) = (Bar::new(), Instant::now());
    let garden = Garden {
        disk: Arc::new(kept.disk(troupe_actors::LOG)?),
        scratch: Arc::new(kept.disk(SCRATCH)?),
        salt: Kept::salt()?,
    };
    let planted = plant(snapshot, garden, &forks(), &mut |step, done, total| {
        bar.show(step, done, total);
    });
    drop(bar);
    let planted = planted.map_err(|error| match &error {
        Error::Storage(_) => failed(kept.data.display(), error),
        _ => failed(args.file.display(), error),
    })?;
    let scratch = kept.data.join(SCRATCH);
    fs::remove_dir_all(&scratch)
        .map_err(|error| Failure::about(ExitCode::BadFile, scratch.display(), error))?;
    let seconds = began.elapsed().as_secs_f64();
    let report = report(&args.file.display().to_string(), &planted, seconds, "restored");
    Ok(vouched(report, planted.hash, voucher))
}
