//! The socket and what bounds those who connect to it.

mod desk;
mod host;
mod listen;
mod local;
mod patience;
mod scalar;
mod stream;

pub use listen::Server;
