//! The tracked files of a repository, as text.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every tracked text file by its path from the root; `/` separates.
pub(super) struct Tree {
    files: BTreeMap<String, String>,
}

/// The root of this repository.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lies in the root").to_owned()
}

impl Tree {
    /// Reads what git tracks here. Files that are not UTF-8 are left out.
    pub(super) fn of_this_repository() -> Self {
        let root = root();
        // A checkout may belong to another user than the one who tests it.
        let listed = Command::new("git")
            .args(["-c", "safe.directory=*", "ls-files", "-z"])
            .current_dir(&root)
            .output()
            .expect("git lists the files of a checkout");
        assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
        let paths = String::from_utf8(listed.stdout).expect("paths are UTF-8");
        let mut files = BTreeMap::new();
        for path in paths.split_terminator('\0') {
            if let Ok(text) = std::fs::read_to_string(root.join(path)) {
                files.insert(path.to_owned(), text);
            }
        }
        assert!(files.contains_key("Cargo.toml"), "no manifest in {}", root.display());
        Self { files }
    }

    /// A small tree to break rules with.
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self { files: files.iter().map(owned).collect() }
    }

    /// Every file, in the order of its path.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Every Rust file.
    pub(super) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(|(path, _)| path.ends_with(".rs"))
    }

    /// Every Rust file that `chosen` wants, parsed.
    pub(super) fn parsed(
        &self,
        chosen: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = (&str, syn::File)> {
        self.rust().filter(move |(path, _)| chosen(path)).map(|(path, text)| {
            let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
            (path, file)
        })
    }

    /// The text of one file.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Every folder that holds a file, however deep, without a slash at its end.
    pub(super) fn folders(&self) -> BTreeSet<&str> {
        let mut folders = BTreeSet::new();
        for path in self.files.keys() {
            for (end, _) in path.match_indices('/') {
                folders.insert(&path[..end]);
            }
        }
        folders
    }

    /// The folders of crates: those that hold a `Cargo.toml` with a package.
    pub(super) fn crates(&self) -> BTreeSet<&str> {
        self.files()
            .filter(|(_, text)| text.lines().any(|line| line.trim() == "[package]"))
            .filter_map(|(path, _)| path.strip_suffix("/Cargo.toml"))
            .collect()
    }
}

/// Fails with every complaint at once.
#[track_caller]
pub(super) fn assert_clean(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n  {}\n", complaints.join("\n  "));
}

/// Passes when exactly one complaint was made and it says `part`.
#[track_caller]
pub(super) fn assert_one(complaints: &[String], part: &str) {
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(complaints[0].contains(part), "{complaints:?} without `{part}`");
}
