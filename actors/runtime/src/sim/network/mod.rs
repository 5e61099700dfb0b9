//! A network in memory that treats messages as QUIC connections do: encoded by the real codec,
//! delivered by the real checks, ordered within a stream and not between streams, held up by a cut
//! and lost with a connection.

mod bulk;
mod carry;
mod cut;
mod grid;
mod hub;
mod order;
mod parcel;
mod port;
mod post;
mod score;
mod send;
mod state;
mod tie;

pub use hub::{Burden, Network};
pub(crate) use port::Port;
pub(crate) use state::Home;
