//! The server as an actor before the chain of a process.

use crate::{Host, Metrics, Server, Settings};
use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use troupe_rpc::{Api, Backend};

/// The server as an actor.
#[derive(Clone)]
pub struct Front {
    /// Who knows the process.
    pub host: Arc<dyn Host>,
    /// What bounds clients.
    pub settings: Settings,
    /// What bounds what they ask of the chain.
    pub asked: troupe_rpc::Settings,
    /// What is counted, over all starts of the actor.
    pub metrics: Metrics,
}

impl fmt::Debug for Front {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Front").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl troupe_gateway::Front for Front {
    const KIND: &'static str = "grpc";

    type Server = Server;

    fn open(
        &self,
        listener: TcpListener,
        backend: Arc<dyn Backend>,
    ) -> Result<(Server, SocketAddr), String> {
        let api = Arc::new(Api::new(backend, self.asked.clone()));
        let (host, settings) = (Arc::clone(&self.host), self.settings.clone());
        let server = Server::on(listener, api, host, settings, self.metrics.clone());
        let server = server.map_err(|error| error.to_string())?;
        let address = server.address();
        Ok((server, address))
    }

    async fn close(server: Server) {
        server.stop().await;
    }
}
