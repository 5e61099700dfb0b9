//! One build for everything: what the tests were built with, the binary links.
//!
//! Cargo builds a package once for each set of features that is asked for. A feature that only a
//! test asks for has the package, and all that depends on it, built a second time for the binary.

use super::graph::Graph;
use super::tree::{self, assert_clean, assert_one};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// By package and version, the features it is built with.
type Features = BTreeMap<String, String>;

/// As `cargo tree` says it, each package once.
fn ask(arguments: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["tree", "--offline", "--locked", "--prefix=none", "--no-dedupe"])
        .args(["--format={p}|{f}"])
        .args(arguments)
        .current_dir(tree::root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo writes UTF-8")
}

/// Packages with several sets of features (for build scripts) are left out.
fn read(listing: &str) -> Features {
    let mut sets: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (package, features) in listing.lines().filter_map(|line| line.split_once('|')) {
        sets.entry(package).or_default().insert(features);
    }
    let single = sets.into_iter().filter(|(_, sets)| sets.len() == 1);
    single.map(|(package, sets)| (package.to_owned(), sets.into_iter().collect())).collect()
}

fn differences(binary: &Features, tests: &Features) -> Vec<String> {
    let differs = |(package, features): (&String, &String)| {
        let others = tests.get(package).filter(|others| *others != features)?;
        Some(format!("{package} has `{features}` for the binary and `{others}` for the tests"))
    };
    binary.iter().filter_map(differs).collect()
}

#[test]
fn the_binary_is_built_with_the_features_that_the_tests_are_built_with() {
    let binary = read(&ask(&["--package=troupe", "--edges=normal"]));
    // A crate that the binary does not link yet changes nothing that it links for good.
    let graph = Graph::of_this_workspace();
    let troupe = graph.packages.iter().find(|package| package.name == "troupe");
    let linked = &troupe.expect("the binary's package").linked;
    let ours = graph.packages.iter().map(|package| package.name.as_str());
    let packages: Vec<String> = ours
        .filter(|name| linked.contains(*name) || ["troupe", "troupe-tests"].contains(name))
        .map(|name| format!("--package={name}"))
        .collect();
    let mut arguments: Vec<&str> = packages.iter().map(String::as_str).collect();
    arguments.push("--edges=normal,dev");
    let tests = read(&ask(&arguments));
    assert!(binary.len() > 50, "cargo listed {} packages", binary.len());
    assert_clean(&differences(&binary, &tests));
}

#[test]
fn a_feature_that_only_a_test_asks_for_is_named() {
    let binary = read("a v1.0.0|std\nb v1.0.0|\nc v1.0.0|x\n");
    let tests = read("a v1.0.0|std,time\nb v1.0.0|\nb v1.0.0|std\nc v1.0.0|x\nd v1.0.0|\n");
    let complaint = "a v1.0.0 has `std` for the binary and `std,time` for the tests";
    assert_one(&differences(&binary, &tests), complaint);
}
