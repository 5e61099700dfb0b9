//! `rpc`: answers Ethereum's clients. What they ask is in `actors/rpc`, who answers in `actors/gateway`.

use crate::kind::{Kind, PLAIN, Start};
use crate::{Error, Part, light};
use std::path::PathBuf;
use std::sync::Arc;
use troupe_chain::transaction::Rules;
use troupe_config::RpcSettings;
use troupe_gateway::{About, Phase, Source};
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
    let is_light = start.manifest.kinds().any(|kind| kind.as_str() == light::KIND.about.name);
    let started =
        if is_light { before_light(start, settings) } else { before_chain(start, settings) };
    started?.map_err(|error| match error {
        troupe_gateway::Error::Listen { reason: source, .. } => {
            Error::Listen { what: "rpc", address, source }
        }
        troupe_gateway::Error::Runtime(error) => Error::Runtime(error),
    })
}

type Started = Result<Result<(), troupe_gateway::Error>, Error>;

/// Before the chain that this process keeps.
fn before_chain(start: &Start<'_>, settings: Settings) -> Started {
    let chain = start.commons.chain(start)?;
    let about = about(start, chain.rules(), chain.base_fee_floor(), settings);
    Ok(troupe_gateway::start(start.node, chain.reader(), about, start))
}

/// Before a light client, which asks others.
fn before_light(start: &Start<'_>, settings: Settings) -> Started {
    let client = start.commons.light(start)?;
    let about = about(start, client.rules(), client.base_fee_floor(), settings);
    let chain = about.chain.clone();
    let source = move |_: &Node| Source {
        backend: client.backend(chain.clone()),
        beside: Box::pin(async {}),
    };
    Ok(troupe_gateway::serve(start.node, source, about, start))
}

fn about(start: &Start<'_>, rules: &Rules, base_fee_floor: u64, settings: Settings) -> About {
    let chain = Chain {
        chain_id: rules.chain_id,
        base_fee_floor,
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
    About {
        local: Some((data.join(SOCKET), Arc::new(owner))),
        min_tip: rules.min_tip,
        peers: Arc::new(move || node.transport().map_or(0, |network| network.peers().len())),
        report: Arc::new(move |phase| report(&part, phase)),
        ..About::new(chain, settings)
    }
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
