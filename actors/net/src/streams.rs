//! The same proofs of keys over TCP, for what is not spoken between nodes.

use crate::tls::Tls;
use crate::{Error, Identity};
use rustls::{ClientConfig, ServerConfig};
use troupe_types::NodeId;

/// TLS for a server: it proves its key, and every client proves one. Whose it is the server asks with
/// [`node_id`](crate::node_id) of the client's certificate; without asking it serves anybody.
pub fn server(identity: &Identity, protocol: &[u8]) -> Result<ServerConfig, Error> {
    Tls::new(identity)?.stream_server(protocol)
}

/// TLS for a client that proves its key, to `expected` and nobody else. The name that it asks for means nothing.
pub fn client(
    identity: &Identity,
    expected: NodeId,
    protocol: &[u8],
) -> Result<ClientConfig, Error> {
    Tls::new(identity)?.stream_client(expected, protocol)
}
