//! What a network is started with.

use crate::hello::{Hello, MAX_ADDRESS, MAX_ROLE, MAX_SERVICES, is_address, is_name};
use crate::identity::Identity;
use crate::{Error, Limits, frame};
use std::net::SocketAddr;
use troupe_types::{Incarnation, NetworkId, NodeId};
use troupe_wire::{List, Text, VersionRange};

/// What [`crate::Net::start`] needs to know.
#[derive(Debug)]
pub struct NetConfig {
    /// The node's key.
    pub identity: Identity,
    /// Where to listen; port 0 lets the machine choose.
    pub listen: SocketAddr,
    /// Host and port under which others reach this process, where that is not `listen`.
    pub advertise: Option<String>,
    /// Which network it belongs to.
    pub network: NetworkId,
    /// Its start counter.
    pub incarnation: Incarnation,
    /// The role it says it has.
    pub role: String,
    /// The services it publishes.
    pub services: Vec<String>,
    /// Its own list of peers.
    pub peers: Vec<Entry>,
    /// Threads that do nothing but network; at least one.
    pub threads: usize,
    /// Its limits.
    pub limits: Limits,
}

/// A peer that this process's manifest or directory lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who must answer at the address.
    pub id: NodeId,
    /// Host and port; `None` for a peer that only dials us.
    pub address: Option<String>,
    /// The role it is listed under: it opens the messages that this role may send.
    pub role: String,
    /// When it is dialed.
    pub dial: Dial,
}

/// When a listed peer is dialed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dial {
    /// At once, and again whenever the connection was lost.
    Keep,
    /// When something is to be sent to it.
    OnDemand,
}

impl NetConfig {
    /// A process of one role on a free loopback port, with nobody to talk to: a start for tests.
    #[must_use]
    pub fn loopback(identity: Identity, network: NetworkId, role: &str) -> Self {
        Self {
            identity,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            advertise: None,
            network,
            incarnation: Incarnation(1),
            role: role.to_owned(),
            services: Vec::new(),
            peers: Vec::new(),
            threads: 1,
            limits: Limits::default(),
        }
    }

    /// What it will say of itself, once it listens on `bound`.
    pub(crate) fn hello(&self, bound: SocketAddr) -> Result<Hello, Error> {
        let own = (!bound.ip().is_unspecified()).then(|| bound.to_string());
        let listen = match self.advertise.clone().or(own) {
            None => None,
            Some(address) => Some(checked_address("advertise", &address)?),
        };
        let mut services = Vec::with_capacity(self.services.len());
        for service in &self.services {
            if !frame::is_service(service) {
                return Err(refused("services", service, "wants 1 to 32 visible ASCII characters"));
            }
            let too_long = |_| refused("services", service, "is too long");
            services.push(Text::new(service.as_str()).map_err(too_long)?);
        }
        let got = services.len();
        let too_many = |_| Error::Limit {
            field: "services",
            got: u64::try_from(got).unwrap_or(u64::MAX),
            min: 0,
            max: MAX_SERVICES as u64,
        };
        Ok(Hello {
            versions: VersionRange::CURRENT,
            network: self.network,
            incarnation: self.incarnation,
            role: checked_role("role", &self.role)?,
            listen,
            services: List::new(services).map_err(too_many)?,
        })
    }
}

impl Entry {
    pub(crate) fn check(&self, me: NodeId) -> Result<(), Error> {
        if self.id == me {
            return Err(Error::Oneself { id: me });
        }
        checked_role("peer's role", &self.role)?;
        if let Some(address) = &self.address {
            checked_address("peer's address", address)?;
        }
        Ok(())
    }
}

fn checked_role(field: &'static str, role: &str) -> Result<Text<MAX_ROLE>, Error> {
    Text::new(role)
        .ok()
        .filter(|role| is_name(role))
        .ok_or_else(|| refused(field, role, "wants 1 to 32 visible ASCII characters"))
}

fn checked_address(field: &'static str, address: &str) -> Result<Text<MAX_ADDRESS>, Error> {
    Text::new(address)
        .ok()
        .filter(|address| is_address(address))
        .ok_or_else(|| refused(field, address, "wants host:port of at most 128 characters"))
}

fn refused(field: &'static str, got: &str, reason: &'static str) -> Error {
    Error::Text { field, got: got.chars().take(40).collect(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> NetConfig {
        NetConfig::loopback(Identity::generate().unwrap(), NetworkId(1), "data")
    }

    #[test]
    fn the_address_said_is_the_advertised_one_or_the_bound_one_or_none() {
        let said = |config: &NetConfig, bound: &str| {
            let hello = config.hello(bound.parse().unwrap()).unwrap();
            hello.listen.map(|address| address.to_string())
        };
        let mut config = config();
        assert_eq!(said(&config, "10.0.0.1:7"), Some("10.0.0.1:7".to_owned()));
        assert_eq!(said(&config, "0.0.0.0:7"), None);
        config.advertise = Some("node.example:7000".to_owned());
        assert_eq!(said(&config, "0.0.0.0:7"), Some("node.example:7000".to_owned()));
    }

    #[test]
    fn a_text_that_does_not_fit_is_named() {
        let bound = "127.0.0.1:7".parse().unwrap();
        let mut spoiled = config();
        spoiled.role = "a b".to_owned();
        assert_eq!(
            spoiled.hello(bound).unwrap_err().to_string(),
            "role `a b`: wants 1 to 32 visible ASCII characters"
        );
        let mut spoiled = config();
        spoiled.services = vec!["s".to_owned(); MAX_SERVICES + 1];
        assert!(matches!(spoiled.hello(bound), Err(Error::Limit { got: 65, max: 64, .. })));
        let mut spoiled = config();
        spoiled.advertise = Some("nowhere".to_owned());
        assert!(matches!(spoiled.hello(bound), Err(Error::Text { field: "advertise", .. })));
    }

    #[test]
    fn an_entry_is_checked() {
        let entry = |address: Option<&str>, role: &str| Entry {
            id: NodeId([1; 32]),
            address: address.map(str::to_owned),
            role: role.to_owned(),
            dial: Dial::Keep,
        };
        let me = NodeId([2; 32]);
        assert!(entry(Some("h:1"), "data").check(me).is_ok());
        assert!(entry(None, "data").check(me).is_ok());
        assert!(entry(Some("h"), "data").check(me).is_err());
        assert!(entry(None, "").check(me).is_err());
        assert!(matches!(entry(None, "data").check(NodeId([1; 32])), Err(Error::Oneself { .. })));
    }
}
