//! `rpc`: answers Ethereum's clients. What they ask is in `actors/rpc`, who answers in `actors/gateway`.

use crate::kind::{Kind, PLAIN, Start};
use crate::{Error, Part};
use std::sync::Arc;
use troupe_config::RpcSettings;
use troupe_gateway::{About, Phase};
use troupe_rpc::{Chain, Settings};

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
    let about = About {
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

fn report(part: &Part, phase: Phase) {
    match phase {
        Phase::Serving(address) => {
            tracing::info!(%address, "rpc listens");
            part.ready();
        }
        Phase::Closing => part.not_ready("open requests end"),
    }
}
