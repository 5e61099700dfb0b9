//! `control`: answers the owner of the process. How programs get in is in `actors/door`; what they can ask, the other kinds
//! bring.

use crate::kind::{Kind, PLAIN, Start};
use crate::owner::Owner;
use crate::{Error, Part};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use troupe_config::ControlSettings;
use troupe_door::{
    Front, Host, Local, Metrics, Offered, Phase, Server, Service, Settings, Source, attend,
};
use troupe_types::Millis;

/// How long a request may take: a file of many rows is read meanwhile.
const REQUEST_TIME: Millis = Millis::secs(150);

pub(crate) const KIND: Kind = Kind {
    about: troupe_config::Kind {
        name: Door::KIND,
        summary: "Answers the owner of this process over gRPC on a Unix socket.",
        read: |section| ControlSettings::read(section).memory(),
        ..PLAIN
    },
    start,
};

/// The services that the other kinds of the process brought.
#[derive(Clone)]
struct Door {
    services: Vec<Service>,
    host: Arc<dyn Host>,
    settings: Settings,
    metrics: Metrics,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("services", &self.services).finish_non_exhaustive()
    }
}

impl Front for Door {
    const KIND: &'static str = "control";

    type Listener = Local;

    type Backend = ();

    type Server = Server;

    fn open(&self, local: Local, (): ()) -> Result<(Server, PathBuf), String> {
        let path = local.path().to_owned();
        let offered = Offered::new(self.services.clone(), Arc::clone(&self.host));
        let (settings, metrics) = (self.settings.clone(), self.metrics.clone());
        let server = Server::at(local, offered, settings, metrics);
        Ok((server.map_err(|error| error.to_string())?, path))
    }

    async fn close(server: Server) {
        server.stop().await;
    }
}

/// Started after all other kinds: what they bring is known then.
fn start(start: &Start<'_>) -> Result<(), Error> {
    let ControlSettings { socket, connections, streams } =
        start.read(Door::KIND, ControlSettings::read)?;
    let owner = Owner::of(start);
    let path = owner.folder().join(socket);
    let settings =
        Settings { connections, streams, request_time: REQUEST_TIME, ..Settings::default() };
    let services = start.commons.offered();
    let metrics = Metrics::of(Door::KIND);
    start.node.metrics().register(metrics.clone())?;
    let part = start.health.part(Door::KIND, "not listening yet");
    let door = Door { services, host: Arc::new(owner), settings, metrics };
    let report = Arc::new(move |phase| report(&part, phase));
    let local = Local::bind(&path)?;
    let source = |_: &_| Source { backend: (), beside: Box::pin(async {}) };
    let spec = attend(door, local, source, report);
    troupe_door::serve(&start.node.spawn(start.place(spec)));
    Ok(())
}

fn report(part: &Part, phase: Phase<PathBuf>) {
    match phase {
        Phase::Serving(path) => {
            tracing::info!(path = %path.display(), "listening for the owner of this process");
            part.ready();
        }
        Phase::Closing => part.not_ready("open requests end"),
    }
}
