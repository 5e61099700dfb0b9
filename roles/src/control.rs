//! The owner's socket of a node, as commands reach it.

use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use clap::Args;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use tonic::{Code, Status};
use troupe_door::Channel;

/// Which node of one's own.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ControlArgs {
    /// Socket of the node that is asked, such as node/control.sock; without it, that of a node of the development network
    #[arg(long, value_name = "PATH", env = "TROUPE_CONTROL")]
    pub(crate) control: Option<PathBuf>,
}

impl ControlArgs {
    /// What was given, or the socket of a node of the development network in `dir`.
    pub(crate) fn path(&self, dir: &Path, node: &str) -> Outcome<PathBuf> {
        if let Some(path) = &self.control {
            return Ok(path.clone());
        }
        let record = Record::read(dir)?;
        let wrong = |text: String| Failure::about(ExitCode::Usage, "--node", text);
        let found = record.node(node).ok_or_else(|| {
            wrong(format!("got \"{node}\", which is no node of the development network"))
        })?;
        let socket = found.control.clone();
        socket.ok_or_else(|| wrong(format!("got \"{node}\", which has no socket for its owner")))
    }
}

/// A connection to the node that listens at a file.
pub(crate) async fn connect(path: &Path) -> Outcome<Channel> {
    let failed = |error: troupe_door::Error| {
        let code = match error {
            troupe_door::Error::Long { .. } => ExitCode::Usage,
            _ => ExitCode::Unreachable,
        };
        Failure::about(code, path.display(), format!("{error}; does the node run?"))
    };
    Channel::connect(path).await.map_err(failed)
}

/// What a node refused or could not do, as a failure of the command.
pub(crate) fn failed(who: impl Display, status: &Status) -> Failure {
    let code = match status.code() {
        Code::InvalidArgument => ExitCode::BadFile,
        Code::NotFound
        | Code::AlreadyExists
        | Code::FailedPrecondition
        | Code::OutOfRange
        | Code::PermissionDenied
        | Code::Unauthenticated
        | Code::ResourceExhausted => ExitCode::Refused,
        Code::DeadlineExceeded => ExitCode::TimedOut,
        Code::Unavailable | Code::Cancelled | Code::Aborted | Code::Unimplemented => {
            ExitCode::Unreachable
        }
        Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss => ExitCode::Internal,
    };
    Failure::about(code, who, status.message())
}
