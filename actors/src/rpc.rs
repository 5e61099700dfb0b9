//! `rpc`: answers Ethereum's clients. What they ask is in `actors/rpc`, who answers in `actors/gateway`.

use crate::answers::{answers, not_started};
use crate::kind::{Kind, PLAIN, Start};
use crate::owner::Owner;
use crate::{Error, Part};
use std::sync::Arc;
use troupe_config::RpcSettings;
use troupe_gateway::{About, Phase};
use troupe_rpc::Settings;

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
    let settings = Settings {
        listen: wanted.listen,
        hosts: wanted.hosts,
        connections: wanted.connections,
        request_time: wanted.request_time,
        call_gas: wanted.call_gas,
        log_blocks: wanted.log_blocks,
        ..Settings::default()
    };
    let (about, sources) = answers(start, settings)?;
    let part = start.health.part("rpc", "not listening yet");
    let owner = Owner::of(start);
    let about = About {
        local: Some((owner.folder().join(SOCKET), Arc::new(owner))),
        report: Arc::new(move |phase| report(&part, phase)),
        ..about
    };
    let started = troupe_gateway::serve(start.node, sources, about, start);
    started.map_err(|error| not_started("rpc", error))
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
