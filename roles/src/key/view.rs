//! `key show` and `key list`: what key files say, without their secrets.

use super::args::{ListArgs, ShowArgs};
use super::{file, secret};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::{Report, columns};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use troupe_crypto::keystore::{Entry, Kind, Summary};
use troupe_crypto::{Bls, Scheme};
use troupe_types::{Address, NodeId};

/// A folder of more files is not a folder of keys.
const MOST_FILES: usize = 10_000;

/// What is public about a key.
pub(super) struct Facts {
    kind: Kind,
    label: String,
    address: Option<Address>,
    /// Known once a validator's file was opened.
    votes: Option<Votes>,
    /// How others check a process's random words; known once its file was opened.
    vrf: Option<String>,
}

/// How others check a validator's votes.
struct Votes {
    key: String,
    /// Shows that whoever gave the key away also holds its secret.
    proof: String,
}

impl Votes {
    fn of(entry: &Entry) -> Option<Self> {
        let secret = secret::validator(entry).ok()?;
        let digits = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
        let (key, proof) = (Bls::public_key(&secret), Bls::prove(&secret));
        Some(Self { key: digits(key.as_ref()), proof: digits(proof.as_ref()) })
    }
}

/// The public key for random words of an opened identity.
fn vrf_of(entry: &Entry) -> Option<String> {
    let identity = secret::identity(entry).ok()?;
    let key = secret::vrf_key(&identity).public_key();
    Some(format!("0x{}", hex::encode(key.to_bytes())))
}

impl Facts {
    /// What is true of an opened key.
    pub(super) fn of(entry: &Entry) -> Self {
        Self {
            kind: entry.kind(),
            label: entry.label().to_owned(),
            address: entry.address().map(Address),
            votes: Votes::of(entry),
            vrf: vrf_of(entry),
        }
    }

    /// What a file claims; true only once it was opened.
    fn claimed(summary: Summary) -> Self {
        let address = summary.address.map(Address);
        Self { kind: summary.kind, label: summary.label, address, votes: None, vrf: None }
    }

    fn node_id(&self) -> Option<NodeId> {
        self.label.parse().ok().filter(|_| self.kind == Kind::Certificate)
    }

    /// What others know the key by.
    pub(super) fn name(&self) -> String {
        match (&self.votes, self.address, self.node_id()) {
            (Some(votes), _, _) => votes.key.clone(),
            (None, Some(address), _) => address.to_checksum(),
            (None, None, Some(node_id)) => node_id.to_string(),
            (None, None, None) => "-".to_owned(),
        }
    }

    /// Empty where the label only repeats the name.
    fn label(&self) -> &str {
        if self.node_id().is_some() { "" } else { &self.label }
    }

    fn json(&self, path: &Path) -> Value {
        json!({
            "kind": self.kind.name(),
            "address": self.address.map(|address| address.to_checksum()),
            "bech32": self.address.map(|address| address.to_bech32()),
            "public_key": self.votes.as_ref().map(|votes| &votes.key),
            "proof": self.votes.as_ref().map(|votes| &votes.proof),
            "vrf": self.vrf,
            "node_id": self.node_id().map(|id| id.to_string()),
            "label": self.label(),
            "file": path.display().to_string(),
        })
    }
}

/// One key and its file.
pub(super) fn report(path: &Path, facts: &Facts) -> Report {
    let mut rows = vec![("kind", facts.kind.name().to_owned()), ("name", facts.name())];
    if let Some(address) = facts.address {
        rows.push(("bech32", address.to_bech32()));
    }
    if let Some(votes) = &facts.votes {
        rows.push(("proof", votes.proof.clone()));
    }
    if let Some(vrf) = &facts.vrf {
        rows.push(("vrf", vrf.clone()));
    }
    if !facts.label().is_empty() {
        rows.push(("label", facts.label().to_owned()));
    }
    rows.push(("file", path.display().to_string()));
    let rows: Vec<Vec<String>> =
        rows.into_iter().map(|(key, value)| vec![key.to_owned(), value]).collect();
    Report::new(columns(&rows), facts.json(path))
}

/// Shows what a file says, and with `--verify` whether it is true.
pub(super) fn show(args: &ShowArgs) -> Outcome<Report> {
    if !args.verify {
        return Ok(report(&args.file, &Facts::claimed(file::inspect(&args.file)?)));
    }
    let entry = file::open(&args.file, &args.password)?;
    if entry.kind() == Kind::Certificate {
        secret::identity(&entry).map_err(|failure| failure.in_file(&args.file))?;
    }
    let mut shown = report(&args.file, &Facts::of(&entry));
    shown.text.push_str("\nthe password opens it and the secret is of this name");
    shown.json["verified"] = Value::Bool(true);
    Ok(shown)
}

/// Lists a folder; files that are no keys are told apart, not passed over in silence.
pub(super) fn list(args: &ListArgs) -> Outcome<Report> {
    let folder = file::folder(args.dir.as_deref())?;
    // Only a folder that somebody named has to be there.
    let is_expected = args.dir.is_some() || folder.exists();
    let paths = if is_expected { key_files(&folder)? } else { Vec::new() };
    let mut rows = Vec::new();
    let mut keys = Vec::new();
    let mut notes = Vec::new();
    for path in paths {
        match file::inspect(&path) {
            Ok(summary) => {
                let facts = Facts::claimed(summary);
                let (name, label) = (facts.name(), facts.label().to_owned());
                rows.push(vec![
                    facts.kind.name().to_owned(),
                    name,
                    path.display().to_string(),
                    label,
                ]);
                keys.push(facts.json(&path));
            }
            Err(failure) => notes.push(failure.to_string()),
        }
    }
    let text =
        if rows.is_empty() { format!("no keys in {}", folder.display()) } else { columns(&rows) };
    let json = json!({ "keys": keys, "notes": notes });
    Ok(Report { notes, ..Report::new(text, json) })
}

/// The files named `*.json`, in the order of their names.
fn key_files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let wrong = |error: std::io::Error| {
        Failure::about(ExitCode::BadFile, folder.display(), format!("cannot be read: {error}"))
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(wrong)?.take(MOST_FILES) {
        let path = entry.map_err(wrong)?.path();
        let is_hidden =
            path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !is_hidden && path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
