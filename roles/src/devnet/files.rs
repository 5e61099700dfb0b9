//! What a development network keeps on disk: keys, manifests, data, one folder a process.

use super::plan::{self, Counts, Planned};
use super::record::{self, User};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::files::{self, Existing};
use crate::key::{self, PasswordArgs};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use troupe_types::NodeId;

/// Describes the network so that a second start continues it; marks a folder as ours.
const SHAPE: &str = "network.json";
const PASSWORD: &str = "password";
const USER_KEY: &str = "user.json";
const NODE_KEY: &str = "node-key.json";
const MANIFEST: &str = "node.toml";

/// What must be the same for a network to be continued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shape {
    pub(crate) network_id: u64,
    pub(crate) data: u16,
    pub(crate) compute: u16,
    pub(crate) base_port: u16,
}

/// A process whose folder is ready.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) planned: Planned,
    pub(crate) id: NodeId,
    pub(crate) dir: PathBuf,
    pub(crate) manifest: PathBuf,
}

/// Everything that processes are started from.
#[derive(Debug, Clone)]
pub(crate) struct Prepaid {
    pub(crate) nodes: Vec<Prepared>,
    pub(crate) password_file: PathBuf,
    pub(crate) user: User,
}

/// Makes the folder of a network, or finds it as it was left.
pub(crate) fn prepare(dir: &Path, shape: &Shape, is_fresh: bool) -> Outcome<Prepaid> {
    if is_fresh {
        clear(dir)?;
    }
    record::Record::remove(dir);
    let planned = plan::plan(Counts { data: shape.data, compute: shape.compute }, shape.base_port)?;
    files::create_directory(dir).map_err(|error| bad_file(dir, &error))?;
    let dir = dir.canonicalize().map_err(|error| bad_file(dir, &error))?;
    let is_new = settle_shape(&dir, shape)?;
    let password_file = dir.join(PASSWORD);
    if is_new || !password_file.exists() {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| Failure::new(ExitCode::Internal, error))?;
        write(&password_file, hex::encode(bytes).as_bytes())?;
    }
    let user_key = dir.join(USER_KEY);
    let user_id = node_key(&user_key, &password_file)?;
    let user =
        User { node_id: user_id.to_string(), key: user_key, password_file: password_file.clone() };
    let mut nodes: Vec<Prepared> = Vec::new();
    for planned in planned {
        let bootstrap = nodes.first().map(|first| format!("{}@{}", first.id, first.planned.p2p));
        let node =
            prepare_node(&dir, planned, shape.network_id, bootstrap.as_deref(), &password_file)?;
        nodes.push(node);
    }
    Ok(Prepaid { nodes, password_file, user })
}

fn prepare_node(
    dir: &Path,
    planned: Planned,
    network_id: u64,
    bootstrap: Option<&str>,
    password_file: &Path,
) -> Outcome<Prepared> {
    let home = dir.join(&planned.name);
    files::create_directory(&home).map_err(|error| bad_file(&home, &error))?;
    let id = node_key(&home.join(NODE_KEY), password_file)?;
    let role = troupe_config::role(planned.role)
        .map_err(|error| Failure::new(ExitCode::Internal, error))?;
    let manifest = home.join(MANIFEST);
    write(&manifest, plan::manifest(role, &planned, network_id, bootstrap).as_bytes())?;
    if let Some(example) = planned.example {
        write(&home.join(plan::file_name(example)), example.csv.as_bytes())?;
    }
    Ok(Prepared { planned, id, dir: home, manifest })
}

/// True when the network is new; an error when another one lies there.
fn settle_shape(dir: &Path, shape: &Shape) -> Outcome<bool> {
    let path = dir.join(SHAPE);
    match fs::read_to_string(&path) {
        Ok(text) => {
            let found: Shape =
                serde_json::from_str(&text).map_err(|error| bad_file(&path, &error))?;
            if found == *shape {
                return Ok(false);
            }
            let text = format!(
                "holds a network of {} data and {} compute nodes at port {}, id {}; --fresh replaces \
                 it, --dir puts another one elsewhere",
                found.data, found.compute, found.base_port, found.network_id
            );
            Err(Failure::about(ExitCode::BadFile, dir.display(), text))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if fs::read_dir(dir).map_err(|error| bad_file(dir, &error))?.next().is_some() {
                let text = "is not empty and holds no development network; choose another --dir";
                return Err(Failure::about(ExitCode::BadFile, dir.display(), text));
            }
            let text = serde_json::to_string_pretty(shape)
                .map_err(|error| Failure::new(ExitCode::Internal, error))?;
            write(&path, text.as_bytes())?;
            Ok(true)
        }
        Err(error) => Err(bad_file(&path, &error)),
    }
}

/// Removes an earlier network; nothing that is not one.
fn clear(dir: &Path) -> Outcome<()> {
    if !dir.exists() {
        return Ok(());
    }
    let is_empty = fs::read_dir(dir).map_err(|error| bad_file(dir, &error))?.next().is_none();
    if !is_empty && !dir.join(SHAPE).is_file() {
        let text = "holds no development network, so --fresh does not clear it";
        return Err(Failure::about(ExitCode::BadFile, dir.display(), text));
    }
    fs::remove_dir_all(dir).map_err(|error| bad_file(dir, &error))
}

/// The password lies beside the key here, so the key is derived from it at little cost.
fn node_key(file: &Path, password_file: &Path) -> Outcome<NodeId> {
    let password = PasswordArgs::in_file(password_file);
    if !file.exists() {
        key::make_node_key(file, &password, key::Cost::Light)?;
    }
    Ok(key::node_identity(file, &password)?.id())
}

fn write(path: &Path, bytes: &[u8]) -> Outcome<()> {
    files::write(path, bytes, Existing::Replace).map_err(|error| bad_file(path, &error))
}

fn bad_file(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::about(ExitCode::BadFile, path.display(), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(data: u16) -> Shape {
        Shape { network_id: 7, data, compute: 1, base_port: 20_000 }
    }

    #[test]
    fn a_network_is_found_again_as_it_was_left() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("net");
        let first = prepare(&dir, &shape(1), false).unwrap();
        let again = prepare(&dir, &shape(1), false).unwrap();
        let ids = |prepaid: &Prepaid| prepaid.nodes.iter().map(|node| node.id).collect::<Vec<_>>();
        assert_eq!(ids(&first), ids(&again));
        let other = prepare(&dir, &shape(2), false).unwrap_err();
        assert!(other.to_string().contains("--fresh replaces it"), "{other}");
        let fresh = prepare(&dir, &shape(2), true).unwrap();
        assert_eq!(fresh.nodes.len(), 4);
        assert_ne!(fresh.nodes[0].id, first.nodes[0].id);
    }

    #[test]
    fn a_folder_of_somebody_else_is_never_cleared() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("thesis.txt");
        fs::write(&file, "years of work").unwrap();
        for is_fresh in [false, true] {
            let refused = prepare(dir.path(), &shape(1), is_fresh).unwrap_err();
            assert_eq!(refused.code, ExitCode::BadFile);
        }
        assert_eq!(fs::read_to_string(file).unwrap(), "years of work");
    }
}
