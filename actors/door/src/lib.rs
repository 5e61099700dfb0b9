//! How programs get in: gRPC over HTTP/2, on a port, at a file or within a process, each client within bounds.
//!
//! The messages of all services are under `clients/proto`; [`proto`] is what the build makes of them, for servers and for
//! clients. Whoever implements one hands it over as a [`Service`]; what is asked of the process itself, such as its health, a
//! [`Host`] answers.
//!
//! * [`Server`]: listens until it is stopped; [`Metrics`] is what it counts, [`Counters`] what every server does, [`Settings`] what bounds a client.
//! * [`Local`]: a file that only the owner of a process can open, and the socket behind it.
//! * [`Channel`]: how a client of this binary calls, at such a file or within its own process.
//! * [`Front`]: a server as an actor, which listens before it starts and ends when its clients have their answers.
//! * [`Wrong`]: an error as clients are told it: a code, a sentence, and details for programs.
//!
//! tonic turns requests into calls and back; HTTP/2 itself is spoken here, so that a client that does not read loses its
//! stream, with a reason, and what it does not read is never gathered. Messages are refused by their length,
//! before they have come. A client that goes away or whose deadline is over leaves no work behind.

mod actor;
mod channel;
mod closing;
mod counters;
mod error;
mod front;
mod health;
mod host;
mod local;
mod methods;
mod metrics;
pub mod proto;
mod server;
mod service;
mod settings;
mod status;

pub use actor::{Attendant, attend, serve};
pub use channel::Channel;
pub use closing::Closing;
pub use counters::{Counters, Seat, Told};
pub use error::Error;
pub use front::{Front, Listener, Phase, Report, Source};
pub use host::{Actor, Doing, Host, Nobody};
pub use local::Local;
pub use metrics::Metrics;
pub use server::{Incoming, Offered, Server};
pub use service::{Service, Stands};
pub use settings::Settings;
pub use status::{
    ARGUMENT, BUSY, Details, ErrorInfo, NOT_FOUND, NOT_NOW, STOPPING, TIME_OVER, TOO_LARGE, Wrong,
    any, refuse, too_large, unanswered,
};
