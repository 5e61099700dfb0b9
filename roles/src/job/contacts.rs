//! How a command reaches the network: as a node of its own, with the user's key.

use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::key::{self, PasswordArgs};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use troupe_net::{Net, NetConfig};
use troupe_overlay::Entry;
use troupe_overlay::message::{Find, MAX_FOUND};
use troupe_runtime::{Contact, Node, Parts};
use troupe_types::{Millis, NetworkId, NodeId};
use troupe_wire::{CallError, Text};

/// How long finding somebody may take.
const PATIENCE: Millis = Millis::secs(5);

/// A command's own node for as long as the command runs.
pub(crate) struct Visitor {
    pub(crate) node: Node,
    pub(crate) net: Net,
    pub(crate) id: NodeId,
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
        let visitor = Self { node, net, id, bootstrap };
        visitor.learn(visitor.bootstrap.clone());
        Ok(visitor)
    }

    /// Remembers where nodes are.
    pub(crate) fn learn(&self, contacts: Vec<Contact>) {
        if let Some(transport) = self.node.transport() {
            transport.learn(contacts);
        }
    }

    /// The processes that publish a service, as the first directory that answers lists them.
    pub(crate) async fn find(&self, service: &str) -> Outcome<Vec<Entry>> {
        let mut last = "no bootstrap process is known".to_owned();
        for bootstrap in &self.bootstrap {
            let question = Find {
                service: Text::cut(service),
                most: u16::try_from(MAX_FOUND).unwrap_or(u16::MAX),
            };
            let link = self.node.remote::<Find>(bootstrap.id);
            let link = link.map_err(|error| Failure::new(ExitCode::Internal, error))?;
            match link.ask(question).within(PATIENCE).await {
                Ok(found) => {
                    let entries = found.0.into_inner();
                    let contacts = entries
                        .iter()
                        .map(|entry| Contact { id: entry.id, address: entry.address.to_string() });
                    self.learn(contacts.collect());
                    return Ok(entries);
                }
                Err(error) => last = format!("{}: {error}", bootstrap.address),
            }
        }
        Err(Failure::new(ExitCode::Unreachable, format!("bootstrap: {last}")))
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

/// A call that was not answered, as a failure of the command.
pub(crate) fn unanswered(who: &str, error: CallError) -> Failure {
    let code = match error {
        CallError::TimedOut | CallError::Expired => ExitCode::TimedOut,
        CallError::Busy
        | CallError::Closing
        | CallError::Unsupported
        | CallError::NotHere
        | CallError::Crashed
        | CallError::Lost => ExitCode::Unreachable,
    };
    Failure::about(code, who, error)
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
