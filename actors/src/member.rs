//! `member`: announces this process to its bootstrap peers for as long as it lives, and asks them where those are that
//! it has to reach.

use crate::kind::{Kind, PLAIN, Start};
use crate::{Error, Part};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use troupe_blocks::Seek;
use troupe_config::Publishes;
use troupe_overlay::message::{Announce, Announced, Entry, Found, Locate, MAX_FOUND, Withdraw};
use troupe_runtime::{Actor, Contact, Cx, Fault, Handle, Link, Node, Reply, Spec};
use troupe_types::{Millis, NodeId};
use troupe_wire::{CallError, List, Text};

/// How soon a bootstrap peer that does not answer is tried again.
const RETRY: Millis = Millis(500);
/// How long one announcement may take.
const PATIENCE: Millis = Millis::secs(3);
/// How often it is asked where those are that are sought and not connected.
const SEARCH: Millis = Millis::secs(5);
/// No more are sought: validators of a few terms.
const MOST: usize = 512;

pub(crate) const KIND: Kind = Kind {
    about: troupe_config::Kind {
        name: "member",
        summary: "Announces the process to its bootstrap peers so that others find it.",
        publishes: Publishes::ToBootstrap,
        ..PLAIN
    },
    start,
};

struct Member {
    announcement: Announce,
    bootstrap: Vec<Bootstrap>,
    listed: BTreeMap<NodeId, bool>,
    part: Part,
    sought: Sought,
    is_searching: bool,
}

#[derive(Clone)]
struct Bootstrap {
    id: NodeId,
    announce: Link<Announce>,
    withdraw: Link<Withdraw>,
    locate: Link<Locate>,
}

/// Whom this process has to reach. Shared with the next incarnation: nobody says it again.
#[derive(Debug, Clone, Default)]
struct Sought(Arc<Mutex<BTreeSet<NodeId>>>);

impl Sought {
    fn lock(&self) -> MutexGuard<'_, BTreeSet<NodeId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replace(&self, nodes: Vec<NodeId>) {
        *self.lock() = nodes.into_iter().take(MOST).collect();
    }

    /// Those who are not among the connected, in portions that one question has room for.
    fn missing(&self, connected: &BTreeSet<NodeId>) -> Vec<List<NodeId, MAX_FOUND>> {
        let missing: Vec<NodeId> = self.lock().difference(connected).copied().collect();
        let portions = missing.chunks(MAX_FOUND).map(<[NodeId]>::to_vec);
        portions.filter_map(|nodes| List::new(nodes).ok()).collect()
    }
}

fn start(start: &Start<'_>) -> Result<(), Error> {
    let network = &start.manifest.network;
    let contacts = network
        .bootstrap
        .iter()
        .map(|peer| Contact { id: peer.node_id, address: peer.address.to_string() });
    if let Some(transport) = start.node.transport() {
        transport.learn(contacts.collect());
    }
    let ids = network.bootstrap.iter().map(|peer| peer.node_id);
    let bootstrap = ids.map(|id| dial(start.node, id)).collect::<Result<Vec<_>, _>>()?;
    let announcement = announcement(start)?;
    let part = start.health.part("member", "not announced yet");
    let sought = Sought::default();
    let spec = Spec::new(move |_| {
        Ok(Member {
            announcement: announcement.clone(),
            bootstrap: bootstrap.clone(),
            listed: BTreeMap::new(),
            part: part.clone(),
            sought: sought.clone(),
            is_searching: false,
        })
    });
    start.node.spawn(start.place(spec)).accept::<Seek>();
    Ok(())
}

fn dial(node: &Node, id: NodeId) -> Result<Bootstrap, troupe_runtime::Error> {
    let (announce, withdraw, locate) = (node.remote(id)?, node.remote(id)?, node.remote(id)?);
    Ok(Bootstrap { id, announce, withdraw, locate })
}

fn announcement(start: &Start<'_>) -> Result<Announce, Error> {
    let too_long = |error: troupe_wire::Error| Error::Settings {
        kind: "member",
        reason: format!("the announcement: {error}"),
    };
    let services = start.manifest.publish.iter().map(|service| Text::new(service.as_str()));
    let services = services.collect::<Result<Vec<_>, _>>().map_err(too_long)?;
    Ok(Announce {
        incarnation: start.incarnation,
        address: Text::new(start.address).map_err(too_long)?,
        role: Text::new(start.manifest.role.as_str()).map_err(too_long)?,
        services: List::new(services).map_err(too_long)?,
    })
}

