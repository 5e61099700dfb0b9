//! `rpc`: answers Ethereum's clients. What they ask is in `actors/rpc`, who answers in `actors/gateway`.

use crate::kind::{Kind, PLAIN, Start};
use crate::{Error, Part};
use std::path::PathBuf;
use std::sync::Arc;
use troupe_config::RpcSettings;
use troupe_gateway::{About, Phase};
use troupe_rpc::{Chain, Neighbour, Operator, Settings};
use troupe_runtime::Node;
use troupe_types::{Incarnation, NodeId};

/// The file below the data folder at which the node's owner asks.
const SOCKET: &str = "troupe.ipc";

pub(crate) const KIND: Kind = Kind {
    about: troupe_config::Kind {
        name: "rpc",
        summary: "Answers Ethereum's clients over HTTP and WebSocket.",
        read: |section| RpcSettings::read(section).memory(),
        ..PLAIN
    },
    start,
};

fn start(start: &Start<'_>) -> Result<(), Error> {
    let wanted = start.read("rpc", RpcSettings::read)?;
    let chain = start.commons.chain(start)?;
    let address = wanted.listen;
    let settings = Settings {
        listen: wanted.listen,
        hosts: wanted.hosts,
        connections: wanted.connections,
        request_time: wanted.request_time,
        call_gas: wanted.call_gas,
        log_blocks: wanted.log_blocks,
        ..Settings::default()
    };
    let about = Chain {
        chain_id: chain.rules().chain_id,
        base_fee_floor: chain.base_fee_floor(),
        client: format!("troupe/v{}", env!("CARGO_PKG_VERSION")),
    };
    let (node, part) = (start.node.clone(), start.health.part("rpc", "not listening yet"));
    // Without the points that a folder named by itself has.
    let data = start.base.join(&start.manifest.process.data_dir);
    let data: PathBuf = data.components().collect();
    let owner = Owner {
        node: start.node.clone(),
        id: start.id,
        incarnation: start.incarnation,
        listens: start.address.to_owned(),
        data: data.clone(),
    };
    let about = About {
        local: Some((data.join(SOCKET), Arc::new(owner))),
        min_tip: chain.rules().min_tip,
        peers: Arc::new(move || node.transport().map_or(0, |network| network.peers().len())),
        report: Arc::new(move |phase| report(&part, phase)),
        ..About::new(about, settings)
    };
    troupe_gateway::start(start.node, chain.reader(), about, start).map_err(|error| match error {
        troupe_gateway::Error::Listen { reason: source, .. } => {
            Error::Listen { what: "rpc", address, source }
        }
        troupe_gateway::Error::Runtime(error) => Error::Runtime(error),
    })
}

/// What a node's owner may know of it.
struct Owner {
    node: Node,
    id: NodeId,
    incarnation: Incarnation,
    listens: String,
    data: PathBuf,
}

impl Operator for Owner {
    fn about(&self) -> troupe_rpc::About {
        let (id, epoch, listens) = (self.id, self.incarnation.0, self.listens.clone());
        troupe_rpc::About { id, epoch, listens }
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

fn report(part: &Part, phase: Phase) {
    match phase {
        Phase::Serving(address) => {
            tracing::info!(%address, "rpc listens");
            part.ready();
        }
        Phase::Closing => part.not_ready("open requests end"),
    }
}
