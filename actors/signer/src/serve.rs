//! The signer's side: who may ask, and until when.

use crate::book::Book;
use crate::call::ALPN;
use crate::connection::converse;
use crate::convert::Asked;
use crate::error::Error;
use crate::refusal::Refusal;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use troupe_consensus::{PublicKey, Signature};
use troupe_net::{Identity, node_id, streams};
use troupe_types::NodeId;

/// Handshakes at a time. Strangers have no other part of this process.
const HANDSHAKES: usize = 64;
/// How long a handshake may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Connections at a time of those who may ask: a validator has one, and one that it is about to give up.
const CONNECTIONS: usize = 16;
/// How long to wait when the system has no socket left to give.
const NO_SOCKET: Duration = Duration::from_millis(100);
/// How long calls that are under way get when it ends.
const FAREWELL: Duration = Duration::from_secs(2);

/// Who may ask for signatures.
pub type Allowed = BTreeSet<NodeId>;

/// A signer.
pub struct Server {
    acceptor: TlsAcceptor,
    shared: Arc<Shared>,
}

/// What connections share.
pub(crate) struct Shared {
    allowed: Allowed,
    book: Mutex<Book>,
    key: PublicKey,
    handshakes: Arc<Semaphore>,
    connections: Semaphore,
    /// True once nothing new is answered.
    ending: watch::Sender<bool>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({:?})", self.shared.key)
    }
}

impl Server {
    /// A signer with this key of its own, for these nodes.
    pub fn new(identity: &Identity, allowed: Allowed, book: Book) -> Result<Self, Error> {
        let acceptor = TlsAcceptor::from(Arc::new(streams::server(identity, ALPN)?));
        let shared = Shared {
            allowed,
            key: book.key(),
            book: Mutex::new(book),
            handshakes: Arc::new(Semaphore::new(HANDSHAKES)),
            connections: Semaphore::new(CONNECTIONS),
            ending: watch::Sender::new(false),
        };
        Ok(Self { acceptor, shared: Arc::new(shared) })
    }

    /// Answers until it is told to end; then calls that are under way are answered, and connections closed. Ends by
    /// itself, with [`Error::Failed`], where what is signed cannot be written down.
    pub async fn serve(
        self,
        listener: TcpListener,
        told: impl Future<Output = ()>,
    ) -> Result<(), Error> {
        let mut told = std::pin::pin!(told);
        let mut broken = self.shared.ending.subscribe();
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                () = &mut told => break,
                _ = broken.changed() => break,
                // Those that ended are forgotten.
                Some(_) = connections.join_next() => {}
                (socket, room) = accept(&listener, &self.shared.handshakes) => {
                    let (acceptor, shared) = (self.acceptor.clone(), Arc::clone(&self.shared));
                    connections.spawn(async move {
                        let ended = connection(socket, room, &acceptor, &shared).await;
                        if let Err(reason) = ended {
                            tracing::warn!(%reason, "a connection ended");
                        }
                    });
                }
            }
        }
        drop(listener);
        self.shared.ending.send_replace(true);
        let farewell = async { while connections.join_next().await.is_some() {} };
        if timeout(FAREWELL, farewell).await.is_err() {
            tracing::warn!(left = connections.len(), "connections were cut");
        }
        match self.shared.book().past().failed() {
            Some(reason) => Err(Error::Failed(reason.to_owned())),
            None => Ok(()),
        }
    }
}

/// The next socket, once there is room for its handshake.
async fn accept(
    listener: &TcpListener,
    handshakes: &Arc<Semaphore>,
) -> (TcpStream, OwnedSemaphorePermit) {
    loop {
        if let Ok(room) = Arc::clone(handshakes).acquire_owned().await
            && let Ok((socket, _)) = listener.accept().await
        {
            return (socket, room);
        }
        sleep(NO_SOCKET).await;
    }
}

impl Shared {
    pub(crate) fn ending(&self) -> watch::Receiver<bool> {
        self.ending.subscribe()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Signs, or says why not. Milliseconds of curves and of the disk: this process does nothing else.
    pub(crate) fn sign(&self, asked: &Asked) -> Result<Signature, Refusal> {
        if asked.key != self.key {
            return Err(Refusal::OtherKey);
        }
        let mut book = self.book();
        let signed = book.sign(asked.chain, &asked.statement);
        if book.past().failed().is_some() {
            self.ending.send_replace(true);
        }
        signed
    }
}

/// One connection: first who it is, then what is asked.
async fn connection(
    socket: TcpStream,
    room: OwnedSemaphorePermit,
    acceptor: &TlsAcceptor,
    shared: &Shared,
) -> Result<(), String> {
    let greeted = timeout(PATIENCE, greet(socket, acceptor, shared)).await;
    let (tls, peer) = greeted.map_err(|_| "no handshake in time".to_owned())??;
    drop(room);
    let _seat = shared
        .connections
        .try_acquire()
        .map_err(|_| format!("{peer} opens one more connection than {CONNECTIONS}"))?;
    tracing::info!(%peer, "connected");
    let ended = converse(tls, shared).await;
    tracing::info!(%peer, "disconnected");
    ended
}

async fn greet(
    socket: TcpStream,
    acceptor: &TlsAcceptor,
    shared: &Shared,
) -> Result<(TlsStream<TcpStream>, NodeId), String> {
    // Without it answers wait for more of them.
    let _ = socket.set_nodelay(true);
    let tls = acceptor.accept(socket).await.map_err(|error| error.to_string())?;
    let shown = tls.get_ref().1.peer_certificates();
    let peer = shown.and_then(|shown| node_id(shown.first()?)).ok_or("a client without a key")?;
    if !shared.allowed.contains(&peer) {
        return Err(format!("{peer} is not among those who may ask"));
    }
    Ok((tls, peer))
}
