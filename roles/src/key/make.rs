//! `key new`.

use super::args::{NewArgs, Target};
use super::{file, secret, view};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use std::path::{Path, PathBuf};
use troupe_crypto::keystore::{Entry, Kind};

/// Makes a key and keeps it.
pub(super) fn make(args: &NewArgs) -> Outcome<Report> {
    refuse_existing(&args.target)?;
    let password = args.password.choose()?;
    let entry = secret::generate(args.kind, args.target.label())?;
    keep(&entry, &args.target, &password)
}

/// Writes an entry where `target` says and reports it.
pub(super) fn keep(entry: &Entry, target: &Target, password: &str) -> Outcome<Report> {
    let path = target.path(entry)?;
    file::save(&path, entry, password, target.cost)?;
    Ok(view::report(&path, &view::Facts::of(entry)))
}

/// Nobody should choose a password for a file that will not be written.
pub(super) fn refuse_existing(target: &Target) -> Outcome<()> {
    match &target.file {
        Some(path) if path.symlink_metadata().is_ok() => Err(exists(path)),
        Some(_) | None => Ok(()),
    }
}

fn exists(path: &Path) -> Failure {
    Failure::about(ExitCode::BadFile, path.display(), "exists already and is not replaced")
}

impl Target {
    pub(super) fn label(&self) -> &str {
        self.label.as_deref().unwrap_or_default()
    }

    fn path(&self, entry: &Entry) -> Outcome<PathBuf> {
        if let Some(path) = &self.file {
            return Ok(path.clone());
        }
        let name = match (entry.kind(), entry.address()) {
            (Kind::Account, Some(address)) => format!("account-{}.json", hex::encode(address)),
            (Kind::Certificate, _) => {
                let short: String = entry.label().chars().take(16).collect();
                format!("node-{short}.json")
            }
            (Kind::Bls, _) => {
                let short: String =
                    view::Facts::of(entry).name().chars().skip(2).take(16).collect();
                format!("validator-{short}.json")
            }
            (kind @ (Kind::Account | Kind::Sr25519), _) => {
                let word: [u8; 8] = secret::entropy("file name")?.array();
                format!("{kind}-{}.json", hex::encode(word))
            }
        };
        Ok(file::folder(self.dir.as_deref())?.join(name))
    }
}
