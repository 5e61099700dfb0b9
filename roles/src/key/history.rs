//! `key history`: what a vote key signed last, carried from one machine to another.

use super::args::{HistoryArgs, HistoryCommand, HistoryExportArgs, HistoryImportArgs};
use super::interchange;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::kept::{Bar, Kept, failed};
use crate::lock::Lock;
use crate::output::Report;
use crate::signer;
use serde_json::json;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use troupe_consensus::History;
use troupe_storage::files::{self, Existing, is_standard};
use troupe_types::Hash;
use troupe_vault::Vault;

/// Does what was asked of `troupe key history`.
pub(super) fn run(args: &HistoryArgs) -> Outcome<Report> {
    match &args.command {
        HistoryCommand::Export(args) => export(args),
        HistoryCommand::Import(args) => import(args),
    }
}

/// Opens the chain of a node that does not run: its history is over, as long as the lock is held.
fn opened<T>(kept: &Kept, work: impl FnOnce(&mut Vault) -> Outcome<T>) -> Outcome<T> {
    let _lock = kept.lock()?;
    let bar = Bar::new();
    let mut vault = kept.vault(&bar)?;
    drop(bar);
    let done = work(&mut vault);
    let closed = vault.close().map_err(|error| failed(kept.data.display(), error));
    done.and_then(|done| closed.map(|()| done))
}

/// What was signed by the keys of a node or of a signer that does not run, and on which chain.
fn signed(args: &HistoryExportArgs) -> Outcome<(Hash, History)> {
    if let Some(folder) = &args.signer_dir {
        if !folder.is_dir() {
            return Err(Failure::about(ExitCode::BadFile, folder.display(), "is no folder"));
        }
        let _lock = Lock::directory(folder)?;
        let past = signer::open(folder)?;
        let nothing =
            || Failure::about(ExitCode::Refused, folder.display(), "nothing was signed there");
        return Ok((past.chain().ok_or_else(nothing)?, past.history().clone()));
    }
    let kept = args.kept.find()?;
    // Where no chain was ever kept there is nothing to look at, and none is begun.
    kept.log()?;
    let history =
        opened(&kept, |vault| vault.history().map_err(|error| failed(kept.data.display(), error)))?;
    Ok((kept.chain, history))
}

fn export(args: &HistoryExportArgs) -> Outcome<Report> {
    let (chain, history) = signed(args)?;
    let mut text = format!("{:#}", interchange::write(&history, &chain));
    text.push('\n');
    let keys = count_keys(&history);
    let marks = history.iter().count();
    if is_standard(&args.file) {
        print!("{text}");
    } else {
        files::write(&args.file, text.as_bytes(), Existing::Keep)
            .map_err(|error| Failure::about(ExitCode::BadFile, args.file.display(), error))?;
    }
    let name = args.file.display().to_string();
    let said =
        format!("{marks} signatures of {keys} keys are in {name}; start what was there no more");
    let mut report = Report::new(said, json!({ "file": name, "keys": keys, "signed": marks }));
    report.is_aside = is_standard(&args.file);
    Ok(report)
}

/// Bars what is not later than what was brought; how much of it was new.
fn bar(args: &HistoryImportArgs, genesis: Hash, brought: &History) -> Outcome<usize> {
    let other = |chain: Hash| {
        let text = format!("is of the chain {genesis}, and this one is {chain}");
        Failure::about(ExitCode::BadFile, args.file.display(), text)
    };
    if let Some(folder) = &args.signer_dir {
        let _lock = Lock::directory(folder)?;
        let mut past = signer::open(folder)?;
        return past.bar(genesis, brought).map_err(|error| match error {
            troupe_signer::Error::OtherChain { want, .. } => other(want),
            error => signer::failed(folder, error),
        });
    }
    let kept = args.kept.find()?;
    if genesis != kept.chain {
        return Err(other(kept.chain));
    }
    opened(&kept, |vault| vault.bar(brought).map_err(|error| failed(kept.data.display(), error)))
        .map(|new| new.len())
}

fn import(args: &HistoryImportArgs) -> Outcome<Report> {
    let text = read(&args.file)?;
    let bad = |error| Failure::about(ExitCode::BadFile, args.file.display(), error);
    let (genesis, brought) = interchange::read(&text).map_err(bad)?;
    let new = bar(args, genesis, &brought)?;
    let all = brought.iter().count();
    let text = format!(
        "{new} of {all} signatures are later than what was known here; nothing was lowered"
    );
    let json = json!({ "signed": all, "raised": new, "keys": count_keys(&brought) });
    Ok(Report::new(text, json))
}

fn count_keys(history: &History) -> usize {
    let mut keys: Vec<_> = history.iter().map(|(key, _)| key).collect();
    keys.dedup();
    keys.len()
}

fn read(path: &Path) -> Outcome<String> {
    let wrong = |error: std::io::Error| Failure::about(ExitCode::BadFile, path.display(), error);
    let source: Box<dyn Read> = match is_standard(path) {
        true => Box::new(std::io::stdin().lock()),
        false => Box::new(File::open(path).map_err(wrong)?),
    };
    let mut text = String::new();
    let limit = u64::try_from(interchange::MAX_TEXT).unwrap_or(u64::MAX);
    source.take(limit.saturating_add(1)).read_to_string(&mut text).map_err(wrong)?;
    Ok(text)
}
