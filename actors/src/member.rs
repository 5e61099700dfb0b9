//! `member`: announces this process to its bootstrap peers for as long as it lives.

use crate::kind::{Kind, PLAIN, Start};
use crate::{Error, Part};
use std::collections::BTreeMap;
use troupe_config::Publishes;
use troupe_overlay::message::{Announce, Announced, Withdraw};
use troupe_runtime::{Actor, Contact, Cx, Fault, Link, Node, Spec};
use troupe_types::{Millis, NodeId};
use troupe_wire::{CallError, List, Text};

/// How soon a bootstrap peer that does not answer is tried again.
const RETRY: Millis = Millis(500);
/// How long one announcement may take.
const PATIENCE: Millis = Millis::secs(3);

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
}

#[derive(Clone)]
struct Bootstrap {
    id: NodeId,
    announce: Link<Announce>,
    withdraw: Link<Withdraw>,
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
    let spec = Spec::new(move |_| {
        Ok(Member {
            announcement: announcement.clone(),
            bootstrap: bootstrap.clone(),
            listed: BTreeMap::new(),
            part: part.clone(),
        })
    });
    start.node.spawn(start.place(spec));
    Ok(())
}

fn dial(node: &Node, id: NodeId) -> Result<Bootstrap, troupe_runtime::Error> {
    Ok(Bootstrap { id, announce: node.remote(id)?, withdraw: node.remote(id)? })
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
        Ok(())
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
