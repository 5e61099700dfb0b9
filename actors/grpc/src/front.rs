//! The server as an actor before the chain of a process.

use crate::chain::Chain;
use crate::error::Error;
use crate::host::Host;
use crate::node::{Node, Telling};
use crate::proto::chain::chain_server::ChainServer;
use crate::proto::node::node_server::NodeServer;
use crate::proto::{chain, node};
use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use troupe_door::{Closing, Metrics, Offered, Server, Service, Settings, Stands};
use troupe_rpc::{Api, Backend};

/// The server as an actor.
#[derive(Clone)]
pub struct Front {
    /// Who knows the process.
    pub host: Arc<dyn Host>,
    /// Whether the process tells of itself.
    pub node: Telling,
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

impl Front {
    /// Answers on a socket that listens already and does not block; says where. Panics outside of a runtime.
    pub fn serve(
        &self,
        listener: TcpListener,
        backend: Arc<dyn Backend>,
    ) -> Result<(Server, SocketAddr), Error> {
        let address = listener.local_addr().map_err(Error::Listen)?;
        let (settings, metrics) = (self.settings.clone(), self.metrics.clone());
        let server = Server::on(listener, self.offered(backend), settings, metrics)?;
        tracing::info!(%address, "listening for clients of gRPC");
        Ok((server, address))
    }

    /// The services before a chain.
    fn offered(&self, backend: Arc<dyn Backend>) -> Offered {
        let api = Arc::new(Api::new(backend, self.asked.clone()));
        let (host, closing) = (Arc::clone(&self.host), Closing::new());
        let most = self.settings.response;
        let (request, response) = (self.settings.request.as_usize(), most.as_usize());
        let chain = Chain { api: Arc::clone(&api), closing: closing.clone(), most };
        let node = Node { api, host, is_told: self.node };
        let chain = ChainServer::new(chain)
            .max_decoding_message_size(request)
            .max_encoding_message_size(response);
        let node = NodeServer::new(node)
            .max_decoding_message_size(request)
            .max_encoding_message_size(response);
        // Whoever asks for blocks wants them from a node that is ready.
        let services = vec![
            Service::new(chain, chain::DESCRIBED, Stands::Process),
            Service::new(node, node::DESCRIBED, Stands::Always),
        ];
        Offered { services, host: Arc::clone(&self.host) as _, closing }
    }
}

impl troupe_door::Front for Front {
    const KIND: &'static str = "grpc";

    type Listener = TcpListener;

    type Backend = Arc<dyn Backend>;

    type Server = Server;

    fn open(
        &self,
        listener: TcpListener,
        backend: Arc<dyn Backend>,
    ) -> Result<(Server, SocketAddr), String> {
        self.serve(listener, backend).map_err(|error| error.to_string())
    }

    async fn close(server: Server) {
        server.stop().await;
    }
}
