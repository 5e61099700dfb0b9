//! The settings of QUIC: windows, packets, time-outs.

use crate::Error;
use crate::config::NetConfig;
use crate::limits::Limits;
use crate::tls::Tls;
use hmac::{Hmac, Mac};
use quinn::crypto::{CryptoError, HmacKey};
use quinn::{
    ConnectionId, ConnectionIdGenerator, Endpoint, EndpointConfig, IdleTimeout, MtuDiscoveryConfig,
    ServerConfig, TokioRuntime, TransportConfig, ValidationTokenConfig, VarInt,
};
use sha2::Sha256;
use std::net::UdpSocket;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// The largest packet that discovery tries. It only ever sends what the path has shown to carry.
///
/// Ten packets go to the kernel in one piece of at most 65,507 bytes; packets larger than a tenth of
/// that are dropped there and look like loss. Packets of this size cost half a nanosecond a byte
/// less on loopback than those of Ethernet.
const MAX_PACKET: u16 = 6_500;

/// Bytes of a connection's number.
const NUMBER: usize = 8;

/// Bytes of a connection before the hello, both ways.
const FIRST_WINDOW: u32 = 64 << 10;

/// Kernel buffers asked for; less is granted where the machine allows less.
const SOCKET_BUFFER: usize = 4 << 20;

/// Before the hello the dialer may open one two-way stream and nobody anything else.
fn transport(limits: &Limits, two_way: u32) -> Result<TransportConfig, Error> {
    let mut discovery = MtuDiscoveryConfig::default();
    discovery.upper_bound(MAX_PACKET);
    let idle = VarInt::from_u64(limits.idle.0).map_err(|_| Error::Limit {
        field: "idle",
        got: limits.idle.0,
        min: 0,
        max: VarInt::MAX.into_inner(),
    })?;
    let stream_window = VarInt::from_u64(limits.stream_window.0).unwrap_or(VarInt::MAX);
    let mut config = TransportConfig::default();
    config
        .max_concurrent_bidi_streams(VarInt::from_u32(two_way))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .stream_receive_window(stream_window)
        .receive_window(VarInt::from_u32(FIRST_WINDOW))
        .send_window(u64::from(FIRST_WINDOW))
        .mtu_discovery_config(Some(discovery))
        .max_idle_timeout(Some(IdleTimeout::from(idle)))
        .keep_alive_interval(Some(limits.keep_alive.into()))
        .datagram_receive_buffer_size(None)
        .allow_spin(false);
    Ok(config)
}

/// The settings of connections that we dial.
pub(crate) fn dialing(limits: &Limits) -> Result<Arc<TransportConfig>, Error> {
    Ok(Arc::new(transport(limits, 0)?))
}

/// Listens. To be called within the network's event loop.
pub(crate) fn endpoint(config: &NetConfig, tls: &Tls) -> Result<Endpoint, Error> {
    let limits = &config.limits;
    let failed = |source| Error::Bind { address: config.listen, source };
    let socket = UdpSocket::bind(config.listen).map_err(failed)?;
    widen(&socket);

    let mut server = ServerConfig::with_crypto(tls.server()?);
    let mut tokens = ValidationTokenConfig::default();
    // Tokens for later connections would need a memory of used ones; a round trip costs less.
    tokens.sent(0);
    server
        .transport_config(Arc::new(transport(limits, 1)?))
        .validation_token_config(tokens)
        .retry_token_lifetime(Duration::from_secs(15))
        .max_incoming(usize::try_from(limits.handshakes).unwrap_or(usize::MAX))
        .incoming_buffer_size(16 << 10)
        .incoming_buffer_size_total(4 << 20);

    let mut endpoint = EndpointConfig::default();
    // Where the machine chooses the port no later process is spoken to by mistake.
    if config.listen.port() != 0 {
        let key = config.identity.derive("resets of connections");
        endpoint.reset_key(Arc::new(Resets(key)));
        endpoint.cid_generator(|| Box::new(Numbers));
    }
    endpoint
        .max_udp_payload_size(MAX_PACKET)
        .map_err(|error| failed(std::io::Error::new(std::io::ErrorKind::InvalidInput, error)))?;
    Endpoint::new(endpoint, Some(server), socket, Arc::new(TokioRuntime)).map_err(failed)
}

/// Ends the connections of an earlier process of this node, which was killed, as soon as somebody speaks to it over one: with the token
/// that was given out for that connection, and that only this node can make again. Without it the other side would wait until it has
/// heard nothing for [`Limits::idle`], and lose what it sends meanwhile. RFC 9000 10.3
struct Resets(Zeroizing<[u8; 32]>);

/// Numbers of connections, by which their packets are told apart. A number that was given once has a token that others may have seen by
/// now: none is given again.
struct Numbers;

