//! `snapshot verify` and `snapshot info`.

use super::args::{InfoArgs, ReadArgs};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::kept::{Bar, failed, forks};
use crate::output::{Report, columns};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;
use std::time::Instant;
use troupe_chain::Genesis;
use troupe_chain::frames::{Content, PREFACE, Preface, Tag};
use troupe_chain::snapshot::Manifest;
use troupe_crypto::Bls;
use troupe_types::{Bytes, Hash};
use troupe_vault::{Contents, Frames, Snapshot, Voucher};

/// Opens a snapshot of a chain; refused is one whose block is not final, or not the one that is trusted.
pub(super) fn open(
    path: &Path,
    (genesis, chain): (&Genesis, Hash),
    trusted: Option<Hash>,
) -> Outcome<Snapshot<BufReader<File>>> {
    let bad = |error: std::io::Error| Failure::about(ExitCode::BadFile, path.display(), error);
    let file = File::open(path).map_err(bad)?;
    let length = Bytes(file.metadata().map_err(bad)?.len());
    let source = BufReader::with_capacity(1 << 20, file);
    Snapshot::begin::<Bls>(source, length, (genesis, chain), trusted)
        .map_err(|error| failed(path.display(), error))
}

/// What a snapshot has, as it is printed.
pub(super) fn report(name: &str, contents: &Contents, seconds: f64, what: &str) -> Report {
    let text = format!(
        "{name}: {what}, block {} with {} items of state in {} pieces, {}, in {seconds:.1} s\nroot 0x{}",
        contents.height, contents.items, contents.pieces, contents.size, contents.root
    );
    let json = json!({
        "file": name,
        "height": contents.height.0,
        "hash": format!("0x{}", contents.hash),
        "root": format!("0x{}", contents.root),
        "items": contents.items,
        "pieces": contents.pieces,
        "bytes": contents.size.0,
        "seconds": seconds,
    });
    Report::new(text, json)
}

/// Adds who says that the block of a snapshot is final.
pub(super) fn vouched(mut report: Report, hash: Hash, voucher: Voucher) -> Report {
    let (word, text) = match voucher {
        Voucher::Genesis => ("genesis", "final: signed by validators that follow from the genesis"),
        Voucher::Caller => {
            ("trusted", "final: the block is the trusted one, and signed by its validators")
        }
        Voucher::Itself => (
            "itself",
            "good in itself: signed by validators that its own state names, whoever made that; compare the hash with that \
             of somebody you trust",
        ),
    };
    report.text.push_str(&format!("\nhash 0x{hash}\n{text}"));
    report.json["finality"] = json!(word);
    report
}

/// Checks a snapshot from its first byte to its last.
pub(super) fn verify(args: &ReadArgs) -> Outcome<Report> {
    let (genesis, chain) = args.kept.network()?;
    let (bar, began) = (Bar::new(), Instant::now());
    let snapshot = open(&args.file, (&genesis, chain), args.trust)?;
    let voucher = snapshot.voucher();
    let verified = snapshot.verify(&forks(), &mut |step, done, total| bar.show(step, done, total));
    drop(bar);
    let verified = verified.map_err(|error| failed(args.file.display(), error))?;
    let seconds = began.elapsed().as_secs_f64();
    let report = report(&args.file.display().to_string(), &verified, seconds, "whole");
    Ok(vouched(report, verified.hash, voucher))
}

/// Says what a snapshot claims to be.
pub(super) fn info(args: &InfoArgs) -> Outcome<Report> {
    let name = args.file.display().to_string();
    let bad = |error: std::io::Error| Failure::about(ExitCode::BadFile, &name, error);
    let unproven = |error: troupe_chain::Error| Failure::about(ExitCode::Unproven, &name, error);
    let mut file = File::open(&args.file).map_err(bad)?;
    let length = Bytes(file.metadata().map_err(bad)?.len());
    let mut preface = [0; PREFACE];
    file.read_exact(&mut preface).and_then(|()| file.rewind()).map_err(bad)?;
    let Preface { chain, .. } = Preface::decode(&preface, Content::Snapshot).map_err(unproven)?;
    let wrong = |error| failed(&name, error);
    let mut frames = Frames::open(file, Content::Snapshot, chain).map_err(wrong)?;
    let manifest = match frames.read_next().map_err(wrong)? {
        Some((Tag::Manifest, bytes)) => Manifest::decode(&bytes).map_err(unproven)?,
        Some(_) | None => {
            return Err(Failure::about(ExitCode::Unproven, &name, "it has no manifest"));
        }
    };
    let header = manifest.stored.block.header();
    let rows = [
        ("chain", format!("0x{chain}")),
        ("block", header.height.to_string()),
        ("hash", format!("0x{}", manifest.stored.block.hash())),
        ("root", format!("0x{}", manifest.root())),
        ("epoch", header.epoch.to_string()),
        ("items", manifest.items.to_string()),
        ("headers", format!("{} below", manifest.before.len())),
        ("size", length.to_string()),
    ];
    let json = json!({
        "file": name,
        "chain": format!("0x{chain}"),
        "height": header.height.0,
        "hash": format!("0x{}", manifest.stored.block.hash()),
        "root": format!("0x{}", manifest.root()),
        "epoch": header.epoch.0,
        "items": manifest.items,
        "headers": manifest.before.len(),
        "bytes": length.0,
        "checked": Value::Bool(false),
    });
    let rows = rows.map(|(key, value)| vec![key.to_owned(), value]);
    Ok(Report::new(columns(&rows), json))
}
