//! Links to the other validators.

use std::collections::{BTreeMap, BTreeSet};
use troupe_consensus::Message;
use troupe_consensus::message::{Answer, Certified, Changed, Fetch, GiveUp, Propose, Status, Vote};
use troupe_runtime::{Error, Link, Node};
use troupe_types::NodeId;
use troupe_wire::Lane;

/// Told by a process with a validator key whenever its validators change: these have to be reached. Whoever knows a way
/// of finding out where processes are listens to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seek(pub Vec<NodeId>);

impl troupe_wire::Message for Seek {
    type Reply = ();
    const NAME: &'static str = "seek";
    const LANE: Lane = Lane::Control;
}

/// One for each type of message.
struct Links {
    propose: Link<Propose>,
    vote: Link<Vote>,
    certified: Link<Certified>,
    give_up: Link<GiveUp>,
    changed: Link<Changed>,
    status: Link<Status>,
    fetch: Link<Fetch>,
    answer: Link<Answer>,
}

impl Links {
    fn new(node: &Node, peer: NodeId) -> Result<Self, Error> {
        Ok(Self {
            propose: node.remote(peer)?,
            vote: node.remote(peer)?,
            certified: node.remote(peer)?,
            give_up: node.remote(peer)?,
            changed: node.remote(peer)?,
            status: node.remote(peer)?,
            fetch: node.remote(peer)?,
            answer: node.remote(peer)?,
        })
    }

    /// What cannot be sent is lost, as on any network: consensus says what matters again.
    fn tell(&self, message: Message) {
        let refused = match message {
            Message::Propose(it) => self.propose.tell(it).err().map(|refused| refused.why),
            Message::Vote(it) => self.vote.tell(it).err().map(|refused| refused.why),
            Message::Certified(it) => self.certified.tell(it).err().map(|refused| refused.why),
            Message::GiveUp(it) => self.give_up.tell(it).err().map(|refused| refused.why),
            Message::Changed(it) => self.changed.tell(it).err().map(|refused| refused.why),
            Message::Status(it) => self.status.tell(it).err().map(|refused| refused.why),
            Message::Fetch(it) => self.fetch.tell(it).err().map(|refused| refused.why),
            Message::Answer(it) => self.answer.tell(it).err().map(|refused| refused.why),
        };
        if let Some(why) = refused {
            tracing::debug!(%why, "not sent");
        }
    }
}

/// Who the others are.
#[derive(Default)]
pub(crate) struct Peers {
    links: BTreeMap<NodeId, Links>,
    /// Whom a word to everybody reaches.
    all: BTreeSet<NodeId>,
}

impl Peers {
    /// A word to everybody reaches these from now on. Links to others are made again where they are needed.
    pub(crate) fn renew(&mut self, all: Vec<NodeId>) {
        self.all = all.into_iter().collect();
        self.links.retain(|peer, _| self.all.contains(peer));
    }

    /// Says something to one.
    pub(crate) fn tell(&mut self, node: &Node, peer: NodeId, message: Message) {
        let links = match self.links.entry(peer) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => match Links::new(node, peer) {
                Ok(links) => place.insert(links),
                Err(error) => {
                    tracing::debug!(peer = %peer.short(), %error, "no way to a validator");
                    return;
                }
            },
        };
        links.tell(message);
    }

    /// Says something to everybody else.
    pub(crate) fn tell_all(&mut self, node: &Node, me: NodeId, message: &Message) {
        for peer in self.all.clone() {
            if peer != me {
                self.tell(node, peer, message.clone());
            }
        }
    }
}
