//! The socket and what bounds those who connect to it.

mod desk;
mod host;
mod listen;
mod patience;
mod scalar;

pub use listen::Server;
