//! Accepting connections and serving them.
//!
//! HTTP/2 is spoken through `h2` itself: whoever reads too slowly is told so and loses one stream, and a connection
//! is bounded in all that its client can make grow.

use super::answer::answer;
use super::services::{Offered, Services};
use crate::channel::Channel;
use crate::closing::Closing;
use crate::counters::Seat;
use crate::error::Error;
use crate::local::Local;
use crate::metrics::Metrics;
use crate::settings::Settings;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use h2::server::{Builder, Connection};
use h2::{Ping, PingPong};
use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use troupe_types::Bytes as Size;

/// The most bytes of a request's header.
const MAX_HEADER: u32 = 16 << 10;
/// What a client may send of a request before it is read, and of all requests of a connection.
const WINDOWS: (u32, u32) = (64 << 10, 1 << 20);
/// What is held of a response that the socket does not take yet.
const SEND_BUFFER: usize = 64 << 10;
/// How long to wait when the system has no socket left to give.
const NO_SOCKET: Duration = Duration::from_millis(100);

/// What is on its way between a server and a client of the same process.
const INSIDE: usize = 64 << 10;

/// A server that listens, until it is stopped. Dropped, it lets open requests end all the same.
#[derive(Debug)]
pub struct Server {
    stop: Stop,
    task: Option<JoinHandle<()>>,
    permits: Arc<Semaphore>,
    door: Arc<Door>,
}

/// What every connection is served with.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) services: Services,
    pub(super) settings: Settings,
    pub(super) metrics: Metrics,
    /// Room for requests that are no streams.
    pub(super) requests: Arc<Semaphore>,
    /// Room for streams.
    pub(super) streams: Arc<Semaphore>,
    pub(super) closing: Closing,
}

fn seats(number: u32) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(Size(number.into()).as_usize()))
}

impl Server {
    /// Answers on a TCP socket that listens already and does not block. Panics outside of a runtime.
    pub fn on(
        listener: std::net::TcpListener,
        offered: Offered,
        settings: Settings,
        metrics: Metrics,
    ) -> Result<Self, Error> {
        let listener = TcpListener::from_std(listener);
        let listener = listener.map_err(|error| Error::Listen(error.to_string()))?;
        let mut server = Self::inside(offered, settings, metrics)?;
        server.listen(listener);
        Ok(server)
    }

    /// Answers at a file. Panics outside of a runtime.
    pub fn at(
        local: Local,
        offered: Offered,
        settings: Settings,
        metrics: Metrics,
    ) -> Result<Self, Error> {
        let listener = local.listener()?;
        let mut server = Self::inside(offered, settings, metrics)?;
        server.listen((listener, local));
        Ok(server)
    }

    /// Answers clients of this process alone, see [`Server::connect`].
    pub fn inside(offered: Offered, settings: Settings, metrics: Metrics) -> Result<Self, Error> {
        let closing = offered.closing.clone();
        let door = Door {
            services: Services::new(offered, &settings)?,
            metrics,
            requests: seats(settings.requests),
            streams: seats(settings.streams),
            closing: closing.clone(),
            settings,
        };
        let permits = seats(door.settings.connections);
        Ok(Self { stop: Stop(closing), task: None, permits, door: Arc::new(door) })
    }

    fn listen(&mut self, listener: impl Listen) {
        let (door, permits) = (Arc::clone(&self.door), Arc::clone(&self.permits));
        self.task = Some(tokio::spawn(accept(listener, door, permits)));
    }

    /// A connection from this process, with the bounds of all others.
    pub async fn connect(&self) -> Result<Channel, Error> {
        let (near, far) = tokio::io::duplex(INSIDE);
        self.door.begin(far, &self.permits);
        Channel::begin(near).await
    }

    /// Says that it serves no more, accepts nobody, ends streams, lets requests end that have begun, and returns when
    /// all is closed or [`Settings::drain`] is over.
    pub async fn stop(self) {
        drop(self.stop);
        let closed = async {
            if let Some(task) = self.task {
                let _ = task.await;
            }
            let _ = self.permits.acquire_many(self.door.settings.connections).await;
        };
        if tokio::time::timeout(self.door.settings.drain.into(), closed).await.is_err() {
            tracing::warn!("clients were still connected when the server stopped");
        }
    }
}

