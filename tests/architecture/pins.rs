//! Versions that are exact for a reason, and where packages come from.

use super::tree::{Tree, assert_clean, assert_one};
use toml::{Table, Value};

/// Package, version, why no other.
const PINS: &[(&str, &str, &str)] = &[
    ("bincode", "2.0.1", "3.0.0 does not compile on purpose, and the wire depends on the bytes"),
    ("sled", "0.34.7", "the 1.0 line lists blockers; files of two versions do not mix"),
    ("wasmer", "7.2.0", "its crates must be identical, and later ones bring a whole linker"),
];

/// The one place packages come from.
const INDEX: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn parse(tree: &Tree, path: &str) -> Table {
    let text = tree.text(path).unwrap_or_default();
    text.parse().unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn text<'a>(table: &'a Value, key: &str) -> &'a str {
    table.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Complaints about a pinned package that is locked at another version or asked for loosely.
fn pins(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    let lock = parse(tree, "Cargo.lock");
    let manifest = parse(tree, "Cargo.toml");
    let asked = manifest.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let locked = lock.get("package").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for (name, version, why) in PINS {
        for package in locked.iter().filter(|package| text(package, "name") == *name) {
            let got = text(package, "version");
            if got != *version {
                complaints.push(format!("{name} is locked at {got}, not {version}: {why}"));
            }
        }
        let Some(asked) = asked.and_then(|asked| asked.get(name)) else { continue };
        let got = asked.as_str().unwrap_or_else(|| text(asked, "version"));
        if got != format!("={version}") {
            complaints.push(format!("{name} is asked for as `{got}`, not `={version}`: {why}"));
        }
    }
    complaints
}

/// Workspaces of their own below the crates.
const ALONE: [&str; 2] = ["tests/fuzz", "tests/conformance"];

/// Complaints about packages from elsewhere, and about manifests with versions of their own.
fn origins(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    let lock = parse(tree, "Cargo.lock");
    for package in lock.get("package").and_then(Value::as_array).into_iter().flatten() {
        let source = text(package, "source");
        if !source.is_empty() && source != INDEX {
            complaints.push(format!("{} comes from {source}", text(package, "name")));
        }
    }
    for folder in tree.crates().into_iter().filter(|folder| !ALONE.contains(folder)) {
        let manifest = parse(tree, &format!("{folder}/Cargo.toml"));
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, asked) in manifest.get(kind).and_then(Value::as_table).into_iter().flatten()
            {
                if asked.get("workspace").and_then(Value::as_bool) != Some(true) {
                    complaints.push(format!("{folder} asks for its own {name}"));
                }
            }
        }
    }
    complaints
}

#[test]
fn pinned_packages_are_exact() {
    assert_clean(&pins(&Tree::of_this_repository()));
}

#[test]
fn packages_come_from_one_index_and_versions_from_one_manifest() {
    assert_clean(&origins(&Tree::of_this_repository()));
}

#[test]
fn a_package_at_another_version_is_named() {
    let lock = "[[package]]\nname = \"bincode\"\nversion = \"2.0.2\"\n";
    let tree = Tree::of(&[("Cargo.lock", lock), ("Cargo.toml", "")]);
    assert_one(&pins(&tree), "bincode is locked at 2.0.2, not 2.0.1");
    for asked in ["\"2.0.1\"", "{ version = \"2.0.1\" }"] {
        let manifest = format!("[workspace.dependencies]\nbincode = {asked}\n");
        let tree = Tree::of(&[("Cargo.lock", ""), ("Cargo.toml", &manifest)]);
        assert_one(&pins(&tree), "bincode is asked for as `2.0.1`, not `=2.0.1`");
    }
}

#[test]
fn a_package_from_elsewhere_is_named() {
    let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"git+https://x\"\n";
    assert_one(&origins(&Tree::of(&[("Cargo.lock", lock)])), "a comes from git+https://x");
    let own = "[package]\n[dev-dependencies]\na = \"1\"\n";
    let tree = Tree::of(&[("Cargo.lock", ""), ("config/Cargo.toml", own)]);
    assert_one(&origins(&tree), "config asks for its own a");
}
