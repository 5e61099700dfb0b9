//! The README's map against the folders that exist, and what every crate has.

use super::tree::{Tree, assert_clean, assert_one};
use std::collections::BTreeSet;

/// One line of the map.
struct Part {
    folder: String,
    says: String,
}

/// Reads the first fenced block below the heading "The map". Two spaces open a level; a line whose
/// first word has no slash at its end continues the one above.
fn map(readme: &str) -> Vec<Part> {
    let mut lines = readme.lines().skip_while(|line| *line != "## The map");
    let fenced = lines.by_ref().skip_while(|line| !line.starts_with("```")).skip(1);
    let mut above: Vec<String> = Vec::new();
    let mut parts = Vec::new();
    for line in fenced.take_while(|line| !line.starts_with("```")) {
        let (first, says) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let Some(name) = first.strip_suffix('/') else { continue };
        let level = (line.len() - line.trim_start().len()) / 2;
        above.truncate(level);
        above.push(name.to_owned());
        parts.push(Part { folder: above.join("/"), says: says.trim().to_owned() });
    }
    parts
}

/// Complaints about a folder that the map forgets, invents, repeats or does not explain.
fn against_map(tree: &Tree) -> Vec<String> {
    let parts = map(tree.text("README.md").unwrap_or_default());
    let folders = tree.folders();
    let mut complaints = Vec::new();
    let mut seen = BTreeSet::new();
    for part in &parts {
        if !seen.insert(part.folder.as_str()) {
            complaints.push(format!("the map lists {}/ twice", part.folder));
        }
        if !folders.contains(part.folder.as_str()) {
            complaints.push(format!("the map lists {}/, which does not exist", part.folder));
        }
        if part.says.is_empty() {
            complaints.push(format!("the map says nothing about {}/", part.folder));
        }
    }
    let crates = tree.crates();
    let wanted = folders.iter().filter(|folder| !folder.contains('/') && **folder != ".cargo");
    for folder in wanted.chain(crates.iter().filter(|folder| folder.contains('/'))) {
        if !seen.contains(folder) {
            complaints.push(format!("the map forgets {folder}/"));
        }
    }
    complaints
}

/// Complaints about crates without what every crate has: our lints, and for libraries an error type
/// and a property test.
fn habits(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for folder in tree.crates() {
        // A package of its own, built by another toolchain.
        if folder == "tests/fuzz" {
            continue;
        }
        let manifest = tree.text(&format!("{folder}/Cargo.toml")).unwrap_or_default();
        if !manifest.contains("[lints]\nworkspace = true") {
            complaints.push(format!("{folder} does not take the workspace's lints"));
        }
        if folder == "roles" || folder.starts_with("tests") {
            continue;
        }
        let own = |path: &str| {
            let rest = path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
            rest.is_some_and(|rest| rest.starts_with("src/") || rest.starts_with("tests/"))
        };
        let says = |what: &str| tree.rust().any(|(path, text)| own(path) && text.contains(what));
        if !says("pub enum Error") && !says("pub struct Error") {
            complaints.push(format!("{folder} has no type `Error`"));
        }
        if !says("proptest!") {
            complaints.push(format!("{folder} has no property test"));
        }
    }
    complaints
}

#[test]
fn the_readme_maps_every_folder_once() {
    let tree = Tree::of_this_repository();
    assert!(map(tree.text("README.md").expect("a README")).len() > 5, "the map was not found");
    assert_clean(&against_map(&tree));
}

#[test]
fn the_readme_opens_with_the_two_commands() {
    // `.ci/run` takes the tests' command from there.
    let tree = Tree::of_this_repository();
    let readme = tree.text("README.md").expect("a README");
    let commands: Vec<&str> = readme.lines().filter(|line| line.starts_with("cargo ")).collect();
    assert_eq!(commands[..2], ["cargo run --release -- demo", "cargo test --workspace --release"]);
}

#[test]
fn every_crate_has_our_lints_an_error_and_a_property_test() {
    assert_clean(&habits(&Tree::of_this_repository()));
}

const MANIFEST: &str = "[package]\n\n[lints]\nworkspace = true\n";
const MAP: &str =
    "# x\n\n## The map\n\ntext\n\n```\nprotocols/   keep pure\n  types/     name units\n```\n";

#[test]
fn a_map_that_fits_passes() {
    let tree = Tree::of(&[
        ("README.md", MAP),
        ("protocols/types/Cargo.toml", MANIFEST),
        ("protocols/types/src/lib.rs", ""),
        (".cargo/config.toml", ""),
    ]);
    assert_clean(&against_map(&tree));
}

#[test]
fn a_folder_that_the_map_forgets_is_named() {
    let tree = Tree::of(&[
        ("README.md", MAP),
        ("protocols/types/Cargo.toml", MANIFEST),
        ("protocols/wire/Cargo.toml", MANIFEST),
    ]);
    assert_one(&against_map(&tree), "forgets protocols/wire/");
    let tree = Tree::of(&[
        ("README.md", MAP),
        ("protocols/types/Cargo.toml", MANIFEST),
        ("attic/old.txt", ""),
    ]);
    assert_one(&against_map(&tree), "forgets attic/");
}

#[test]
fn a_line_of_the_map_without_a_folder_or_a_word_is_named() {
    let files = [("README.md", MAP), ("protocols/clippy.toml", "")];
    assert_one(&against_map(&Tree::of(&files)), "protocols/types/, which does not exist");
    let readme = MAP.replace("  types/     name units", "  types/\n  types/     name units");
    let tree = Tree::of(&[("README.md", &readme), ("protocols/types/Cargo.toml", MANIFEST)]);
    let complaints = against_map(&tree);
    assert_eq!(
        complaints,
        ["the map says nothing about protocols/types/", "the map lists protocols/types/ twice"]
    );
}

#[test]
fn a_crate_without_the_habits_is_named() {
    let good = "pub enum Error {}\nproptest! {}";
    let lints = Tree::of(&[("config/Cargo.toml", "[package]\n"), ("config/src/lib.rs", good)]);
    assert_one(&habits(&lints), "config does not take the workspace's lints");
    let error = Tree::of(&[("config/Cargo.toml", MANIFEST), ("config/src/lib.rs", "proptest! {}")]);
    assert_one(&habits(&error), "config has no type `Error`");
    // A nested crate's habits are its own.
    let nested = Tree::of(&[
        ("actors/Cargo.toml", MANIFEST),
        ("actors/src/lib.rs", "pub enum Error {}"),
        ("actors/net/Cargo.toml", MANIFEST),
        ("actors/net/src/lib.rs", good),
    ]);
    assert_one(&habits(&nested), "actors has no property test");
}
