//! Which network a command is about, and who one is there.

use crate::devnet::{Record, User};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::rpc::Client;
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// How long a node may take to say which chain it has.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which network: a development network by its directory, any other by who tells who is there.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Network")]
pub(crate) struct NetworkArgs {
    /// Directory of a development network
    #[arg(long, default_value = ".devnet", env = "TROUPE_DEVNET_DIR")]
    dir: PathBuf,
    /// A process that tells who else is there, can be repeated; with it, no development network is looked for
    #[arg(long, value_name = "NODE_ID@HOST:PORT", env = "TROUPE_BOOTSTRAP", value_delimiter = ',')]
    bootstrap: Vec<String>,
    /// JSON-RPC of a node with the chain, such as http://127.0.0.1:8545; without it, the first of the development network
    #[arg(long, value_name = "URL", env = "TROUPE_RPC")]
    rpc: Option<String>,
    /// Key file of the node that one is on a network found by --bootstrap
    #[arg(long, value_name = "KEYFILE", env = "TROUPE_NODE_KEY")]
    node_key: Option<PathBuf>,
    /// File with the password of that key; without it, TROUPE_PASSWORD or the terminal is asked
    #[arg(long, value_name = "FILE", env = "TROUPE_NODE_PASSWORD_FILE")]
    node_password_file: Option<PathBuf>,
    /// Number of a network found by --bootstrap; without it, that of the chain behind --rpc
    #[arg(long, value_name = "NUMBER", env = "TROUPE_NETWORK_ID")]
    network_id: Option<u64>,
    /// Where results of jobs are kept; without it, in the development network's directory, or for other networks in
    /// troupe/NUMBER of the user's folder for data
    #[arg(long, value_name = "DIR", env = "TROUPE_RESULTS_DIR")]
    results: Option<PathBuf>,
}

impl NetworkArgs {
    /// Where everything of the network is, as far as commands need it.
    pub(crate) async fn record(&self) -> Outcome<Record> {
        if self.bootstrap.is_empty() {
            return self.of_devnet();
        }
        let key = self.node_key.clone().ok_or_else(|| {
            missing("--node-key", "wants the key of the node that one is there, see troupe key new")
        })?;
        let number = match (self.network_id, &self.rpc) {
            (Some(number), _) => number,
            (None, Some(url)) => Client::new(url, PATIENCE)?.chain_id().await?,
            (None, None) => return Err(unnumbered()),
        };
        Ok(Record {
            chain_id: number,
            rpc: self.rpc.iter().cloned().collect(),
            ws: Vec::new(),
            grpc: Vec::new(),
            metrics: Vec::new(),
            bootstrap: self.bootstrap.clone(),
            nodes: Vec::new(),
            accounts: Vec::new(),
            user: User {
                node_id: String::new(),
                key,
                password_file: self.node_password_file.clone(),
            },
            results: self.folder(number)?,
        })
    }

    /// The development network that is here, if one is: it knows nodes by name.
    pub(super) fn known(&self) -> Option<Record> {
        self.bootstrap.is_empty().then(|| Record::read(&self.dir).ok())?
    }

    fn of_devnet(&self) -> Outcome<Record> {
        let flags = [
            ("--node-key", self.node_key.is_some()),
            ("--node-password-file", self.node_password_file.is_some()),
            ("--network-id", self.network_id.is_some()),
        ];
        if let Some((flag, _)) = flags.into_iter().find(|(_, is_given)| *is_given) {
            let text = "is about a network that is no development network, wants --bootstrap too";
            return Err(Failure::about(ExitCode::Usage, flag, text));
        }
        let mut record = Record::read(&self.dir)?;
        record.rpc = self.rpc.clone().map_or(record.rpc, |url| vec![url]);
        record.results = self.results.clone().unwrap_or(record.results);
        Ok(record)
    }

    /// Where results are kept, whether the network runs or not.
    pub(crate) fn results(&self) -> Outcome<PathBuf> {
        match (&self.results, self.bootstrap.is_empty(), self.network_id) {
            (Some(folder), ..) => Ok(folder.clone()),
            (None, true, _) => Ok(Record::results_in(&self.dir)),
            (None, false, Some(number)) => self.folder(number),
            (None, false, None) => Err(unnumbered()),
        }
    }

