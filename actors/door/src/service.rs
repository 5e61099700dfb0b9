//! Services, whoever they are of.

use crate::error::Error;
use crate::methods::{Method, methods};
use crate::server::Incoming;
use http::{Request, Response};
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use tonic::body::Body;
use tonic::server::NamedService;
use tower_service::Service as Tower;

/// A response that may take a while.
pub(crate) type Reply = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

type Route = dyn Fn(Request<Incoming>) -> Reply + Send + Sync;

/// When a service does its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// Always.
    Always,
    /// When the process is ready.
    Process,
    /// When the actors of this kind do theirs.
    Actor(&'static str),
}

/// A service as it is put behind a server. Clones are the same service.
#[derive(Clone)]
pub struct Service {
    /// With its package.
    pub(crate) name: &'static str,
    pub(crate) described: &'static [u8],
    pub(crate) stands: Stands,
    route: Arc<Route>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Service {
    /// What tonic made of an implementation, and the encoded files that describe it.
    pub fn new<S>(service: S, described: &'static [u8], stands: Stands) -> Self
    where
        S: Tower<Request<Incoming>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send,
    {
        let route = move |request| -> Reply {
            let mut service = service.clone();
            Box::pin(async move {
                match service.call(request).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                }
            })
        };
        Self { name: S::NAME, described, stands, route: Arc::new(route) }
    }

    /// Its methods with their paths.
    pub(crate) fn methods(&self) -> Result<Vec<(String, Arc<Method>)>, Error> {
        methods(self.described, self.name)
    }

    pub(crate) fn call(&self, request: Request<Incoming>) -> Reply {
        (self.route)(request)
    }
}
