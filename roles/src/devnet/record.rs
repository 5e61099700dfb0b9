//! `devnet.json`: where everything of a development network is. It appears only when the network is ready.

use crate::exit::{ExitCode, Failure, Outcome};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// The file's name in the network's directory.
pub(crate) const FILE: &str = "devnet.json";

/// The folder of results in the network's directory.
const RESULTS: &str = "results";

/// What programs hold on to; fields may be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) chain_id: u64,
    pub(crate) rpc: Vec<String>,
    pub(crate) ws: Vec<String>,
    pub(crate) grpc: Vec<String>,
    pub(crate) metrics: Vec<String>,
    /// Who tells who else is there: `NODE_ID@HOST:PORT`.
    pub(crate) bootstrap: Vec<String>,
    pub(crate) nodes: Vec<RecordedNode>,
    pub(crate) accounts: Vec<serde_json::Value>,
    pub(crate) user: User,
    /// Where results of jobs are kept: beside the record that was read.
    #[serde(skip)]
    pub(crate) results: PathBuf,
}

/// One process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecordedNode {
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) pid: u32,
    pub(crate) node_id: String,
    pub(crate) dir: PathBuf,
    pub(crate) rpc: Option<String>,
    #[serde(default)]
    pub(crate) grpc: Option<String>,
    /// The socket at which it answers its owner.
    #[serde(default)]
    pub(crate) control: Option<PathBuf>,
    pub(crate) metrics: String,
    pub(crate) p2p: String,
    /// The account that it acts by on the chain, or that gets its fees.
    #[serde(default)]
    pub(crate) account: Option<String>,
    /// What it holds, for jobs on a development network.
    pub(crate) datasets: Vec<String>,
}

/// The identity under which commands of this network's user speak.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) node_id: String,
    pub(crate) key: PathBuf,
    /// Where its password is; otherwise somebody is asked.
    pub(crate) password_file: Option<PathBuf>,
}

/// No network has a record of this size.
const LARGEST: u64 = 4 << 20;

impl Record {
    /// Writes it whole or not at all.
    pub(crate) fn write(&self, dir: &Path) -> Outcome<()> {
        let path = dir.join(FILE);
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Failure::new(ExitCode::Internal, error))?;
        let temporary = dir.join(format!(".{FILE}.new"));
        fs::write(&temporary, text + "\n")
            .and_then(|()| fs::rename(&temporary, &path))
            .map_err(|error| Failure::about(ExitCode::BadFile, path.display(), error))
    }

    /// Reads the record of the network in `dir`.
    pub(crate) fn read(dir: &Path) -> Outcome<Self> {
        let path = dir.join(FILE);
        let failed = |text: String| Failure::about(ExitCode::BadFile, path.display(), text);
        let size = fs::metadata(&path).map_err(|error| {
            failed(format!("{error}; is a network running there? `troupe devnet` starts one"))
        })?;
        if size.len() > LARGEST {
            return Err(failed(format!("{} bytes exceed {LARGEST}", size.len())));
        }
        let text = fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
        let record: Self =
            serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
        Ok(Self { results: Self::results_in(dir), ..record })
    }

    /// Where results of jobs are kept in a directory.
    pub(crate) fn results_in(dir: &Path) -> PathBuf {
        dir.join(RESULTS)
    }

    /// Takes it away: the network is no longer ready.
    pub(crate) fn remove(dir: &Path) {
        // There may be none yet.
        let _ = fs::remove_file(dir.join(FILE));
    }

    /// The node of this name or identity.
    pub(crate) fn node(&self, name: &str) -> Option<&RecordedNode> {
        self.nodes.iter().find(|node| node.name == name || node.node_id == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let record = Record {
            chain_id: 1_120_260,
            rpc: vec![],
            ws: vec![],
            grpc: vec![],
            metrics: vec!["http://127.0.0.1:9745/metrics".into()],
            bootstrap: vec![format!("{}@127.0.0.1:9545", "ab".repeat(32))],
            nodes: vec![RecordedNode {
                name: "data-1".into(),
                role: "data".into(),
                pid: 7,
                node_id: "cd".repeat(32),
                dir: "data-1".into(),
                rpc: None,
                grpc: None,
                control: Some("data-1/control.sock".into()),
                metrics: "http://127.0.0.1:9746/metrics".into(),
                p2p: "127.0.0.1:9546".into(),
                account: None,
                datasets: vec!["clinic".into()],
            }],
            accounts: vec![],
            user: User {
                node_id: "ef".repeat(32),
                key: "user.json".into(),
                password_file: Some("password".into()),
            },
            results: Record::results_in(dir.path()),
        };
        record.write(dir.path()).unwrap();
        assert_eq!(Record::read(dir.path()).unwrap(), record);
        assert_eq!(record.node("data-1"), record.node(&"cd".repeat(32)));
        Record::remove(dir.path());
        let gone = Record::read(dir.path()).unwrap_err();
        assert!(gone.to_string().contains("`troupe devnet` starts one"), "{gone}");
    }
}
