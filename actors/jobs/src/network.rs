//! Who takes part in a job, by name and by where they are.

use crate::error::{Class, Error, Outcome, unanswered};
use crate::receiver::{Results, receiver};
use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};
use troupe_config::JobInput;
use troupe_overlay::Entry;
use troupe_overlay::message::{Find, MAX_FOUND};
use troupe_runtime::{Contact, Node};
use troupe_types::{Millis, NodeId};
use troupe_wire::{Stream, Text};

/// How long finding somebody may take.
const PATIENCE: Millis = Millis::secs(5);
/// How long a participant may take to say yes or no.
pub(crate) const ASSENT: Millis = Millis::secs(10);
/// How long a directory may take to list everybody that the job needs.
const LISTING: Duration = Duration::from_secs(5);
/// How often participants are asked how far they are.
pub(crate) const LOOK: Duration = Duration::from_millis(150);

/// What people call nodes.
pub type Names = BTreeMap<NodeId, String>;

/// A network as one of its nodes sees it, which takes the results of jobs. Clones are the same one.
#[derive(Clone)]
pub struct Network {
    /// The node that asks and receives.
    pub(crate) node: Node,
    /// Who it is.
    pub(crate) id: NodeId,
    /// Who tells who else is there.
    bootstrap: Vec<Contact>,
    /// What people call nodes, where they call them anything.
    names: Names,
    /// Where results arrive.
    pub(crate) results: Results,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Network(of {})", self.id.short())
    }
}

impl Network {
    /// As the node `id` sees it. Starts an actor of it that takes results, so it must be called on an event loop of the runtime.
    #[must_use]
    pub fn new(node: &Node, id: NodeId, bootstrap: Vec<Contact>) -> Self {
        let (results, names) = (receiver(node, id), Names::new());
        let network = Self { node: node.clone(), id, bootstrap, names, results };
        network.learn(network.bootstrap.clone());
        network
    }

    /// The same network for somebody who calls nodes by these names.
    pub(crate) fn named(&self, names: Names) -> Self {
        Self { names, ..self.clone() }
    }

    /// Remembers where nodes are.
    pub(crate) fn learn(&self, contacts: Vec<Contact>) {
        if let Some(transport) = self.node.transport() {
            transport.learn(contacts);
        }
    }

    /// The owner of an input, by its name on the network or its node id.
    pub(crate) fn owner(&self, input: &JobInput) -> Outcome<NodeId> {
        let known = self.names.iter().find(|(_, name)| **name == input.owner).map(|(id, _)| *id);
        if let Some(id) = known.or_else(|| input.owner.parse().ok()) {
            return Ok(id);
        }
        let names = self.names.values().map(String::as_str);
        let nearest = troupe_config::nearest(&input.owner, names);
        let hint = nearest.map(|name| format!(", nearest is \"{name}\"")).unwrap_or_default();
        let text =
            format!("got \"{}\", which is neither a node's name nor a node id{hint}", input.owner);
        Err(Error::about(Class::File, format!("input.{}.owner", input.name), text))
    }

    /// What people call a node.
    pub(crate) fn name(&self, id: NodeId) -> String {
        self.names.get(&id).cloned().unwrap_or_else(|| id.short())
    }

    /// Learns everybody's address. A directory that has just started does not know everybody yet, so it gets a moment
    /// to list the owners and whoever else is needed.
    pub(crate) async fn around(
        &self,
        owners: &[NodeId],
        is_enough: impl Fn(&[Entry]) -> bool,
    ) -> Outcome<Vec<Entry>> {
        let until = Instant::now() + LISTING;
        loop {
            let entries = self.find().await?;
            let is_there = |id: &NodeId| entries.iter().any(|entry| entry.id == *id);
            if (owners.iter().all(is_there) && is_enough(&entries)) || Instant::now() >= until {
                return Ok(entries);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// All processes that say that they are there, as the first directory that answers lists them.
    pub async fn find(&self) -> Outcome<Vec<Entry>> {
        let mut last = "no bootstrap process is known".to_owned();
        for bootstrap in &self.bootstrap {
            let most = u16::try_from(MAX_FOUND).unwrap_or(u16::MAX);
            let question = Find { service: Text::default(), most };
            let link = self.node.remote::<Find>(bootstrap.id);
            let link = link.map_err(|error| Error::new(Class::Internal, error))?;
            match link.ask(question).within(PATIENCE).await {
                Ok(found) => {
                    let entries = found.0.into_inner();
                    let contact = |entry: &Entry| Contact {
                        id: entry.id,
                        address: entry.address.to_string(),
                    };
                    self.learn(entries.iter().map(contact).collect());
                    return Ok(entries);
                }
                Err(error) => last = unanswered(&bootstrap.address, error).to_string(),
            }
        }
        Err(Error::new(Class::Unreachable, format!("bootstrap: {last}")))
    }

    /// Luck for sessions and seats.
    pub(crate) fn luck(&self) -> Stream {
        self.node.random("job", 0)
    }
}
