//! `blocks export`.

use super::args::ExportArgs;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::kept::{Bar, failed};
use crate::output::Report;
use serde_json::json;
use std::io::{BufWriter, Write};
use std::time::Instant;
use troupe_chain::frames::{Content, Tag};
use troupe_storage::files::{Draft, is_standard};
use troupe_types::Height;
use troupe_vault::{Error, FrameWriter, export as blocks};

/// Writes blocks to a file, or to standard output.
pub(super) fn export(args: &ExportArgs) -> Outcome<Report> {
    let kept = args.kept.find()?;
    let disk = kept.log()?;
    let name = args.file.display().to_string();
    let from = Height(args.from.unwrap_or(0));
    let range = from..=Height(args.to.unwrap_or(u64::MAX));
    let bad = |error: std::io::Error| Failure::about(ExitCode::BadFile, &name, error);
    let is_standard = is_standard(&args.file);
    let mut draft = match is_standard {
        true => None,
        false => Some(Draft::begin(&args.file).map_err(bad)?),
    };
    let sink: Box<dyn Write + '_> = match &mut draft {
        Some(draft) => Box::new(draft),
        None => Box::new(std::io::stdout().lock()),
    };
    let (bar, began) = (Bar::new(), Instant::now());
    let wrong = |error: Error| match &error {
        Error::Output(_) => failed(&name, error),
        _ => failed(kept.data.display(), error),
    };
    let sink = BufWriter::with_capacity(1 << 20, sink);
    let mut file = FrameWriter::begin(sink, Content::Blocks, kept.chain).map_err(wrong)?;
    let exported = blocks(&disk, kept.chain, range, &mut |stored, progress| {
        bar.show("blocks", progress.done, progress.total);
        file.write(Tag::Block, &stored.encode()?)
    });
    let exported = exported.map_err(wrong)?;
    let (sink, size) = file.finish().map_err(wrong)?;
    drop(sink);
    drop(bar);
    let Some((first, last)) = exported.first.zip(exported.last) else {
        return Err(Failure::about(ExitCode::Refused, kept.data.display(), "no such block"));
    };
    if let Some(draft) = draft {
        draft.finish().map_err(bad)?;
    }
    let seconds = began.elapsed().as_secs_f64();
    let rate = exported.blocks as f64 / seconds.max(0.001);
    let text = format!(
        "{} blocks from {first} to {last}, {size}, in {seconds:.1} s: {rate:.0} a second",
        exported.blocks
    );
    let json = json!({
        "file": name,
        "first": first.0,
        "last": last.0,
        "blocks": exported.blocks,
        "unproven": exported.unproven,
        "bytes": size.0,
        "seconds": seconds,
    });
    let mut report = Report::new(text, json);
    report.is_aside = is_standard;
    if exported.unproven > 0 {
        let note = format!("{} blocks above cannot be proven to others yet", exported.unproven);
        report.notes.push(note);
    }
    Ok(report)
}
