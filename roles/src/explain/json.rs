//! The facts for programs.

use super::facts::{ActorPicture, GroupPicture, Picture};
use crate::manifest::Found;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use troupe_config::{Holding, Name};

impl Picture {
    pub(super) fn json(&self, found: &Found) -> Value {
        let manifest = &found.loaded.manifest;
        let group = |group: &GroupPicture| {
            json!({
                "name": group.name.as_str(),
                "thread": group.thread.as_str(),
                "restart": group.restart,
                "actors": group.actors.iter().map(ActorPicture::json).collect::<Vec<_>>(),
            })
        };
        let service =
            |(service, kind): &(Name, &str)| json!({ "service": service.as_str(), "actor": kind });
        let threads = manifest.process.threads;
        json!({
            "manifest": found.name,
            "base": found.base.display().to_string(),
            "role": manifest.role.as_str(),
            "summary": manifest.summary,
            "groups": self.groups.iter().map(group).collect::<Vec<_>>(),
            "threads": {
                "actors": self.threads.iter().map(Name::as_str).collect::<Vec<_>>(),
                "network": threads.network,
                "urgent": threads.urgent,
                "jobs": threads.jobs,
            },
            "ports": {
                "quic_udp": manifest.network.listen.to_string(),
                "metrics_tcp": manifest.metrics.listen.to_string(),
                "clients_tcp": self.listeners.iter().cloned().collect::<BTreeMap<_, _>>(),
                "owner_sockets": self.sockets.iter().cloned().collect::<BTreeMap<_, _>>(),
            },
            "services": self.services.iter().map(service).collect::<Vec<_>>(),
            "peers": {
                "bootstrap": manifest.network.bootstrap.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "static": manifest.network.peers.len(),
            },
            "memory": {
                "bound_bytes": self.bound().0,
                "queues_bytes": self.queues.0,
                "actors_bytes": self.held.0,
            },
            "settings": found.loaded.holdings.iter().map(setting_json).collect::<Vec<_>>(),
            "notes": found.loaded.notes,
        })
    }
}

impl ActorPicture {
    fn json(&self) -> Value {
        json!({
            "kind": self.kind.as_str(),
            "summary": self.summary,
            "replicas": self.replicas,
            "queue_messages": self.queue_messages,
            "queue_bytes": self.queue_bytes.0,
            "memory_bytes": self.memory.0,
        })
    }
}

fn setting_json(row: &Holding) -> Value {
    json!({
        "path": row.path,
        "value": row.value,
        "default": row.default,
        "least": row.range.as_ref().map(|(least, _)| least),
        "most": row.range.as_ref().map(|(_, most)| most),
        "words": row.words,
        "written": row.place.as_ref().map(ToString::to_string),
        "why": row.why,
    })
}
