//! `key export`.

use super::args::ExportArgs;
use super::{file, secret, view};
use crate::exit::Outcome;
use crate::output::Report;
use serde_json::json;

/// Copies a key under another password, or in plain.
pub(super) fn export(args: &ExportArgs) -> Outcome<Report> {
    let entry = file::open(&args.file, &args.password)?;
    match (&args.to, args.plaintext) {
        (Some(to), false) => {
            let password = args.new_password.choose()?;
            file::save(to, &entry, &password, args.cost)?;
            Ok(view::report(to, &view::Facts::of(&entry)))
        }
        (Some(to), true) => {
            let mut text = secret::plain(&entry);
            text.push('\n');
            file::write_new(to, text.as_bytes())?;
            let report = view::report(to, &view::Facts::of(&entry));
            let note = format!("{} holds the secret in plain", to.display());
            Ok(Report { notes: vec![note], ..report })
        }
        (None, _) => {
            let text = secret::plain(&entry);
            let json = json!({ "kind": entry.kind().name(), "secret": text.as_str() });
            Ok(Report::new(text.as_str(), json))
        }
    }
}
