//! Finds a manifest and lays flags and environment over it.
//!
//! Precedence: flag, environment, file, default.

use crate::exit::{ExitCode, Failure, Outcome, Reason};
use crate::kinds;
use clap::Args;
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use troupe_config::{Error, Errors, LARGEST_DOCUMENT, Loaded, Manifest, Overrides, Value};

/// Values that replace those of the manifest.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Values over the manifest")]
pub(crate) struct OverrideArgs {
    /// Where everything is kept: process.data_dir
    #[arg(long, value_name = "DIR", env = "TROUPE_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// UDP address to listen on: network.listen
    #[arg(long, value_name = "IP:PORT", env = "TROUPE_LISTEN")]
    listen: Option<String>,
    /// What others are told to dial: network.advertise
    #[arg(long, value_name = "HOST:PORT", env = "TROUPE_ADVERTISE")]
    advertise: Option<String>,
    /// TCP address of metrics and health: metrics.listen
    #[arg(long, value_name = "IP:PORT", env = "TROUPE_METRICS_LISTEN")]
    metrics_listen: Option<String>,
    /// Which network to take part in: network.id
    #[arg(long, value_name = "NUMBER", env = "TROUPE_NETWORK_ID")]
    network_id: Option<i64>,
    /// A process that tells who else is there, can be repeated: network.bootstrap
    #[arg(long, value_name = "NODE_ID@HOST:PORT", env = "TROUPE_BOOTSTRAP", value_delimiter = ',')]
    bootstrap: Vec<String>,
    /// The least severe level that is logged: process.log.level
    #[arg(long, value_name = "LEVEL", env = "TROUPE_LOG_LEVEL")]
    log_level: Option<String>,
    /// Any value of the manifest, can be repeated; entries of lists go by their name
    ///
    /// Example: --set process.drain=5s --set group.work.restart=all
    /// [env: TROUPE_SET, one assignment a line]
    #[arg(long = "set", value_name = "PATH=VALUE")]
    assignments: Vec<String>,
}

/// Where a manifest comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A file, or `-` for standard input.
    File(PathBuf),
    /// One of the shipped roles, by name.
    Role(String),
}

/// A checked manifest and what relative paths in it are relative to.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) loaded: Loaded,
    /// How the manifest is called in messages.
    pub(crate) name: String,
    /// The folder that relative paths in the manifest start from.
    pub(crate) base: PathBuf,
}

impl Source {
    /// A file or a role from the command line, or else the role that the environment names.
    pub(crate) fn choose(file: Option<&Path>, role: Option<&str>) -> Outcome<Self> {
        match (file, role) {
            (Some(_), Some(_)) => Err(Failure::about(
                ExitCode::Usage,
                "--role",
                "got a manifest file too, allowed is one of them",
            )),
            (Some(file), None) => Ok(Self::File(file.to_owned())),
            (None, Some(role)) => Ok(Self::Role(role.to_owned())),
            (None, None) => match std::env::var("TROUPE_ROLE") {
                Ok(role) => Ok(Self::Role(role)),
                Err(_) => Err(Failure::about(
                    ExitCode::Usage,
                    "FILE",
                    "missing, wants a manifest or --role NAME",
                )),
            },
        }
    }

    /// Reads and checks the manifest with `over` and the environment laid over it.
    pub(crate) fn load(&self, over: &OverrideArgs) -> Outcome<Found> {
        let (name, text) = match self {
            Self::File(path) => (path.display().to_string(), read_document(path)?),
            Self::Role(name) => {
                let text = troupe_config::role(name).map_err(|error| bad(None, &error.into()))?;
                (format!("role {name}"), text.to_owned())
            }
        };
        let environment = std::env::var("TROUPE_SET").unwrap_or_default();
        let overrides = over.overrides(&environment).map_err(|error| bad(None, &error.into()))?;
        let loaded = Manifest::load(&text, &overrides, &kinds::known())
            .map_err(|errors| bad(Some(&name), &errors))?;
        Ok(Found { loaded, name, base: self.base() })
    }

    /// The folder of the file; where there is none, the working directory.
    fn base(&self) -> PathBuf {
        let folder = match self {
            Self::File(path) if !is_stdin(path) => path.parent(),
            Self::File(_) | Self::Role(_) => None,
        };
        match folder {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        }
    }
}

