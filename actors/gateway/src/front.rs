//! Who speaks with clients, before whoever answers.

use crate::about::About;
use std::fmt;
use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use troupe_rpc::{Backend, Metrics, Server};

/// Who speaks with clients: a server of some kind, started again with its actor.
pub trait Front: Clone + Send + Sync + 'static {
    /// The actor's kind.
    const KIND: &'static str;

    /// The server while it listens. Dropped, it lets open requests end without answers.
    type Server: 'static;

    /// Listens on a socket and answers from a backend, on the runtime of the caller; says where.
    fn open(
        &self,
        listener: TcpListener,
        backend: Arc<dyn Backend>,
    ) -> Result<(Self::Server, SocketAddr), String>;

    /// Takes nobody any more and lets open requests end.
    fn close(server: Self::Server) -> impl Future<Output = ()> + 'static;
}

/// The server for Ethereum's clients.
#[derive(Clone)]
pub(crate) struct Ethereum {
    about: About,
    pub(crate) metrics: Metrics,
}

impl fmt::Debug for Ethereum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ethereum({:?})", self.about)
    }
}

impl Ethereum {
    pub(crate) fn new(about: About) -> Self {
        Self { about, metrics: Metrics::default() }
    }
}

impl Front for Ethereum {
    const KIND: &'static str = "rpc";

    type Server = Server;

    fn open(
        &self,
        listener: TcpListener,
        backend: Arc<dyn Backend>,
    ) -> Result<(Server, SocketAddr), String> {
        let (settings, metrics) = (self.about.settings.clone(), self.metrics.clone());
        let server = Server::on(listener, backend, settings, metrics);
        let mut server = server.map_err(|error| error.to_string())?;
        if let Some((path, operator)) = &self.about.local
            && let Err(error) = server.listen_at(path, Arc::clone(operator))
        {
            // Clients are served all the same.
            tracing::warn!(%error, "no socket for the node's owner");
        }
        let address = server.address();
        Ok((server, address))
    }

    async fn close(server: Server) {
        server.stop().await;
    }
}
