//! The services by name.

use super::incoming::Incoming;
use crate::chain::Chain;
use crate::error::Error;
use crate::health::Health;
use crate::node::Node;
use crate::proto::DESCRIBED;
use crate::proto::chain::chain_server::ChainServer;
use crate::proto::node::node_server::NodeServer;
use http::{Request, Response};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use tonic::Status;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic_health::pb::health_server::HealthServer;
use tonic_reflection::server::Builder;
use tower_service::Service;
use troupe_types::Bytes;

/// A response that may take a while.
pub(super) type Reply = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

type Route = Box<dyn Fn(Request<Incoming>) -> Reply + Send + Sync>;

/// The services by name.
#[derive(Default)]
pub(super) struct Services(BTreeMap<&'static str, Route>);

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Services {
    /// All of them. No request is larger than `request`, and no message of a response than `response`.
    pub(super) fn new(
        chain: Chain,
        node: Node,
        health: Health,
        (request, response): (Bytes, Bytes),
    ) -> Result<Self, Error> {
        let (request, response) = (request.as_usize(), response.as_usize());
        let described = || {
            Builder::configure()
                .register_encoded_file_descriptor_set(DESCRIBED)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        let wrong = |error: tonic_reflection::server::Error| Error::Described(error.to_string());
        let mut services = Self::default();
        services.add(
            ChainServer::new(chain)
                .max_decoding_message_size(request)
                .max_encoding_message_size(response),
        );
        services.add(
            NodeServer::new(node)
                .max_decoding_message_size(request)
                .max_encoding_message_size(response),
        );
        services.add(HealthServer::new(health).max_decoding_message_size(request));
        services.add(described().build_v1().map_err(wrong)?.max_decoding_message_size(request));
        let alpha = described().build_v1alpha().map_err(wrong)?;
        services.add(alpha.max_decoding_message_size(request));
        Ok(services)
    }

    fn add<S>(&mut self, service: S)
    where
        S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send,
    {
        let route: Route = Box::new(move |request| {
            let mut service = service.clone();
            Box::pin(async move {
                match service.call(request).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                }
            })
        });
        self.0.insert(S::NAME, route);
    }

    /// Hands a request to the service that its path names.
    pub(super) fn call(&self, request: Request<Incoming>) -> Reply {
        let name = request.uri().path().split('/').nth(1).unwrap_or_default();
        match self.0.get(name) {
            Some(route) => route(request),
            None => {
                let known: Vec<&str> = self.0.keys().copied().collect();
                let text = format!("no such service; there are {}", known.join(", "));
                Box::pin(async move { Status::unimplemented(text).into_http() })
            }
        }
    }
}
