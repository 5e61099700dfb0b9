//! The settings of QUIC: windows, packets, time-outs.

use crate::Error;
use crate::config::NetConfig;
use crate::limits::Limits;
use crate::tls::Tls;
use quinn::{
    Endpoint, EndpointConfig, IdleTimeout, MtuDiscoveryConfig, ServerConfig, TokioRuntime,
    TransportConfig, ValidationTokenConfig, VarInt,
};
use std::net::UdpSocket;
use std::sync::Arc;
use std::time::Duration;

/// The largest packet that discovery tries. It only ever sends what the path has shown to carry.
///
/// Ten packets go to the kernel in one piece of at most 65,507 bytes; packets larger than a tenth of
/// that are dropped there and look like loss. Packets of this size cost half a nanosecond a byte
/// less on loopback than those of Ethernet.
const MAX_PACKET: u16 = 6_500;

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
    endpoint
        .max_udp_payload_size(MAX_PACKET)
        .map_err(|error| failed(std::io::Error::new(std::io::ErrorKind::InvalidInput, error)))?;
    Endpoint::new(endpoint, Some(server), socket, Arc::new(TokioRuntime)).map_err(failed)
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
