//! `db info`.

use super::args::InfoArgs;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::kept::{Bar, failed};
use crate::output::{Report, columns};
use serde_json::json;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use troupe_storage::Commit;
use troupe_storage::log::{Kind, look};
use troupe_storage::state::survey;
use troupe_types::{Bytes, Height};

/// Reads the log once, and nothing but names and lengths of all else.
pub(super) fn info(args: &InfoArgs) -> Outcome<Report> {
    let kept = args.kept.find()?;
    let disk = kept.log()?;
    let wrong = |error: troupe_storage::Error| failed(kept.data.display(), error.into());
    let bar = Bar::new();
    let (mut first, mut last, mut blocks): (Option<Height>, Option<Height>, u64) = (None, None, 0);
    let mut total = Bytes::ZERO;
    let log = look(&disk, kept.chain, &mut |found, done| {
        if found.kind == Kind::Commit
            && let Ok(commit) = Commit::decode(found.payload)
        {
            first.get_or_insert(commit.height);
            last = Some(commit.height);
            blocks += 1;
        }
        total = total.max(done);
        bar.show("log", done, total);
        ControlFlow::Continue(())
    });
    let log = log.map_err(wrong)?;
    let states = survey(&disk, kept.chain).map_err(wrong)?.files;
    drop(bar);
    let index = size(&kept.data.join(troupe_actors::INDEX))
        .map_err(|error| Failure::about(ExitCode::BadFile, kept.data.display(), error))?;
    let range = match (first, last) {
        (Some(first), Some(last)) => format!("{blocks} from {first} to {last}"),
        _ => "none".to_owned(),
    };
    let mut rows = vec![
        ("chain", format!("0x{}", kept.chain)),
        ("blocks", range),
        ("log", format!("{} in {} segments", log.size, log.segments.len())),
    ];
    for state in &states {
        let (height, items) = (state.about().height, state.items());
        rows.push(("state file", format!("{} of block {height}, {items} items", state.length())));
    }
    rows.push(("index", index.to_string()));
    let rows: Vec<Vec<String>> =
        rows.into_iter().map(|(name, text)| vec![name.to_owned(), text]).collect();
    let json = json!({
        "dir": kept.data.display().to_string(),
        "chain": format!("0x{}", kept.chain),
        "blocks": { "first": first.map(|at| at.0), "last": last.map(|at| at.0), "count": blocks },
        "log": { "bytes": log.size.0, "segments": log.segments.len() },
        "states": states.iter().map(|state| json!({
            "height": state.about().height.0,
            "bytes": state.length().0,
            "items": state.items(),
        })).collect::<Vec<_>>(),
        "index": { "bytes": index.0 },
    });
    let mut report = Report::new(columns(&rows), json);
    report.notes = log.wrong.iter().map(ToString::to_string).collect();
    Ok(report)
}

/// Bytes of all files of a folder.
fn size(folder: &Path) -> std::io::Result<Bytes> {
    let mut bytes = 0;
    if !folder.is_dir() {
        return Ok(Bytes::ZERO);
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let data = entry.metadata()?;
        bytes += if data.is_dir() { size(&entry.path())?.0 } else { data.len() };
    }
    Ok(Bytes(bytes))
}