impl Actor for Member {
    const KIND: &'static str = "member";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        if self.bootstrap.is_empty() {
            self.part.ready();
        }
        for bootstrap in self.bootstrap.clone() {
            announce(self, bootstrap, cx);
        }
        self.search(cx)
    }

    fn stopping(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        for bootstrap in &self.bootstrap {
            // A directory that does not hear it forgets the entry by itself.
            let _ = cx.tell(&bootstrap.withdraw, Withdraw);
        }
        Ok(())
    }
}

fn announce(member: &mut Member, bootstrap: Bootstrap, cx: &mut Cx<'_, Member>) {
    let link = bootstrap.announce.clone();
    let then = move |member: &mut Member, answer, cx: &mut Cx<'_, Member>| {
        let pause = member.heard(bootstrap.id, answer);
        cx.after(pause, move |member, cx| {
            announce(member, bootstrap, cx);
            Ok(())
        });
        Ok(())
    };
    cx.ask_within(&link, member.announcement.clone(), PATIENCE, then);
}

impl Member {
    /// Notes how an announcement went; the pause before the next one.
    fn heard(&mut self, bootstrap: NodeId, answer: Result<Announced, CallError>) -> Millis {
        let (is_listed, pause, reason) = match answer {
            Ok(Announced::For(lifetime)) => (true, Millis(lifetime.0 / 10), String::new()),
            Ok(Announced::Refused(reason)) => (false, RETRY, reason.to_string()),
            Err(error) => (false, RETRY, error.to_string()),
        };
        let before = self.listed.insert(bootstrap, is_listed);
        if before != Some(is_listed) {
            tracing::info!(bootstrap = %bootstrap.short(), is_listed, reason, "announcement");
        }
        if self.listed.values().any(|listed| *listed) {
            self.part.ready();
        } else {
            self.part.not_ready(format!("no bootstrap peer lists this process: {reason}"));
        }
        pause
    }
}

impl Member {
    /// Asks where those are that are sought and not connected, now and again: who was there may move.
    fn search(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let Some(transport) = cx.node().transport() else { return Ok(()) };
        if self.bootstrap.is_empty() || self.sought.lock().is_empty() {
            return Ok(());
        }
        let connected: BTreeSet<NodeId> = transport.peers().iter().map(|peer| peer.id).collect();
        let missing = self.sought.missing(&connected);
        for nodes in missing {
            for bootstrap in self.bootstrap.clone() {
                let locate = Locate(nodes.clone());
                cx.ask_within(&bootstrap.locate, locate, PATIENCE, |_, found, cx| {
                    // Who does not answer is asked again.
                    found.into_iter().for_each(|found| learn(found, cx));
                    Ok(())
                });
            }
        }
        self.is_searching = true;
        cx.after(SEARCH, Self::search);
        Ok(())
    }
}

/// Remembers where processes are. Who answers there has to prove that he is the one.
fn learn(Found(entries): Found, cx: &Cx<'_, Member>) {
    let contact = |entry: &Entry| Contact { id: entry.id, address: entry.address.to_string() };
    if let Some(transport) = cx.node().transport() {
        transport.learn(entries.iter().map(contact).collect());
    }
}

impl Handle<Seek> for Member {
    fn handle(
        &mut self,
        Seek(nodes): Seek,
        _: Reply<Seek>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.sought.replace(nodes);
        if self.is_searching { Ok(()) } else { self.search(cx) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_are_not_connected_are_asked_for_in_portions() {
        let node = |at: u8| NodeId([at; 32]);
        let sought = Sought::default();
        assert!(sought.missing(&BTreeSet::new()).is_empty());
        sought.replace((0..100).map(node).collect());
        let connected: BTreeSet<NodeId> = (10..20).map(node).chain([node(200)]).collect();
        let missing = sought.missing(&connected);
        assert_eq!(missing.iter().map(|nodes| nodes.len()).collect::<Vec<_>>(), [64, 26]);
        assert!(missing.iter().flat_map(|nodes| nodes.iter()).all(|it| !connected.contains(it)));
        sought.replace((10..20).map(node).collect());
        assert!(sought.missing(&connected).is_empty(), "others are not sought any more");
    }
}
