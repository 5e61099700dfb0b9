//! The network between processes: QUIC with both keys proven, one stream an ask.
//!
//! [`Net`] implements `troupe_runtime::Transport`, so that a link to an actor of another process
//! looks like any other link. It knows no protocol: services, limits and senders come from the
//! message types that the runtime's `Inbound` table holds.
//!
//! # Who is there
//!
//! A process is its key ([`Identity`]); its name is the hash of the public key. TLS 1.3 proves both
//! keys on every connection; there are no authorities, tickets or early data. After the handshake
//! both say [`Hello`]: versions, network, start counter. Peers that the manifest or a directory
//! lists ([`Entry`]) have a role here; what a peer says of its own role opens nothing. Of two
//! connections between the same two processes one is kept, and both ends choose the same one.
//!
//! # What travels how
//!
//! | what | stream | order | when the receiver is busy |
//! |---|---|---|---|
//! | ask | two-way, one each | none | the asker hears `Busy` |
//! | tell | one-way, one a lane | as sent, by lane | it is dropped there |
//! | bulk | one-way, one a session, lane and direction | as sent | the sender gets no credit |
//!
//! A call says whether it can have run: until its last byte was accepted by the connection its
//! outcome is one of those that never ran; afterwards it is `TimedOut` or `Lost`. A peer that is
//! killed is noticed after [`Limits::idle`].
//!
//! # What a peer can cost
//!
//! Bytes of one peer that were received and not read are at most [`Limits::memory_by_peer`]: a fixed
//! window for asks and tells, and one window more for each bulk stream, so that a session that does
//! not read its stream stops that stream alone. Sizes are checked before bodies are read, and bodies
//! take memory as they arrive. What waits to be sent is bounded by [`Limits::lane`] and
//! [`Limits::waiting`]; more is `Busy`. A peer that sends what no honest peer sends is disconnected
//! with a number ([`Close`]); one that makes a habit of it is refused for a while. First packets
//! from crowded sources must echo a token before they cost a signature.
//!
//! # Example
//!
//! ```
//! use troupe_net::{Identity, Net, NetConfig};
//! use troupe_runtime::{Node, Parts};
//! use troupe_types::{Millis, NetworkId};
//!
//! let node = Node::new(Parts::system(1, 1).unwrap());
//! let config = NetConfig::loopback(Identity::generate().unwrap(), NetworkId(7), "data");
//! let registry = node.metrics().registry();
//! let net = Net::start(config, node.inbound().clone(), node.bulk().clone(), registry).unwrap();
//! node.connect(net.transport());
//! assert!(net.status().is_empty());
//! troupe_runtime::run(net.close(Millis::secs(1)));
//! ```

mod ask;
mod backoff;
mod book;
mod bulk_in;
mod bulk_out;
mod close;
mod config;
mod dial;
mod dial_error;
mod door;
mod error;
pub mod frame;
mod funnel;
mod greet;
mod handle;
mod hello;
mod identity;
mod limits;
mod line;
mod listen;
mod metrics;
mod net;
mod outbox;
mod quic;
mod run;
mod score;
mod sending;
mod serve;
mod shared;
mod slot;
mod source;
mod status;
pub mod streams;
mod tell;
mod tls;
mod waiting;

pub use close::{Close, outcome_code, outcome_of};
pub use config::{Dial, Entry, NetConfig};
pub use dial_error::DialError;
pub use error::Error;
pub use hello::{Hello, MAX_ADDRESS, MAX_ROLE, MAX_SERVICES};
pub use identity::{Identity, node_id};
pub use limits::Limits;
pub use net::Net;
pub use status::{Connection, PeerState, PeerStatus};
