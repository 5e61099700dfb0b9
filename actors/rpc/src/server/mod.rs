//! The socket and what bounds those who connect to it.

mod host;
mod listen;

pub use listen::Server;
