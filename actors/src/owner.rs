//! What a process may tell of itself: to its owner, and to whoever asks over gRPC.

use crate::Health;
use crate::kind::Start;
use prometheus::proto::MetricFamily;
use std::path::PathBuf;
use troupe_door::{Actor, Doing};
use troupe_grpc::{Counts, Host};
use troupe_rpc::{About, Neighbour, Operator};
use troupe_runtime::Node;
use troupe_types::{Incarnation, Millis, NodeId};

/// What a process may tell of itself.
#[derive(Debug, Clone)]
pub(crate) struct Owner {
    node: Node,
    id: NodeId,
    incarnation: Incarnation,
    listens: String,
    role: String,
    kinds: Vec<String>,
    health: Health,
    stuck: Millis,
    data: PathBuf,
}

impl Owner {
    pub(crate) fn of(start: &Start<'_>) -> Self {
        let manifest = start.manifest;
        // Without the points that a folder named by itself has.
        let data = start.base.join(&manifest.process.data_dir);
        Self {
            node: start.node.clone(),
            id: start.id,
            incarnation: start.incarnation,
            listens: start.address.to_owned(),
            role: manifest.role.to_string(),
            kinds: manifest.kinds().map(ToString::to_string).collect(),
            health: start.health.clone(),
            stuck: manifest.process.stuck,
            data: data.components().collect(),
        }
    }

    /// The folder of its data.
    pub(crate) fn folder(&self) -> &std::path::Path {
        &self.data
    }
}

impl Operator for Owner {
    fn about(&self) -> About {
        let (id, epoch, listens) = (self.id, self.incarnation.0, self.listens.clone());
        About { id, epoch, listens }
    }

    fn peers(&self) -> Vec<Neighbour> {
        let peers = self.node.transport().map(|network| network.peers()).unwrap_or_default();
        let told = peers.iter().map(|peer| Neighbour {
            id: peer.id,
            epoch: peer.incarnation.0,
            role: peer.role.clone(),
            version: peer.version.to_string(),
        });
        told.collect()
    }

    fn data(&self) -> String {
        self.data.display().to_string()
    }
}

impl troupe_door::Host for Owner {
    /// As `/readyz` says it.
    fn waiting(&self) -> Vec<String> {
        if self.node.is_draining() {
            return vec!["process: draining".to_owned()];
        }
        let parts = self.health.waiting().into_iter();
        parts.map(|(name, reason)| format!("{name}: {reason}")).collect()
    }

    fn actors(&self) -> Vec<Actor> {
        let (waiting, stuck) = (self.health.waiting(), self.node.stuck(self.stuck));
        let doing = |kind: &String| {
            if let Some(stuck) = stuck.iter().find(|stuck| stuck.kind == kind) {
                return Doing::Stuck(format!("in one handler for {}", stuck.busy_for));
            }
            let part = waiting.iter().find(|(name, _)| name == kind);
            part.map_or(Doing::Runs, |(_, reason)| Doing::Waits(reason.clone()))
        };
        self.kinds.iter().map(|kind| Actor { name: kind.clone(), doing: doing(kind) }).collect()
    }
}

impl Host for Owner {
    fn role(&self) -> String {
        self.role.clone()
    }

    fn counts(&self) -> Vec<(String, Counts)> {
        let families = self.node.metrics().registry().gather();
        let of = |kind: &String| {
            let counted = |name| total(&families, name, kind);
            let queued = counted("troupe_actor_queue_depth");
            let restarts = counted("troupe_actor_restarts_total");
            (kind.clone(), Counts { queued, restarts })
        };
        self.kinds.iter().map(of).collect()
    }
}

/// The sum of a metric's samples that are of one kind of actors.
fn total(families: &[MetricFamily], name: &str, kind: &str) -> u64 {
    let family = families.iter().filter(|family| family.name() == name);
    let samples = family.flat_map(MetricFamily::get_metric);
    let own = samples.filter(|sample| {
        sample.get_label().iter().any(|label| label.name() == "actor" && label.value() == kind)
    });
    let sum = own.map(|sample| sample.get_counter().get_value() + sample.get_gauge().get_value());
    whole(sum.sum())
}

/// A count that is kept as a fraction.
fn whole(number: f64) -> u64 {
    // Counts are whole and far below what a fraction holds exactly.
    format!("{number:.0}").parse().unwrap_or(0)
}
