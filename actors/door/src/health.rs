//! Whether the process, its services and its actors do their work, as `grpc.health.v1` asks.

use crate::closing::Closing;
use crate::host::{Doing, Host};
use crate::service::Stands;
use crate::status::{NOT_FOUND, STOPPING};
use futures_util::{Stream, StreamExt, stream};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tonic::{Request, Response, Status};
use tonic_health::pb;
use tonic_health::pb::health_check_response::ServingStatus;

/// Answers from whoever knows the process.
#[derive(Clone)]
pub(crate) struct Health {
    pub(crate) host: Arc<dyn Host>,
    pub(crate) closing: Closing,
    /// How often it is looked for somebody who watches.
    pub(crate) look: Duration,
    /// When services do their work.
    pub(crate) stands: Arc<BTreeMap<&'static str, Stands>>,
}

impl Health {
    /// Whether somebody serves under a name: nothing for the whole process, a service, or a kind of actors. `None` for a
    /// name that nobody has.
    fn status(&self, name: &str) -> Option<ServingStatus> {
        let runs = |kind: &str| {
            let actors = self.host.actors();
            actors.iter().find(|actor| actor.name == kind).map(|actor| actor.doing == Doing::Runs)
        };
        let stands = match name {
            "" => Some(&Stands::Process),
            _ => self.stands.get(name),
        };
        let is_serving = match stands {
            Some(Stands::Process) => self.host.waiting().is_empty(),
            Some(Stands::Always) => true,
            Some(Stands::Actor(kind)) => runs(kind).unwrap_or(false),
            None => runs(name)?,
        };
        Some(match is_serving && !self.closing.is_closing() {
            true => ServingStatus::Serving,
            false => ServingStatus::NotServing,
        })
    }
}

fn told(status: ServingStatus) -> pb::HealthCheckResponse {
    pb::HealthCheckResponse { status: status.into() }
}

/// What somebody who watches was told.
struct Watcher {
    health: Health,
    name: String,
    last: Option<ServingStatus>,
    is_over: bool,
}

impl Watcher {
    /// The next status that is another one; an error when the server stops.
    async fn next(&mut self) -> Option<Result<pb::HealthCheckResponse, Status>> {
        if self.is_over {
            return None;
        }
        loop {
            // Asked before: a server that begins to stop meanwhile is told of in the next round.
            let is_closing = self.health.closing.is_closing();
            let status = self.health.status(&self.name).unwrap_or(ServingStatus::ServiceUnknown);
            if self.last != Some(status) {
                self.last = Some(status);
                return Some(Ok(told(status)));
            }
            if is_closing {
                self.is_over = true;
                return Some(Err(STOPPING.status("the node stops")));
            }
            tokio::select! {
                () = tokio::time::sleep(self.health.look) => {}
                () = self.health.closing.wait() => {}
            }
        }
    }
}

#[tonic::async_trait]
impl pb::health_server::Health for Health {
    type WatchStream = Pin<Box<dyn Stream<Item = Result<pb::HealthCheckResponse, Status>> + Send>>;

    async fn check(
        &self,
        request: Request<pb::HealthCheckRequest>,
    ) -> Result<Response<pb::HealthCheckResponse>, Status> {
        let name = request.into_inner().service;
        let status = self.status(&name).ok_or_else(|| {
            NOT_FOUND.status("no service and no actor of this node has this name")
        })?;
        Ok(Response::new(told(status)))
    }

    async fn watch(
        &self,
        request: Request<pb::HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let name = request.into_inner().service;
        let watcher = Watcher { health: self.clone(), name, last: None, is_over: false };
        let all = stream::unfold(watcher, |mut watcher| async move {
            watcher.next().await.map(|told| (told, watcher))
        });
        Ok(Response::new(all.boxed()))
    }
}
