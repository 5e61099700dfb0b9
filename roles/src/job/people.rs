//! Who takes part in a job, by name and by where they are.

use super::contacts::Visitor;
use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use std::time::{Duration, Instant};
use troupe_config::JobInput;
use troupe_overlay::Entry;
use troupe_types::{Millis, NodeId};
use troupe_wire::{Seed, Stream};

/// How long a participant may take to say yes or no.
pub(super) const ASSENT: Millis = Millis::secs(10);
/// How long a directory may take to list everybody that the job needs.
const LISTING: Duration = Duration::from_secs(5);
/// How often participants are asked how far they are.
pub(super) const LOOK: Duration = Duration::from_millis(150);

/// Everybody on the network, as somebody who visits it sees them.
#[derive(Clone, Copy)]
pub(super) struct People<'a> {
    pub(super) visitor: &'a Visitor,
    pub(super) record: &'a Record,
}

impl People<'_> {
    /// The owner of an input, by its name on the network or its node id.
    pub(super) fn owner(&self, input: &JobInput) -> Outcome<NodeId> {
        let known = self.record.node(&input.owner).map(|node| node.node_id.parse());
        known.unwrap_or_else(|| input.owner.parse()).map_err(|_| {
            let names: Vec<&str> =
                self.record.nodes.iter().map(|node| node.name.as_str()).collect();
            let nearest = troupe_config::nearest(&input.owner, names.iter().copied());
            let hint = nearest.map(|name| format!(", nearest is \"{name}\"")).unwrap_or_default();
            let text = format!(
                "got \"{}\", which is neither a node's name nor a node id{hint}",
                input.owner
            );
            Failure::about(ExitCode::BadFile, format!("input.{}.owner", input.name), text)
        })
    }

    /// What people call a node.
    pub(super) fn name(&self, id: NodeId) -> String {
        name(self.record, id)
    }

    /// Learns everybody's address. A directory that has just started does not know everybody yet, so it gets a moment
    /// to list the owners and whoever else is needed.
    pub(super) async fn around(
        &self,
        owners: &[NodeId],
        is_enough: impl Fn(&[Entry]) -> bool,
    ) -> Outcome<Vec<Entry>> {
        let until = Instant::now() + LISTING;
        loop {
            let entries = self.visitor.find("").await?;
            let is_there = |id: &NodeId| entries.iter().any(|entry| entry.id == *id);
            if (owners.iter().all(is_there) && is_enough(&entries)) || Instant::now() >= until {
                return Ok(entries);
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// What people call a node.
pub(super) fn name(record: &Record, id: NodeId) -> String {
    let found = record.node(&id.to_string());
    found.map_or_else(|| id.short(), |node| node.name.clone())
}

/// Luck for sessions and seats.
pub(super) fn luck() -> Outcome<Stream> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Failure::new(ExitCode::Internal, error))?;
    Ok(Seed::new(bytes).stream("job"))
}
