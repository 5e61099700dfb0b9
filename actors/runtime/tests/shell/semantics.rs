//! `SEMANTICS.md` names a test for every guarantee; each of them exists.

use std::collections::BTreeSet;
use std::path::Path;

/// The names of all tests below a folder.
fn tests(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder of this crate") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            tests(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source file");
            for after in text.split("#[test]").skip(1) {
                let name = after.split_once("fn ").and_then(|(_, rest)| rest.split_once('('));
                found.extend(name.map(|(name, _)| name.to_owned()));
            }
        }
    }
}

/// The guarantees: every item of a list.
fn guarantees(page: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for line in page.lines() {
        if let Some(item) = line.strip_prefix("* ") {
            items.push(item.to_owned());
        } else if let (true, Some(item)) = (line.starts_with("  "), items.last_mut()) {
            item.push(' ');
            item.push_str(line.trim());
        }
    }
    items
}

/// The names in the last brackets of a guarantee.
fn named(item: &str) -> Vec<&str> {
    let brackets = item.rsplit_once('(').and_then(|(_, rest)| rest.split_once(')'));
    brackets
        .map_or("", |(names, _)| names)
        .split(',')
        .filter_map(|name| name.trim().strip_prefix('`')?.strip_suffix('`'))
        .collect()
}

#[test]
fn every_guarantee_names_a_test_and_every_named_test_exists() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(folder.join("SEMANTICS.md")).expect("the page");
    let mut known = BTreeSet::new();
    tests(&folder.join("src"), &mut known);
    tests(&folder.join("tests"), &mut known);
    let guarantees = guarantees(&page);
    assert!(guarantees.len() > 30, "{} guarantees", guarantees.len());
    for item in guarantees {
        let names = named(&item);
        assert!(!names.is_empty(), "names no test: {item}");
        for name in names {
            assert!(known.contains(name), "no test `{name}`: {item}");
        }
    }
}
