//! How a command reaches the network: as a node of its own, with the user's key.

use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::key::{self, PasswordArgs};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use troupe_jobs::Network;
use troupe_net::{Net, NetConfig};
use troupe_runtime::{Contact, Node, Parts};
use troupe_types::{Millis, NetworkId, NodeId};

/// A command's own node for as long as the command runs.
pub(crate) struct Visitor {
    pub(crate) node: Node,
    net: Net,
    id: NodeId,
    bootstrap: Vec<Contact>,
}

impl Visitor {
    /// Joins the network that a record describes.
    pub(crate) fn join(record: &Record) -> Outcome<Self> {
        let file = record.user.password_file.as_deref();
        let password = file.map_or_else(PasswordArgs::default, PasswordArgs::in_file);
        let identity = key::node_identity(&record.user.key, &password)?;
        let id = identity.id();
        let bootstrap =
            record.bootstrap.iter().map(|text| contact(text)).collect::<Outcome<Vec<Contact>>>()?;
        let node = Node::new(Parts::system(1, 1).map_err(|e| Failure::new(ExitCode::Internal, e))?);
        let network = NetworkId(record.chain_id);
        let listen = listen(&bootstrap);
        let config = NetConfig { listen, ..NetConfig::loopback(identity, network, "user") };
        let (inbound, bulk) = (node.inbound().clone(), node.bulk().clone());
        let net = Net::start(config, inbound, bulk, node.metrics().registry())
            .map_err(|e| Failure::new(ExitCode::Internal, e))?;
        node.connect(net.transport());
        if let Some(transport) = node.transport() {
            transport.learn(bootstrap.clone());
        }
        Ok(Self { node, net, id, bootstrap })
    }

    /// The network as this node sees it.
    pub(super) fn network(&self) -> Network {
        Network::new(&self.node, self.id, self.bootstrap.clone())
    }

    /// Leaves in good order.
    pub(crate) async fn leave(self) {
        self.net.close(Millis::secs(1)).await;
    }
}

/// Any port, on the addresses from which processes like these can be reached.
fn listen(bootstrap: &[Contact]) -> SocketAddr {
    let known = bootstrap.iter().filter_map(|contact| contact.address.parse::<SocketAddr>().ok());
    let known: Vec<SocketAddr> = known.collect();
    let is_all = known.len() == bootstrap.len();
    let ip = if is_all && known.iter().all(|address| address.ip().is_loopback()) {
        known.first().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), SocketAddr::ip)
    } else if is_all && known.iter().all(SocketAddr::is_ipv6) {
        IpAddr::V6(Ipv6Addr::UNSPECIFIED)
    } else {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED)
    };
    SocketAddr::new(ip, 0)
}

fn contact(text: &str) -> Outcome<Contact> {
    let wrong = || {
        Failure::about(
            ExitCode::BadFile,
            "bootstrap",
            format!("wants NODE_ID@HOST:PORT, got {text:?}"),
        )
    };
    let (id, address) = text.split_once('@').ok_or_else(wrong)?;
    Ok(Contact { id: id.parse().map_err(|_| wrong())?, address: address.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_listens_where_the_network_is() {
        let at = |addresses: &[&str]| {
            let contact = |address: &&str| Contact {
                id: troupe_types::NodeId([1; 32]),
                address: (*address).to_owned(),
            };
            listen(&addresses.iter().map(contact).collect::<Vec<_>>()).to_string()
        };
        assert_eq!(at(&[]), "127.0.0.1:0");
        assert_eq!(at(&["127.0.0.1:9", "127.0.0.1:8"]), "127.0.0.1:0");
        assert_eq!(at(&["[::1]:9"]), "[::1]:0");
        assert_eq!(at(&["127.0.0.1:9", "10.0.0.1:9"]), "0.0.0.0:0");
        assert_eq!(at(&["door.example:9"]), "0.0.0.0:0");
        assert_eq!(at(&["[2001:db8::1]:9"]), "[::]:0");
    }
}
