//! Network files on disk.

use crate::exit::{ExitCode, Failure, Outcome, Reason};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use troupe_config::{Error, Errors, LARGEST_DOCUMENT, NetworkFile};
use troupe_storage::files;
use troupe_types::UnixMillis;

/// Reads a network file; the failure has a reason for each mistake.
pub(crate) fn load(path: &Path) -> Outcome<NetworkFile> {
    let name = path.display().to_string();
    NetworkFile::load(&text(path)?).map_err(|errors| bad(&name, &errors))
}

/// Reads a draft, or the shipped one; it begins now unless it says when.
pub(crate) fn draft(path: Option<&Path>) -> Outcome<NetworkFile> {
    let (name, text) = match path {
        Some(path) => (path.display().to_string(), text(path)?),
        None => ("shipped draft".to_owned(), troupe_config::DEVNET.to_owned()),
    };
    NetworkFile::load_draft(&text, now()).map_err(|errors| bad(&name, &errors))
}

fn text(path: &Path) -> Outcome<String> {
    let wrong = |text: String| {
        Failure::about(ExitCode::BadFile, path.display(), format!("cannot be read: {text}"))
    };
    // One more byte than allowed, so that the reader names size and limit.
    let limit = LARGEST_DOCUMENT.0.saturating_add(1);
    let bytes = files::read(path, limit).map_err(|error| wrong(error.to_string()))?;
    String::from_utf8(bytes).map_err(|_| wrong("no UTF-8 text".to_owned()))
}

fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// What is wrong with a network file.
pub(super) fn bad(name: &str, errors: &Errors) -> Failure {
    let reason = |error: &Error| Reason {
        text: format!("{name}: {error}"),
        field: Some(error.field.clone()),
    };
    Failure::all(ExitCode::BadManifest, errors.as_slice().iter().map(reason).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_draft_begins_now() {
        let before = now();
        let draft = draft(None).unwrap();
        assert!(before <= draft.time && draft.time <= now());
    }

    #[test]
    fn a_bad_file_is_named_with_every_mistake() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("genesis.toml");
        let missing = load(&path).unwrap_err();
        assert_eq!(missing.code, ExitCode::BadFile);
        std::fs::write(&path, "version = 1\nchain_id = 0\n").unwrap();
        let failure = load(&path).unwrap_err();
        assert_eq!(failure.code, ExitCode::BadManifest);
        assert!(failure.reasons.len() > 5, "{failure}");
        assert!(failure.to_string().contains("genesis.toml: line 2: chain_id: got 0"), "{failure}");
    }
}
