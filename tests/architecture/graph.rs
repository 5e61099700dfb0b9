//! Who depends on whom, as cargo sees it.

use super::tree;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// The packages of a workspace.
pub(super) struct Graph {
    pub(super) packages: Vec<Package>,
}

/// One package of the workspace.
#[derive(Debug, Clone)]
pub(super) struct Package {
    /// Its name: `troupe-wire`.
    pub(super) name: String,
    /// Its folder from the root: `protocols/wire`.
    pub(super) folder: String,
    /// What its manifest names, of every kind: normal, dev and build.
    pub(super) direct: BTreeSet<String>,
    /// What is linked into it: everything that normal dependencies reach on this platform.
    pub(super) linked: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<RawPackage>,
    workspace_root: String,
    workspace_members: BTreeSet<String>,
    resolve: Option<Resolve>,
}

#[derive(Deserialize)]
struct RawPackage {
    id: String,
    name: String,
    manifest_path: String,
    dependencies: Vec<RawDependency>,
}

#[derive(Deserialize)]
struct RawDependency {
    name: String,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

#[derive(Deserialize)]
struct EdgeKind {
    /// `None` for a normal dependency.
    kind: Option<String>,
}

impl Graph {
    /// Asks cargo, without the network and for this platform only: nothing is fetched that the
    /// build itself does not need.
    pub(super) fn of_this_workspace() -> Self {
        let platform = format!("--filter-platform={}", host());
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let output = Command::new(cargo)
            .args(["metadata", "--format-version=1", "--offline", "--locked", &platform])
            .current_dir(tree::root())
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata = serde_json::from_slice(&output.stdout).expect("cargo's own format");
        Self::from_metadata(&metadata)
    }

    fn from_metadata(metadata: &Metadata) -> Self {
        let names: BTreeMap<&str, &str> =
            metadata.packages.iter().map(|package| (&*package.id, &*package.name)).collect();
        let edges = normal_edges(metadata.resolve.as_ref().expect("cargo resolved the graph"));
        let mut packages = Vec::new();
        for raw in &metadata.packages {
            if !metadata.workspace_members.contains(&raw.id) {
                continue;
            }
            let folder = raw
                .manifest_path
                .strip_prefix(&metadata.workspace_root)
                .and_then(|path| path.strip_suffix("/Cargo.toml"))
                .map(|path| path.trim_start_matches('/').to_owned())
                .expect("members lie below the root");
            let direct = raw.dependencies.iter().map(|dependency| dependency.name.clone());
            packages.push(Package {
                name: raw.name.clone(),
                folder,
                direct: direct.collect(),
                linked: reach(&raw.id, &edges, &names),
            });
        }
        Self { packages }
    }

    /// A small workspace to break rules with: name, folder, what it depends on.
    pub(super) fn of(packages: &[(&str, &str, &[&str])]) -> Self {
        let package = |(name, folder, direct): &(&str, &str, &[&str])| Package {
            name: (*name).to_owned(),
            folder: (*folder).to_owned(),
            direct: direct.iter().map(|name| (*name).to_owned()).collect(),
            linked: direct.iter().map(|name| (*name).to_owned()).collect(),
        };
        Self { packages: packages.iter().map(package).collect() }
    }

    /// The folder of a package of this workspace; `None` for a stranger.
    pub(super) fn folder_of(&self, name: &str) -> Option<&str> {
        let package = self.packages.iter().find(|package| package.name == name)?;
        Some(&package.folder)
    }
}

fn normal_edges(resolve: &Resolve) -> BTreeMap<&str, Vec<&str>> {
    let mut edges = BTreeMap::new();
    for node in &resolve.nodes {
        let normal =
            node.deps.iter().filter(|edge| edge.dep_kinds.iter().any(|k| k.kind.is_none()));
        edges.insert(&*node.id, normal.map(|edge| &*edge.pkg).collect());
    }
    edges
}

fn reach(
    start: &str,
    edges: &BTreeMap<&str, Vec<&str>>,
    names: &BTreeMap<&str, &str>,
) -> BTreeSet<String> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut waiting = vec![start];
    while let Some(id) = waiting.pop() {
        for next in edges.get(id).into_iter().flatten() {
            if seen.insert(next) {
                waiting.push(next);
            }
        }
    }
    seen.into_iter().filter_map(|id| names.get(id)).map(|name| (*name).to_owned()).collect()
}

/// The platform that the tests run on, as rustc calls it.
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let text = String::from_utf8(output.stdout).expect("rustc writes UTF-8");
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    line.expect("rustc names its host").to_owned()
}

#[test]
fn what_is_linked_follows_normal_dependencies_only() {
    let text = r#"{
        "workspace_root": "/w", "workspace_members": ["a"],
        "packages": [
            {"id": "a", "name": "a", "manifest_path": "/w/p/a/Cargo.toml",
             "dependencies": [{"name": "b"}, {"name": "t"}]},
            {"id": "b", "name": "b", "manifest_path": "/r/b/Cargo.toml", "dependencies": []},
            {"id": "c", "name": "c", "manifest_path": "/r/c/Cargo.toml", "dependencies": []},
            {"id": "t", "name": "t", "manifest_path": "/r/t/Cargo.toml", "dependencies": []}],
        "resolve": {"nodes": [
            {"id": "a", "deps": [{"pkg": "b", "dep_kinds": [{"kind": null}]},
                                 {"pkg": "t", "dep_kinds": [{"kind": "dev"}]}]},
            {"id": "b", "deps": [{"pkg": "c", "dep_kinds": [{"kind": null}, {"kind": "dev"}]}]},
            {"id": "c", "deps": []}, {"id": "t", "deps": []}]}}"#;
    let graph = Graph::from_metadata(&serde_json::from_str(text).expect("as cargo writes it"));
    let package = &graph.packages[0];
    assert_eq!(package.folder, "p/a");
    assert_eq!(package.direct, ["b", "t"].map(String::from).into());
    assert_eq!(package.linked, ["b", "c"].map(String::from).into());
}
