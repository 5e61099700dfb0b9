//! The `clippy.toml` files agree with each other.
//!
//! Clippy reads the nearest file upward from a crate and no other, so a folder's file has to repeat
//! what holds everywhere.

use super::tree::{Tree, assert_clean, assert_one};
use std::collections::BTreeSet;
use toml::{Table, Value};

const LISTS: [&str; 3] = ["disallowed-methods", "disallowed-types", "disallowed-macros"];

fn bans<'a>(file: &'a Table, list: &str) -> impl Iterator<Item = &'a Value> {
    file.get(list).and_then(Value::as_array).into_iter().flatten()
}

fn path_of(ban: &Value) -> &str {
    ban.get("path").and_then(Value::as_str).unwrap_or_default()
}

/// What a file opens: comment lines `# opens <path>: <reason>`.
fn opened(text: &str) -> BTreeSet<&str> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("# opens "));
    lines.filter_map(|line| line.split_once(": ")).map(|(path, _)| path).collect()
}

/// Complaints about bans without reason, and about files that neither repeat nor open what the
/// file at the root bans.
fn lints(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    let parse = |path: &str, text: &str| -> Table {
        text.parse().unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let root = parse("clippy.toml", tree.text("clippy.toml").unwrap_or_default());
    for (path, text) in tree.files().filter(|(path, _)| path.ends_with("clippy.toml")) {
        let file = parse(path, text);
        let opened = opened(text);
        for list in LISTS {
            let here: BTreeSet<&str> = bans(&file, list).map(path_of).collect();
            for missing in bans(&root, list).map(path_of) {
                if !here.contains(missing) && !opened.contains(missing) {
                    complaints.push(format!("{path} neither repeats nor opens {missing}"));
                }
            }
            for ban in bans(&file, list) {
                let reason = ban.get("reason").and_then(Value::as_str).unwrap_or_default();
                if path_of(ban).is_empty() || reason.is_empty() {
                    complaints.push(format!("{path} bans `{}` without reason", path_of(ban)));
                }
            }
        }
    }
    complaints
}

#[test]
fn every_folders_lints_hold_what_holds_everywhere() {
    let tree = Tree::of_this_repository();
    for path in ["clippy.toml", "protocols/clippy.toml", "actors/clippy.toml"] {
        assert!(tree.text(path).is_some_and(|text| text.contains("disallowed-methods")), "{path}");
    }
    assert_clean(&lints(&tree));
}

#[test]
fn a_file_that_forgets_a_ban_is_named() {
    let root = "disallowed-macros = [{ path = \"std::print\", reason = \"why\" }]";
    let forgets = Tree::of(&[("clippy.toml", root), ("a/clippy.toml", "")]);
    assert_one(&lints(&forgets), "a/clippy.toml neither repeats nor opens std::print");
    let opens = "# opens std::print: a terminal is here\n";
    assert_clean(&lints(&Tree::of(&[("clippy.toml", root), ("a/clippy.toml", opens)])));
    assert_clean(&lints(&Tree::of(&[("clippy.toml", root), ("a/clippy.toml", root)])));
}

#[test]
fn a_ban_without_reason_is_named() {
    let tree = Tree::of(&[("clippy.toml", "disallowed-types = [{ path = \"a::B\" }]")]);
    assert_one(&lints(&tree), "bans `a::B` without reason");
}
