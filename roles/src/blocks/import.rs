//! `blocks import`.

use super::args::ImportArgs;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::kept::{Bar, failed, forks};
use crate::output::Report;
use serde_json::json;
use std::fs::File;
use std::io::{BufReader, Read};
use std::time::Instant;
use troupe_chain::frames::{Content, Tag};
use troupe_crypto::Bls;
use troupe_storage::files::is_standard;
use troupe_types::Bytes;
use troupe_vault::{Error, Frames, Importer};

/// Takes blocks from a file, or from standard input.
pub(super) fn import(args: &ImportArgs) -> Outcome<Report> {
    let kept = args.kept.find()?;
    let name = args.file.display().to_string();
    let bad = |error: std::io::Error| Failure::about(ExitCode::BadFile, &name, error);
    let (source, total): (Box<dyn Read>, Bytes) = if is_standard(&args.file) {
        (Box::new(std::io::stdin().lock()), Bytes::ZERO)
    } else {
        let file = File::open(&args.file).map_err(bad)?;
        let length = file.metadata().map_err(bad)?.len();
        (Box::new(file), Bytes(length))
    };
    let wrong = |error: Error| match &error {
        Error::Storage(_) => failed(kept.data.display(), error),
        _ => failed(&name, error),
    };
    let source = BufReader::with_capacity(1 << 20, source);
    let mut frames = Frames::open(source, Content::Blocks, kept.chain).map_err(wrong)?;
    let _lock = kept.lock()?;
    let (bar, forks) = (Bar::new(), forks());
    let vault = kept.vault(&bar)?;
    let begun = Importer::<Bls>::begin(vault, &forks, &mut |_| {});
    let mut importer = begun.map_err(|error| failed(kept.data.display(), error))?;
    let began = Instant::now();
    let ended = loop {
        match frames.read_next() {
            Ok(None) => break Ok(()),
            Ok(Some((Tag::Block, payload))) => {
                if let Err(error) = importer.add(&payload, &forks) {
                    break Err(error);
                }
            }
            Ok(Some(_)) => {
                let reason = "a frame that is no block";
                let reason = troupe_chain::Error::Malformed { what: "file of blocks", reason };
                break Err(Error::bad_file(frames.at().0, reason));
            }
            Err(error) => break Err(error),
        }
        let what = format!("blocks, at {}", importer.done().height);
        bar.show(what, frames.at(), total.max(frames.at()));
    };
    // What was good before a bad one stays, and the index is closed.
    let finished = importer.finish(&forks);
    drop(bar);
    ended.map_err(wrong)?;
    let done = finished.map_err(wrong)?;
    let seconds = began.elapsed().as_secs_f64();
    let rate = done.blocks as f64 / seconds.max(0.001);
    let text = format!(
        "{} blocks with {} transactions in {seconds:.1} s, {rate:.0} blocks a second; {} were there; \
         the last one is {}",
        done.blocks, done.transactions, done.known, done.height
    );
    let json = json!({
        "file": name,
        "blocks": done.blocks,
        "transactions": done.transactions,
        "known": done.known,
        "height": done.height.0,
        "bytes": frames.at().0,
        "seconds": seconds,
    });
    Ok(Report::new(text, json))
}
