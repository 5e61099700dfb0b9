//! `key import`.

use super::args::ImportArgs;
use super::{make, secret};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use troupe_crypto::keystore::{self, Entry, MAX_TEXT};
use troupe_storage::files;
use zeroize::{Zeroize, Zeroizing};

/// Takes a secret from elsewhere.
pub(super) fn import(args: &ImportArgs) -> Outcome<Report> {
    make::refuse_existing(&args.target)?;
    let bytes = read(&args.from)?;
    if is_keystore(&bytes) {
        let entry = open(&bytes, args)?;
        let password = args.new_password.choose()?;
        return make::keep(&entry, &args.target, &password);
    }
    let entry = secret::parse(args.kind, &bytes, args.target.label())
        .map_err(|failure| failure.in_file(&args.from))?;
    let password = args.password.choose()?;
    make::keep(&entry, &args.target, &password)
}

fn is_keystore(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"{")
}

/// A key file of another program, or of ours.
fn open(bytes: &[u8], args: &ImportArgs) -> Outcome<Entry> {
    let wrong = |error| Failure::about(ExitCode::BadKey, args.from.display(), error);
    let text = String::from_utf8_lossy(bytes);
    let found = keystore::inspect(&text).map_err(wrong)?;
    let password = args.password.obtain(&args.from)?;
    let entry = keystore::open(&text, password.as_bytes()).map_err(wrong)?;
    let label = args.target.label.as_deref();
    if found.kind == keystore::Kind::Certificate || label.is_none() {
        return Ok(entry);
    }
    let kind = entry.kind();
    Entry::new(kind, label.unwrap_or_default(), entry.into_secret()).map_err(secret::bad_key)
}

fn read(from: &Path) -> Outcome<Zeroizing<Vec<u8>>> {
    let limit = u64::try_from(MAX_TEXT).unwrap_or(u64::MAX);
    if from.as_os_str() != OsStr::new("-") {
        let wrong = |error: std::io::Error| {
            let code = match error.kind() {
                std::io::ErrorKind::NotFound => ExitCode::BadFile,
                _ => ExitCode::BadKey,
            };
            Failure::about(code, from.display(), format!("secret cannot be read: {error}"))
        };
        return files::read_private(from, limit).map(Zeroizing::new).map_err(wrong);
    }
    // The full capacity at once: growing would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_TEXT + 1));
    let read = std::io::stdin().lock().take(limit.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| {
        Failure::about(ExitCode::BadFile, "standard input", format!("cannot be read: {error}"))
    })?;
    if bytes.len() > MAX_TEXT {
        bytes.zeroize();
        let text = format!("longer than {MAX_TEXT} bytes");
        return Err(Failure::about(ExitCode::BadKey, "standard input", text));
    }
    Ok(bytes)
}
