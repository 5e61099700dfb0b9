//! The owner's socket of a node, as commands reach it.

use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use clap::Args;
use rustix::process::geteuid;
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
    Channel::connect(path).await.map_err(|error| unconnected(path, &error))
}

fn unconnected(path: &Path, error: &troupe_door::Error) -> Failure {
    use troupe_door::Error as E;
    let failed = |code, text: String| Failure::about(code, path.display(), text);
    match error {
        E::Long { .. } => failed(ExitCode::Usage, error.to_string()),
        E::Denied { path, mode, owner } => {
            let (place, owner, me) = (path.display(), user(*owner), user(geteuid().as_raw()));
            let text = format!(
                "permission denied: {place} has mode {mode:04o} and belongs to user {owner}, this command runs as user {me}"
            );
            failed(ExitCode::Refused, text)
        }
        E::Listen(_) | E::File { .. } | E::Described(_) | E::Unanswered(_) => {
            failed(ExitCode::Unreachable, format!("{error}; does the node run?"))
        }
    }
}

/// What the system calls a user, where it does so in the usual place.
fn user(id: u32) -> String {
    let all = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let known = all.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == id.to_string()).then(|| name.to_owned())
    });
    known.map_or_else(|| id.to_string(), |name| format!("{name} ({id})"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_not_let_in_is_not_asked_whether_the_node_runs() {
        let path = Path::new("node/control.sock");
        let denied = troupe_door::Error::Denied { path: path.to_owned(), mode: 0o600, owner: 0 };
        let failure = unconnected(path, &denied);
        assert_eq!(failure.code, ExitCode::Refused);
        let said = failure.to_string();
        let want = "node/control.sock: permission denied: node/control.sock has mode 0600 and belongs to user root (0), \
                    this command runs as user ";
        assert!(said.starts_with(want), "{said}");
        let gone = troupe_door::Error::Unanswered("no such file".to_owned());
        let failure = unconnected(path, &gone);
        assert_eq!(failure.code, ExitCode::Unreachable);
        assert_eq!(failure.to_string(), "node/control.sock: no such file; does the node run?");
        assert_eq!(user(u32::MAX - 1), (u32::MAX - 1).to_string(), "nobody is called that");
    }
}
