//! What the first process tells the three, and what they say, a line each on their standard streams.

use crate::process::Outcome;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::os::fd::OwnedFd;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::unix::pipe::Receiver;
use troupe_mpc::Peer;
use troupe_runtime::Cast;
use troupe_types::NodeId;

/// Somebody who takes part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) address: String,
}

/// To a party.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Order {
    /// Who takes part, in the order parties, owners, receiver, and which of them it is.
    Meet { seat: u8, members: Vec<Member> },
    /// Make ready for a job, or for its inputs alone.
    Prepare { job: String, is_bare: bool },
    /// Take part in the session of this number.
    Begin { session: u64 },
    /// All others have ended as well: say what it cost.
    Account,
}

/// From a party.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Word {
    Here(Member),
    Ready,
    Ended { result: String },
    Cost { cpu: f64, peak: u64, sent: u64 },
}

/// The last members in a list are owners, as many as there are between parties and the receiver.
pub(crate) fn cast(members: &[Member], owners: u8) -> Outcome<Cast<Peer>> {
    let parties = (0..3).map(Peer::Party);
    let peers = parties.chain((0..owners).map(Peer::Owner));
    let mut parts = Vec::new();
    for (peer, member) in peers.zip(members) {
        parts.push((peer, member.id.parse::<NodeId>()?));
    }
    let receiver = members.last().ok_or("no receiver")?;
    parts.push((Peer::Receiver(0), receiver.id.parse()?));
    Ok(Cast::new(parts)?)
}

/// Lines that come in.
pub(crate) struct Lines(BufReader<Receiver>);

impl Lines {
    pub(crate) fn of(pipe: OwnedFd) -> Outcome<Self> {
        Ok(Self(BufReader::new(Receiver::from_owned_fd(pipe)?)))
    }

    /// The next one; `None` when the other side has gone.
    pub(crate) async fn next<T: DeserializeOwned>(&mut self) -> Outcome<Option<T>> {
        let mut line = String::new();
        match self.0.read_line(&mut line).await? {
            0 => Ok(None),
            _ => Ok(Some(serde_json::from_str(&line)?)),
        }
    }
}

/// Writes a line.
pub(crate) fn write(message: &impl Serialize, mut to: impl std::io::Write) -> Outcome<()> {
    let mut line = serde_json::to_string(message)?;
    line.push('\n');
    to.write_all(line.as_bytes())?;
    Ok(to.flush()?)
}
