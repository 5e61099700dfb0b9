//! Files: finding them, and telling what they hold.

use crate::case::Case;
use crate::{precompile, rlp, state, transaction, trie};
use anyhow::{Context, Result};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Every JSON file below a folder whose path holds `only`, sorted.
pub(crate) fn find(folder: &Path, only: Option<&str>) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        for entry in entries {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json")
                && only.is_none_or(|only| path.to_string_lossy().contains(only))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Runs what a file holds.
pub(crate) fn cases(path: &Path, bytes: &[u8]) -> Result<Vec<Case>> {
    let root: Value = serde_json::from_slice(bytes)?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut cases = Vec::new();
    if let Value::Array(calls) = &root {
        precompile::run(&stem, calls, &mut cases)?;
        return Ok(cases);
    }
    let tests = root.as_object().context("neither a list nor an object")?;
    for (name, test) in tests {
        let has = |field: &str| test.get(field).is_some();
        if has("pre") && has("post") && has("transaction") {
            state::run(name, test, &mut cases);
        } else if has("txbytes") && has("result") {
            transaction::run(name, test, &mut cases)?;
        } else if has("in") && has("root") {
            trie::run(name, test, stem.to_lowercase().contains("secure"), &mut cases);
        } else if has("in") && has("out") {
            rlp::run(name, test, &mut cases);
        }
    }
    Ok(cases)
}
