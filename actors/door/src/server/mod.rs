//! HTTP/2 for gRPC: connections, requests and responses, each for as long as it may take.

mod answer;
mod deadline;
mod incoming;
mod listen;
mod outgoing;
mod services;

pub use incoming::Incoming;
pub(crate) use incoming::lost;
pub use listen::Server;
pub use services::Offered;
