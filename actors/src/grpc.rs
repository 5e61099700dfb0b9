//! `grpc`: answers everybody else. What they ask is in `actors/grpc`, who answers in `actors/gateway`.

use crate::answers::{answers, not_started};
use crate::kind::{Kind, PLAIN, Start};
use crate::owner::Owner;
use crate::{Error, Part};
use std::sync::Arc;
use troupe_config::{GrpcSettings, NodeService};
use troupe_door::{Metrics, Settings};
use troupe_gateway::Phase;
use troupe_grpc::{Front, Telling};

pub(crate) const KIND: Kind = Kind {
    about: troupe_config::Kind {
        name: "grpc",
        summary: "Answers programs over gRPC, with streams, proofs and health.",
        read: |section| GrpcSettings::read(section).memory(),
        ..PLAIN
    },
    start,
};

fn start(start: &Start<'_>) -> Result<(), Error> {
    let wanted = start.read("grpc", GrpcSettings::read)?;
    let settings = Settings {
        connections: wanted.connections,
        streams: wanted.streams,
        request_time: wanted.request_time,
        ..Settings::default()
    };
    let asked = troupe_rpc::Settings {
        call_gas: wanted.call_gas,
        log_blocks: wanted.log_blocks,
        ..troupe_rpc::Settings::default()
    };
    let (_, sources) = answers(start, asked.clone())?;
    let host = Arc::new(Owner::of(start));
    let node = match wanted.node {
        NodeService::Told => Telling::Told,
        NodeService::Hidden => Telling::Hidden,
    };
    let front = Front { host, node, settings, asked, metrics: Metrics::of("grpc") };
    start.node.metrics().register(front.metrics.clone())?;
    let part = start.health.part("grpc", "not listening yet");
    let report = Arc::new(move |phase| report(&part, phase));
    let started =
        troupe_gateway::listen(start.node, sources, (front, wanted.listen, report), start);
    started.map_err(|error| not_started("grpc", error))
}

fn report(part: &Part, phase: Phase) {
    match phase {
        Phase::Serving(address) => {
            tracing::info!(%address, "grpc listens");
            part.ready();
        }
        Phase::Closing => part.not_ready("open requests end"),
    }
}
