//! Who speaks with Ethereum's clients, before whoever answers.

use crate::about::About;
use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use troupe_door::Front;
use troupe_rpc::{Backend, Metrics, Server};

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

    type Listener = TcpListener;

    type Backend = Arc<dyn Backend>;

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