impl OverrideArgs {
    fn overrides(&self, environment: &str) -> Result<Overrides, Error> {
        let mut overrides = Overrides::default();
        for line in environment.lines().map(str::trim).filter(|line| !line.is_empty()) {
            overrides.assign(line, "TROUPE_SET")?;
        }
        let texts = [
            ("network.listen", &self.listen, "--listen or TROUPE_LISTEN"),
            ("network.advertise", &self.advertise, "--advertise or TROUPE_ADVERTISE"),
            ("metrics.listen", &self.metrics_listen, "--metrics-listen or TROUPE_METRICS_LISTEN"),
            ("process.log.level", &self.log_level, "--log-level or TROUPE_LOG_LEVEL"),
        ];
        if let Some(folder) = &self.data_dir {
            // In the manifest it is relative to the manifest; here somebody typed it where they are.
            let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
            let text = Value::Text(folder.to_string_lossy().into_owned());
            overrides.put("process.data_dir", text, "--data-dir or TROUPE_DATA_DIR")?;
        }
        for (path, text, source) in texts {
            if let Some(text) = text {
                overrides.put(path, Value::Text(text.clone()), source)?;
            }
        }
        if let Some(id) = self.network_id {
            overrides.put("network.id", Value::Whole(id), "--network-id or TROUPE_NETWORK_ID")?;
        }
        if !self.bootstrap.is_empty() {
            let peers = self.bootstrap.iter().map(|peer| Value::Text(peer.clone())).collect();
            overrides.put_list("network.bootstrap", peers, "--bootstrap or TROUPE_BOOTSTRAP")?;
        }
        for assignment in &self.assignments {
            overrides.assign(assignment, "--set")?;
        }
        Ok(overrides)
    }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == OsStr::new("-")
}

/// Reads a manifest, but never more of it than a manifest may have.
fn read_document(path: &Path) -> Outcome<String> {
    let wrong = |error: std::io::Error| {
        Failure::about(ExitCode::BadFile, path.display(), format!("cannot be read: {error}"))
    };
    let mut bytes = Vec::new();
    let limit = LARGEST_DOCUMENT.0.saturating_add(1);
    if is_stdin(path) {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(wrong)?;
    } else {
        let file = std::fs::File::open(path).map_err(wrong)?;
        file.take(limit).read_to_end(&mut bytes).map_err(wrong)?;
    }
    String::from_utf8(bytes).map_err(|error| {
        let text =
            format!("no UTF-8 text, got other bytes after {}", error.utf8_error().valid_up_to());
        Failure::about(ExitCode::BadManifest, path.display(), text)
    })
}

fn bad(name: Option<&str>, errors: &Errors) -> Failure {
    let reason = |error: &Error| {
        let text = match name {
            Some(name) => format!("{name}: {error}"),
            None => error.to_string(),
        };
        Reason { text, field: Some(error.field.clone()) }
    };
    Failure::all(ExitCode::BadManifest, errors.as_slice().iter().map(reason).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(over: &OverrideArgs, environment: &str) -> Loaded {
        let overrides = over.overrides(environment).unwrap();
        let text = troupe_config::role("compute").unwrap();
        Manifest::load(text, &overrides, &kinds::known()).unwrap()
    }

    #[test]
    fn a_flag_outweighs_the_environment_and_the_environment_the_file() {
        let environment = "process.drain=7s\n\n process.threads.jobs=5\nnetwork.id=7";
        let set = |text: &str| OverrideArgs {
            assignments: vec![text.to_owned()],
            network_id: Some(8),
            ..OverrideArgs::default()
        };
        let process = load(&set("process.drain=9s"), environment).manifest;
        assert_eq!(process.process.drain.to_string(), "9s");
        assert_eq!(process.process.threads.jobs, 5);
        assert_eq!(process.network.id.0, 8);
        let process = load(&OverrideArgs::default(), environment).manifest;
        assert_eq!(process.process.drain.to_string(), "7s");
    }

    #[test]
    fn bootstrap_peers_of_the_command_line_replace_those_of_the_file() {
        let peer = format!("{}@10.0.0.7:9470", "ab".repeat(32));
        let over = OverrideArgs { bootstrap: vec![peer.clone()], ..OverrideArgs::default() };
        let network = load(&over, "network.bootstrap=[]").manifest.network;
        assert_eq!(network.bootstrap[0].to_string(), peer);
    }

    #[test]
    fn every_shipped_role_is_good_for_this_binary() {
        for role in troupe_config::roles() {
            let text = troupe_config::role(role).unwrap();
            Manifest::load(text, &Overrides::default(), &kinds::known()).unwrap();
        }
    }
}
