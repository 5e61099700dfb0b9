//! `db check`.

use super::args::CheckArgs;
use crate::exit::{ExitCode, Failure, Outcome, Reason};
use crate::kept::{Bar, Kept, failed, forks};
use crate::output::{Report, columns};
use serde_json::json;
use std::fs;
use std::io;
use std::path::Path;
use troupe_crypto::Bls;
use troupe_runtime::Directory;
use troupe_storage::index::{Shelf, SledShelf};
use troupe_storage::{Compared, compare};
use troupe_types::Height;
use troupe_vault::{Checked, check as look, rules};

/// One value of the index in so many is compared.
const SAMPLE: u64 = 64;
/// Where the index is copied to while it is compared: whoever opens an index writes to it.
const COPY: &str = "index-copy";

/// Checks everything, and fails where something is wrong.
pub(super) fn check(args: &CheckArgs) -> Outcome<Report> {
    let kept = args.kept.find()?;
    let disk = kept.log()?;
    let lock = kept.lock();
    let bar = Bar::new();
    let chain = (&kept.genesis, kept.chain);
    let boot = Some(Kept::boot()?);
    let looked = look::<Bls>(&disk, chain, boot, &forks(), &mut |what, done, total| {
        bar.show(what, done, total);
    });
    let mut checked = looked.map_err(|error| failed(kept.data.display(), error))?;
    let (index, mut notes) = match &lock {
        Ok(_) => (compare_index(&kept, &disk, args.full, &bar)?, Vec::new()),
        Err(busy) => {
            let note = format!("{busy}: the index was not looked at");
            (None, vec![note])
        }
    };
    drop(bar);
    if let Some(index) = &index {
        checked.wrong.extend(index.wrong.iter().map(|wrong| format!("index: {wrong}")));
    }
    if lock.is_err() && checked.log.torn.is_some() {
        notes.push("bytes at the end of the log are being written".to_owned());
    }
    let data = kept.data.display().to_string();
    if checked.wrong.is_empty() {
        let report = Report::new(text(&checked, index.as_ref()), facts(&data, &checked, index));
        return Ok(Report { notes, ..report });
    }
    let starts = checked.start.iter().map(|line| format!("a start {line}"));
    let reasons = checked.wrong.iter().cloned().chain(starts);
    let reasons = reasons.map(|text| Reason { text: format!("{data}: {text}"), field: None });
    Err(Failure::all(ExitCode::Storage, reasons.collect()))
}

/// Compares a copy of the index; `None` where there is none.
fn compare_index(
    kept: &Kept,
    disk: &Directory,
    is_full: bool,
    bar: &Bar,
) -> Outcome<Option<Compared>> {
    let (folder, copy) = (kept.data.join(troupe_actors::INDEX), kept.data.join(COPY));
    if !folder.is_dir() {
        return Ok(None);
    }
    let wrong = |error: io::Error| Failure::about(ExitCode::BadFile, copy.display(), error);
    remove(&copy).and_then(|()| copy_all(&folder, &copy)).map_err(wrong)?;
    let shelf = SledShelf::new(&copy, SledShelf::CACHE);
    let every = if is_full { 1 } else { SAMPLE };
    let compared = match shelf.open() {
        Ok(index) => {
            let compared = compare(disk, (kept.chain, &rules), &*index, every, &mut |progress| {
                bar.show("index", progress.done, progress.total);
            });
            drop(index);
            compared.unwrap_or_else(|error| Compared {
                wrong: vec![error.to_string()],
                ..Compared::default()
            })
        }
        Err(error) => {
            let text = format!("{error}; the next start fills it again");
            Compared { wrong: vec![text], ..Compared::default() }
        }
    };
    remove(&copy).map_err(wrong)?;
    Ok(Some(compared))
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_all(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn height(height: Option<Height>) -> String {
    height.map_or_else(|| "none".to_owned(), |height| height.to_string())
}

fn text(checked: &Checked, index: Option<&Compared>) -> String {
    let (log, blocks) = (&checked.log, &checked.blocks);
    let mut rows = vec![
        ("log", format!("{} in {} segments, whole", log.size, log.segments.len())),
        (
            "blocks",
            format!(
                "{} from {} to {}, {} transactions",
                blocks.count,
                height(blocks.first),
                height(blocks.last),
                blocks.transactions
            ),
        ),
        ("finality", format!("{} certificates of the validators, good", blocks.certificates)),
    ];
    if blocks.unknown > 0 {
        let text = format!(
            "{} blocks not checked for it: their validators were elected before the log begins",
            blocks.unknown
        );
        rows.push(("", text));
    }
    for state in &checked.states {
        let text =
            format!("{} items, {}, root of block {}", state.items, state.length, state.height);
        rows.push(("state file", text));
    }
    rows.push(match index {
        None => ("index", "not looked at".to_owned()),
        Some(Compared { height: None, .. }) => ("index", "of no use; filled again".to_owned()),
        Some(Compared { height: at, blocks, values, derived, .. }) => {
            let text = format!(
                "after block {}, {values} values and {blocks} blocks compared, with {derived} of what they left",
                height(*at)
            );
            ("index", text)
        }
    });
    rows.extend(checked.start.iter().map(|line| ("a start", line.clone())));
    let rows: Vec<Vec<String>> =
        rows.into_iter().map(|(name, text)| vec![name.to_owned(), text]).collect();
    columns(&rows)
}

fn facts(data: &str, checked: &Checked, index: Option<Compared>) -> serde_json::Value {
    let (log, blocks) = (&checked.log, &checked.blocks);
    let segments: Vec<_> = log
        .segments
        .iter()
        .map(|segment| {
            json!({
                "file": segment.file,
                "first": segment.first.0,
                "records": segment.records,
                "bytes": segment.length.0,
            })
        })
        .collect();
    let states: Vec<_> = checked
        .states
        .iter()
        .map(|state| {
            json!({
                "file": state.file,
                "height": state.height.0,
                "items": state.items,
                "bytes": state.length.0,
                "root": state.root.map(|root| format!("0x{root}")),
            })
        })
        .collect();
    let index = index.map(|index| {
        json!({
            "height": index.height.map(|height| height.0),
            "blocks": index.blocks,
            "values": index.values,
            "derived": index.derived,
        })
    });
    json!({
        "dir": data,
        "good": true,
        "log": { "bytes": log.size.0, "segments": segments },
        "blocks": {
            "first": blocks.first.map(|height| height.0),
            "last": blocks.last.map(|height| height.0),
            "count": blocks.count,
            "transactions": blocks.transactions,
            "certificates": blocks.certificates,
            "unproven": blocks.unknown,
        },
        "states": states,
        "index": index,
        "start": checked.start,
    })
}
