//! What cargo says of a package or workspace.

use anyhow::{Context, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The contracts to be built, and what lies around them.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) contracts: Vec<Contract>,
    /// Every package that lies in a folder of its own: name and folder.
    pub(crate) local: Vec<(String, PathBuf)>,
}

/// A package with a `cdylib`.
#[derive(Debug)]
pub(crate) struct Contract {
    pub(crate) package: String,
    /// The module's file name without its end.
    pub(crate) library: String,
}

/// The cargo that runs this, or the one on the path.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Asks cargo; within a workspace, a member's folder means that member alone.
pub(crate) fn ask(manifest: Option<&Path>, is_locked: bool) -> anyhow::Result<Workspace> {
    let mut command = cargo();
    command.args(["metadata", "--format-version=1"]);
    if is_locked {
        command.arg("--locked");
    }
    if let Some(manifest) = manifest {
        command.arg("--manifest-path").arg(manifest);
    }
    let output = command.output().context("cargo does not run")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let all: Value = serde_json::from_slice(&output.stdout).context("cargo's own format")?;
    let here = match manifest {
        Some(manifest) => manifest.to_owned(),
        None => std::env::current_dir()?.join("Cargo.toml"),
    };
    read(&all, here.canonicalize().ok().as_deref())
}

fn read(all: &Value, here: Option<&Path>) -> anyhow::Result<Workspace> {
    let path = |name: &str| all[name].as_str().map(PathBuf::from).context("cargo's own format");
    let members: Vec<&Value> = all["workspace_members"].as_array().into_iter().flatten().collect();
    let packages = || all["packages"].as_array().into_iter().flatten();
    let folder = |package: &Value| {
        let manifest = package["manifest_path"].as_str()?;
        Some(Path::new(manifest).parent()?.to_owned())
    };
    let is_here = |package: &Value| {
        here.is_some_and(|here| package["manifest_path"].as_str().map(Path::new) == Some(here))
    };
    let only_here = packages().any(is_here);
    let mut contracts = Vec::new();
    for package in packages().filter(|package| members.contains(&&package["id"])) {
        if only_here && !is_here(package) {
            continue;
        }
        let libraries = package["targets"].as_array().into_iter().flatten().filter(|target| {
            target["crate_types"]
                .as_array()
                .is_some_and(|types| types.iter().any(|of| of == "cdylib"))
        });
        for library in libraries {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            contracts.push(Contract {
                package: text(&package["name"]),
                library: text(&library["name"]).replace('-', "_"),
            });
        }
    }
    if contracts.is_empty() {
        bail!("no contract here: a contract's library has crate-type = [\"cdylib\", \"rlib\"]");
    }
    let local = packages()
        .filter(|package| package["source"].is_null())
        .filter_map(|package| Some((package["name"].as_str()?.to_owned(), folder(package)?)))
        .collect();
    Ok(Workspace {
        root: path("workspace_root")?,
        target: path("target_directory")?,
        contracts,
        local,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = r#"{
        "workspace_root": "/w", "target_directory": "/w/target",
        "workspace_members": ["a", "b", "c"],
        "packages": [
            {"id": "a", "name": "a", "source": null, "manifest_path": "/w/a/Cargo.toml",
             "targets": [{"name": "my-a", "crate_types": ["cdylib", "rlib"]}]},
            {"id": "b", "name": "b", "source": null, "manifest_path": "/w/b/Cargo.toml",
             "targets": [{"name": "b", "crate_types": ["cdylib"]}]},
            {"id": "c", "name": "c", "source": null, "manifest_path": "/w/c/Cargo.toml",
             "targets": [{"name": "c", "crate_types": ["lib"]}]},
            {"id": "d", "name": "d", "source": "registry", "manifest_path": "/r/d/Cargo.toml",
             "targets": [{"name": "d", "crate_types": ["cdylib"]}]}]}"#;

    fn names(here: &str) -> anyhow::Result<Vec<String>> {
        let workspace = read(&serde_json::from_str(ALL)?, Some(Path::new(here)))?;
        assert_eq!(workspace.local.len(), 3);
        Ok(workspace.contracts.into_iter().map(|contract| contract.library).collect())
    }

    #[test]
    fn a_workspace_means_all_contracts_and_a_member_itself() {
        assert_eq!(names("/w/Cargo.toml").expect("two contracts"), ["my_a", "b"]);
        assert_eq!(names("/w/a/Cargo.toml").expect("one contract"), ["my_a"]);
        assert!(names("/w/c/Cargo.toml").expect_err("none").to_string().contains("crate-type"));
    }
}
