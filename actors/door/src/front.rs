//! A server of some kind, as the actor that it is.

use crate::local::Local;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

/// What an attendant does for a living.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase<P> {
    /// It answers here.
    Serving(P),
    /// It lets open requests end.
    Closing,
}

/// Whom it tells.
pub type Report<P> = Arc<dyn Fn(Phase<P>) + Send + Sync>;

/// What is listened on, over all starts of an actor.
pub trait Listener: Send + Sized + 'static {
    /// Where that is.
    type Place: fmt::Debug + 'static;

    /// Once more, for a new start.
    fn again(&self) -> io::Result<Self>;
}

impl Listener for TcpListener {
    type Place = SocketAddr;

    fn again(&self) -> io::Result<Self> {
        self.try_clone()
    }
}

impl Listener for Local {
    type Place = PathBuf;

    fn again(&self) -> io::Result<Self> {
        Ok(self.clone())
    }
}

/// Whom a server asks, and what has to be done meanwhile.
pub struct Source<B> {
    /// Whom it asks.
    pub backend: B,
    /// Runs for as long as the actor does.
    pub beside: Pin<Box<dyn Future<Output = ()>>>,
}

impl<B> fmt::Debug for Source<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}

/// Who speaks with clients: a server of some kind, started again with its actor.
pub trait Front: Clone + Send + Sync + 'static {
    /// The actor's kind.
    const KIND: &'static str;

    /// What it listens on.
    type Listener: Listener;

    /// Who answers.
    type Backend: 'static;

    /// The server while it listens. Dropped, it lets open requests end without answers.
    type Server: 'static;

    /// Listens and answers from a backend, on the runtime of the caller; says where.
    fn open(
        &self,
        listener: Self::Listener,
        backend: Self::Backend,
    ) -> Result<(Self::Server, <Self::Listener as Listener>::Place), String>;

    /// Takes nobody any more and lets open requests end.
    fn close(server: Self::Server) -> impl Future<Output = ()> + 'static;
}