/// Whoever drops it stops the server.
#[derive(Debug)]
struct Stop(Closing);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Where connections come from.
trait Listen: Send + 'static {
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    fn next(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

impl Listen for TcpListener {
    type Stream = TcpStream;

    async fn next(&self) -> io::Result<TcpStream> {
        let (socket, _) = self.accept().await?;
        // Answers go out at once; where that cannot be, they go out later.
        let _ = socket.set_nodelay(true);
        Ok(socket)
    }
}

/// With the file, for as long as it is listened at.
impl Listen for (UnixListener, Local) {
    type Stream = UnixStream;

    async fn next(&self) -> io::Result<UnixStream> {
        Ok(self.0.accept().await?.0)
    }
}

async fn accept(listener: impl Listen, door: Arc<Door>, permits: Arc<Semaphore>) {
    loop {
        let accepted = tokio::select! {
            () = door.closing.wait() => return,
            accepted = listener.next() => accepted,
        };
        match accepted {
            Ok(socket) => door.begin(socket, &permits),
            Err(error) => {
                tracing::warn!(%error, "no connection was accepted");
                tokio::time::sleep(NO_SOCKET).await;
            }
        }
    }
}

impl Door {
    /// Begins to serve a connection, if there is room for one more.
    fn begin<S>(self: &Arc<Self>, socket: S, permits: &Arc<Semaphore>)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        match Arc::clone(permits).try_acquire_owned() {
            Ok(permit) => {
                let seat = self.metrics.counters.seat(permit);
                tokio::spawn(converse(socket, Arc::clone(self), seat));
            }
            // Its client sees that the connection is closed before it has begun, and tries again later.
            Err(_) => self.metrics.counters.turned_away(),
        }
    }
}

fn protocol(settings: &Settings) -> Builder {
    let mut builder = Builder::new();
    builder
        .max_concurrent_streams(settings.per_connection)
        .max_header_list_size(MAX_HEADER)
        .initial_window_size(WINDOWS.0)
        .initial_connection_window_size(WINDOWS.1)
        .max_send_buffer_size(SEND_BUFFER);
    builder
}

/// Serves a connection to its end. All that is under way on it ends with it.
async fn converse(
    socket: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    door: Arc<Door>,
    _seat: Seat,
) {
    let begin = protocol(&door.settings).handshake::<_, Bytes>(socket);
    let begun = tokio::time::timeout(door.settings.begin_time.into(), begin).await;
    match begun {
        Ok(Ok(mut connection)) => serve(&mut connection, &door).await,
        Ok(Err(error)) => tracing::debug!(%error, "a connection did not begin"),
        Err(_) => tracing::debug!("a connection did not begin in time"),
    }
}

async fn serve<S>(connection: &mut Connection<S, Bytes>, door: &Arc<Door>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut pings = connection.ping_pong();
    let mut requests = FuturesUnordered::new();
    let alive = is_alive(pings.as_mut(), door.settings.ping.into());
    let closing = door.closing.clone();
    let closing = closing.wait();
    tokio::pin!(alive, closing);
    let mut is_closing = false;
    loop {
        tokio::select! {
            accepted = connection.accept() => match accepted {
                Some(Ok((request, respond))) => {
                    requests.push(answer(Arc::clone(door), request, respond));
                }
                Some(Err(error)) => {
                    tracing::debug!(%error, "a connection ended");
                    return;
                }
                None => return,
            },
            Some(()) = requests.next(), if !requests.is_empty() => {}
            () = &mut closing, if !is_closing => {
                is_closing = true;
                connection.graceful_shutdown();
            }
            () = &mut alive => {
                tracing::debug!("nobody is there any more");
                return;
            }
        }
    }
}

/// Completes when a question whether anybody is there has had no answer.
async fn is_alive(pings: Option<&mut PingPong>, every: Duration) {
    let Some(pings) = pings else { return std::future::pending().await };
    loop {
        tokio::time::sleep(every).await;
        if pings.send_ping(Ping::opaque()).is_err() {
            return;
        }
        let pong = poll_fn(|cx| pings.poll_pong(cx));
        if !matches!(tokio::time::timeout(every, pong).await, Ok(Ok(_))) {
            return;
        }
    }
}
