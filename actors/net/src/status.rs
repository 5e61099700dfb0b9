//! What a person wants to know about a network.

use crate::DialError;
use crate::hello::Hello;
use crate::shared::Shared;
use crate::slot::{Phase, Slot};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use troupe_runtime::Peer;
use troupe_types::{Millis, NodeId};

/// One peer: listed, told of, or connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerStatus {
    /// The peer.
    pub id: NodeId,
    /// The role it is listed under.
    pub role: Option<String>,
    /// Where it is dialed.
    pub addresses: Vec<String>,
    /// Whether there is a connection.
    pub state: PeerState,
    /// Failed dials and short connections in a row.
    pub failures: u32,
    /// Why the last dial failed or the last connection ended; none while connected.
    pub last_error: Option<DialError>,
}

/// Whether a peer is connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerState {
    /// It is.
    Connected(Connection),
    /// It is being dialed.
    Dialing,
    /// It is not; it will be dialed, at the earliest after this span.
    Waiting {
        /// Until the next dial.
        next_try: Millis,
    },
    /// It is not, and nobody wants it to be.
    Idle,
}

/// An established connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Who is at the other end.
    pub peer: Arc<Peer>,
    /// What it said of itself.
    pub hello: Hello,
    /// The address it is reached at.
    pub address: SocketAddr,
    /// Whether this process dialed.
    pub is_dialed: bool,
    /// How long it has stood.
    pub age: Millis,
    /// The smoothed round-trip time.
    pub round_trip: Duration,
}

pub(crate) fn of(shared: &Shared, slot: &Slot) -> PeerStatus {
    let now = shared.now();
    let state = slot.state();
    let phase = match &state.phase {
        Phase::Down => PeerState::Idle,
        Phase::Pausing => PeerState::Waiting { next_try: state.next_try.since(now) },
        Phase::Dialing => PeerState::Dialing,
        Phase::Up(line) => PeerState::Connected(Connection {
            peer: line.peer(),
            hello: line.said.clone(),
            address: line.quic.remote_address(),
            is_dialed: line.is_ours,
            age: now.since(line.since),
            round_trip: line.quic.rtt(),
        }),
    };
    PeerStatus {
        id: slot.id,
        role: state.entry.as_ref().map(|entry| entry.role.clone()),
        addresses: state.addresses().map(str::to_owned).collect(),
        state: phase,
        failures: state.failures,
        last_error: state.last_error.clone(),
    }
}
