//! What no single field can get wrong: settings that depend on each other.

use super::document::Manifest;
use crate::error::{Error, Problem};
use crate::kinds::{Kinds, Publishes, Replicas};
use crate::nearest::hint;
use crate::section::{Report, place};
use crate::value::{Table, write_key};
use std::collections::BTreeMap;

/// Notes every contradiction as a mistake and returns what is allowed but may not be meant.
pub(super) fn check(
    manifest: &Manifest,
    document: &Table,
    kinds: &Kinds,
    report: &mut Report,
) -> Vec<String> {
    let mut check = Check { manifest, document, kinds, report };
    check.groups();
    check.actors();
    check.services();
    check.network();
    check.chain();
    check.notes()
}

struct Check<'a> {
    manifest: &'a Manifest,
    document: &'a Table,
    kinds: &'a Kinds,
    report: &'a mut Report,
}

impl Check<'_> {
    fn groups(&mut self) {
        if self.manifest.groups.is_empty() {
            self.fault(&["group"], Problem::Missing { want: "at least one group of actors" });
        }
        let mut names: BTreeMap<&str, ()> = BTreeMap::new();
        let mut homes: BTreeMap<&str, &str> = BTreeMap::new();
        for group in &self.manifest.groups {
            let name = group.name.as_str();
            if names.insert(name, ()).is_some() {
                self.fault(&["group", name], Problem::Twice { got: format!("group {name:?}") });
            }
            if group.actors.is_empty() {
                let problem = Problem::Missing { want: "at least one actor" };
                self.fault(&["group", name, "actors"], problem);
            }
            for actor in &group.actors {
                if let Some(home) = homes.insert(actor.as_str(), name) {
                    let text = format!(
                        "actor {:?} is in group {home:?} already; more of one kind are its replicas",
                        actor.as_str()
                    );
                    self.fault(&["group", name, "actors"], Problem::Conflict(text));
                    continue;
                }
                if let Some(problem) = self.unusable(actor.as_str()) {
                    self.fault(&["group", name, "actors"], problem);
                }
            }
        }
    }

    fn unusable(&self, actor: &str) -> Option<Problem> {
        let got = format!("{actor:?}");
        match self.kinds.find(actor) {
            None => {
                let hint = hint(actor, self.kinds.iter().map(|kind| kind.name));
                Some(Problem::UnknownName { what: "actor", got, hint })
            }
            Some(kind) => kind.lacks.map(|feature| Problem::NotCompiled { got, feature }),
        }
    }

    fn actors(&mut self) {
        for (name, actor) in &self.manifest.actors {
            let Some(kind) = self.kinds.find(name.as_str()) else { continue };
            if kind.replicas == Replicas::Single && actor.replicas != 1 {
                let text = format!("got {}, a process hosts one {}", actor.replicas, kind.name);
                self.fault(&["actor", kind.name, "replicas"], Problem::Conflict(text));
            }
        }
    }

    fn services(&mut self) {
        let present = |name: &str| self.manifest.kinds().any(|kind| kind.as_str() == name);
        let mut problems = Vec::new();
        for service in &self.manifest.publish {
            let got = format!("{:?}", service.as_str());
            match self.kinds.provider(service.as_str()) {
                Some(kind) if present(kind.name) => {}
                Some(kind) => problems.push(Problem::Conflict(format!(
                    "service {got} is provided by actor {:?}, which is in no group",
                    kind.name
                ))),
                None => {
                    let services = self.kinds.iter().flat_map(|kind| kind.services.iter().copied());
                    let hint = hint(service.as_str(), services);
                    problems.push(Problem::UnknownName { what: "service", got, hint });
                }
            }
        }
        if !self.manifest.publish.is_empty() && !self.has(|how| how != Publishes::Nothing) {
            let publishing = self.kinds.iter().filter(|kind| kind.publishes != Publishes::Nothing);
            let names: Vec<&str> = publishing.map(|kind| kind.name).collect();
            problems.push(Problem::Conflict(format!(
                "services are listed but no actor makes them known; add one of {}",
                names.join(", ")
            )));
        }
        for problem in problems {
            self.fault(&["publish"], problem);
        }
    }

    fn network(&mut self) {
        let network = &self.manifest.network;
        if network.listen.ip().is_unspecified() && network.advertise.is_none() {
            let text = format!(
                "{} is every address of this machine, which others cannot dial; set network.advertise too",
                network.listen
            );
            self.fault(&["network", "listen"], Problem::Conflict(text));
        }
        let mut seen: BTreeMap<String, ()> = BTreeMap::new();
        for (index, peer) in network.peers.iter().enumerate() {
            if seen.insert(peer.node_id.to_string(), ()).is_some() {
                let problem = Problem::Twice { got: format!("peer {}", peer.node_id) };
                self.fault(&["network", "peer", &index.to_string(), "node_id"], problem);
            }
        }
        let wanted = network.peers.len().max(network.bootstrap.len());
        if usize::try_from(network.max_peers).is_ok_and(|most| most < wanted) {
            let text = format!(
                "got {}, but {wanted} peers are listed in network.peer and network.bootstrap",
                network.max_peers
            );
            self.fault(&["network", "max_peers"], Problem::Conflict(text));
        }
    }

    fn chain(&mut self) {
        for (path, problem) in super::chain::contradictions(self.manifest) {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            self.fault(&path, problem);
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let Manifest { network, metrics, publish, .. } = self.manifest;
        if !metrics.listen.ip().is_loopback() {
            notes.push(format!(
                "metrics.listen: {} lets everyone who reaches this address read metrics",
                metrics.listen
            ));
        }
        let asks = self.has(|how| how == Publishes::ToBootstrap);
        let answers = self.has(|how| how == Publishes::Itself);
        if asks && !answers && network.bootstrap.is_empty() && network.peers.is_empty() {
            notes.push("network.bootstrap: empty, so the process will know nobody".to_owned());
        }
        if network.listen.ip().is_loopback() && !publish.is_empty() {
            notes.push(format!(
                "network.listen: {} is reached from this machine only",
                network.listen
            ));
        }
        notes
    }

    fn has(&self, wanted: impl Fn(Publishes) -> bool) -> bool {
        let mut here = self.manifest.kinds().filter_map(|kind| self.kinds.find(kind.as_str()));
        here.any(|kind| wanted(kind.publishes))
    }

    fn fault(&mut self, path: &[&str], problem: Problem) {
        let field: Vec<String> = path.iter().map(|part| write_key(part)).collect();
        let place = place(self.document, path);
        self.report.errors.push(Error::new(place, field.join("."), problem));
    }
}