impl ConnectionIdGenerator for Numbers {
    fn generate_cid(&mut self) -> ConnectionId {
        let mut number = [0; NUMBER];
        getrandom::fill(&mut number).expect("there was entropy when the process began");
        ConnectionId::new(&number)
    }

    fn cid_len(&self) -> usize {
        NUMBER
    }

    fn cid_lifetime(&self) -> Option<Duration> {
        None
    }
}

impl Resets {
    fn of(&self, data: &[u8]) -> Hmac<Sha256> {
        let mac = <Hmac<Sha256> as Mac>::new_from_slice(&*self.0);
        mac.expect("HMAC takes keys of any length").chain_update(data)
    }
}

impl HmacKey for Resets {
    fn sign(&self, data: &[u8], signature: &mut [u8]) {
        signature.copy_from_slice(&self.of(data).finalize().into_bytes());
    }

    fn signature_len(&self) -> usize {
        32
    }

    fn verify(&self, data: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        self.of(data).verify_slice(signature).map_err(|_| CryptoError)
    }
}

/// Asks for buffers that hold a burst; what the machine grants is enough to work with.
fn widen(socket: &UdpSocket) {
    use rustix::net::sockopt;
    let granted = sockopt::set_socket_recv_buffer_size(socket, SOCKET_BUFFER)
        .and_then(|()| sockopt::set_socket_send_buffer_size(socket, SOCKET_BUFFER));
    if let Err(error) = granted {
        tracing::debug!(%error, "kernel buffers stay at their default");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Identity;
    use crate::tls::SERVER_NAME;
    use std::net::SocketAddr;
    use tokio::runtime::Runtime;
    use tokio::time::timeout;
    use troupe_types::{Millis, NetworkId};

    /// A process of this key that listens there, in an event loop that can be killed.
    fn process(pkcs8: &[u8], listen: SocketAddr) -> (Runtime, SocketAddr) {
        let runtime = Runtime::new().unwrap();
        let address = runtime.block_on(async {
            let config = config(pkcs8, listen);
            let endpoint = endpoint(&config, &Tls::new(&config.identity).unwrap()).unwrap();
            let address = endpoint.local_addr().unwrap();
            tokio::spawn(async move {
                let mut all = Vec::new();
                while let Some(incoming) = endpoint.accept().await {
                    all.push(incoming.await);
                }
            });
            address
        });
        (runtime, address)
    }

    /// Nothing is missed for a long time.
    fn config(pkcs8: &[u8], listen: SocketAddr) -> NetConfig {
        let limits =
            Limits { keep_alive: Millis(50), idle: Millis::secs(600), ..Limits::default() };
        let identity = Identity::from_pkcs8(pkcs8).unwrap();
        NetConfig { listen, limits, ..NetConfig::loopback(identity, NetworkId(7), "test") }
    }

    /// Whether somebody who speaks to a process that is killed notices it when `next` listens in its place.
    fn is_noticed(first: &Identity, next: &Identity) -> bool {
        let free = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (killed, address) = process(&first.pkcs8(), free);
        let mine = Identity::generate().unwrap();
        let config = config(&mine.pkcs8(), SocketAddr::from(([127, 0, 0, 1], 0)));
        let here = Runtime::new().unwrap();
        let (_endpoint, connection) = here.block_on(async {
            let tls = Tls::new(&config.identity).unwrap();
            let endpoint = endpoint(&config, &tls).unwrap();
            let mut client = quinn::ClientConfig::new(tls.client(first.id()).unwrap().0);
            client.transport_config(dialing(&config.limits).unwrap());
            let connection = endpoint.connect_with(client, address, SERVER_NAME).unwrap();
            let connection = connection.await.unwrap();
            // Everything that belongs to the connection has come.
            assert!(timeout(Duration::from_millis(300), connection.closed()).await.is_err());
            (endpoint, connection)
        });
        killed.shutdown_background();
        while UdpSocket::bind(address).is_err() {
            here.block_on(async { tokio::time::sleep(Duration::from_millis(10)).await });
        }
        let (again, _) = process(&next.pkcs8(), address);
        let ended =
            here.block_on(async { timeout(Duration::from_secs(2), connection.closed()).await });
        again.shutdown_background();
        ended.is_ok_and(|why| matches!(why, quinn::ConnectionError::Reset))
    }

    #[test]
    fn a_process_that_was_killed_is_missed_as_soon_as_it_is_back_and_nobody_else_ends_its_connections()
     {
        let [node, other] = [(); 2].map(|()| Identity::generate().unwrap());
        assert!(is_noticed(&node, &node));
        assert!(!is_noticed(&node, &other));
    }
}