    fn folder(&self, number: u64) -> Outcome<PathBuf> {
        let own = || user_folder(|name| std::env::var_os(name), number);
        self.results.clone().or_else(own).ok_or_else(|| {
            missing("--results", "wants a folder: the user has none of its own for data")
        })
    }
}

/// The user's folder for data about a network, as the XDG base directories say.
fn user_folder(variable: impl Fn(&str) -> Option<OsString>, number: u64) -> Option<PathBuf> {
    // What is relative is to be ignored.
    let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || absolute("HOME").map(|home| home.join(".local/share"));
    let data = absolute("XDG_DATA_HOME").or_else(home)?;
    Some(Record::results_in(&data.join("troupe").join(number.to_string())))
}

fn missing(flag: &str, text: &str) -> Failure {
    Failure::about(ExitCode::Usage, flag, format!("missing, --bootstrap {text}"))
}

fn unnumbered() -> Failure {
    missing("--network-id", "wants the network's number, or --rpc for that of its chain")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use tempfile::TempDir;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        network: NetworkArgs,
    }

    const DOOR: &str = "abab@h:1";

    fn record(flags: &[&str]) -> Outcome<Record> {
        let flags = std::iter::once("x").chain(flags.iter().copied());
        let args = Command::try_parse_from(flags).unwrap().network;
        troupe_runtime::run(args.record())
    }

    #[test]
    fn a_network_is_what_flags_say_of_it() {
        let flags = ["--bootstrap", DOOR, "--node-key", "me.json", "--network-id", "9"];
        let found = record(&[&flags[..], &["--results", "here"]].concat()).unwrap();
        assert_eq!((found.chain_id, found.bootstrap), (9, vec![DOOR.to_owned()]));
        assert_eq!((found.user.key, found.user.password_file), ("me.json".into(), None));
        assert_eq!((found.results, found.rpc.len()), ("here".into(), 0));
        let more = ["--rpc", "http://h:1", "--node-password-file", "p", "--results", "here"];
        let found = record(&[&flags[..], &more].concat()).unwrap();
        assert_eq!(found.rpc, ["http://h:1"]);
        assert_eq!(found.user.password_file, Some("p".into()));
    }

    #[test]
    fn what_is_missing_is_named() {
        let dir = TempDir::new().unwrap();
        let dir = dir.path().to_str().unwrap();
        for (flags, want) in [
            (&["--bootstrap", DOOR][..], "--node-key: missing, --bootstrap wants the key"),
            (&["--bootstrap", DOOR, "--node-key", "k"], "--network-id: missing, --bootstrap wants"),
            (&["--dir", dir, "--node-key", "k"], "--node-key: is about a network that is no"),
            (&["--dir", dir, "--network-id", "1"], "--network-id: is about a network that is no"),
            (&["--dir", dir], "is a network running there?"),
        ] {
            let text = record(flags).unwrap_err().to_string();
            assert!(text.contains(want), "{text}");
        }
    }

    #[test]
    fn results_have_a_folder_whether_a_network_runs_or_not() {
        let folder = |flags: &[&str]| {
            let flags = std::iter::once("x").chain(flags.iter().copied());
            Command::try_parse_from(flags).unwrap().network.results()
        };
        assert_eq!(folder(&["--dir", "net"]).unwrap(), PathBuf::from("net/results"));
        assert_eq!(folder(&["--results", "r", "--bootstrap", DOOR]).unwrap(), PathBuf::from("r"));
        assert!(folder(&["--bootstrap", DOOR]).unwrap_err().to_string().contains("--network-id"));

        let at = |name: &'static str, value: &'static str| {
            user_folder(move |asked| (asked == name).then(|| value.into()), 7)
        };
        assert_eq!(at("HOME", "/me"), Some("/me/.local/share/troupe/7/results".into()));
        assert_eq!(at("XDG_DATA_HOME", "/data"), Some("/data/troupe/7/results".into()));
        assert_eq!((at("XDG_DATA_HOME", "data"), at("OTHER", "/me")), (None, None));
    }
}
