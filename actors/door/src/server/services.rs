//! The services of a server by name, with those that every server has.

use super::incoming::Incoming;
use crate::closing::Closing;
use crate::error::Error;
use crate::health::Health;
use crate::host::Host;
use crate::methods::Method;
use crate::service::{Reply, Service, Stands};
use crate::settings::Settings;
use http::Request;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use tonic::Status;
use tonic_health::pb::health_server::HealthServer;
use tonic_reflection::server::Builder;

/// What a server serves, beside health and reflection.
pub struct Offered {
    /// Each with a name of its own.
    pub services: Vec<Service>,
    /// Who knows how the process is.
    pub host: Arc<dyn Host>,
    /// Whether the server stops.
    pub closing: Closing,
}

impl fmt::Debug for Offered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Offered").field("services", &self.services).finish_non_exhaustive()
    }
}

impl Offered {
    /// For services that need not know whether the server stops: their streams are ended for them.
    #[must_use]
    pub fn new(services: Vec<Service>, host: Arc<dyn Host>) -> Self {
        Self { services, host, closing: Closing::new() }
    }
}

/// The services by name.
#[derive(Debug, Default)]
pub(super) struct Services {
    services: BTreeMap<&'static str, Service>,
    methods: BTreeMap<String, Arc<Method>>,
}

impl Services {
    pub(super) fn new(offered: Offered, settings: &Settings) -> Result<Self, Error> {
        let Offered { mut services, host, closing } = offered;
        let most = settings.request.as_usize();
        let stands = services.iter().map(|service| (service.name, service.stands)).collect();
        let described: Vec<&[u8]> = services.iter().map(|service| service.described).collect();
        let described = || {
            let builder = Builder::configure()
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET);
            let all = described.iter();
            all.fold(builder, |builder, one| builder.register_encoded_file_descriptor_set(one))
        };
        let wrong = |error: tonic_reflection::server::Error| Error::Described(error.to_string());
        let health = Health { host, closing, look: settings.look.into(), stands: Arc::new(stands) };
        services.push(Service::new(
            HealthServer::new(health).max_decoding_message_size(most),
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            Stands::Always,
        ));
        services.push(Service::new(
            described().build_v1().map_err(wrong)?.max_decoding_message_size(most),
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
            Stands::Always,
        ));
        services.push(Service::new(
            described().build_v1alpha().map_err(wrong)?.max_decoding_message_size(most),
            tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
            Stands::Always,
        ));
        let mut all = Self::default();
        for service in services {
            all.methods.extend(service.methods()?);
            if let Some(other) = all.services.insert(service.name, service) {
                return Err(Error::Described(format!("{} is offered twice", other.name)));
            }
        }
        Ok(all)
    }

    /// The method at a path.
    pub(super) fn find(&self, path: &str) -> Option<&Arc<Method>> {
        self.methods.get(path)
    }

    /// Hands a request to the service that its path names.
    pub(super) fn call(&self, request: Request<Incoming>) -> Reply {
        let name = request.uri().path().split('/').nth(1).unwrap_or_default();
        match self.services.get(name) {
            Some(service) => service.call(request),
            None => {
                let known: Vec<&str> = self.services.keys().copied().collect();
                let text = format!("no such service; there are {}", known.join(", "));
                Box::pin(async move { Status::unimplemented(text).into_http() })
            }
        }
    }
}
