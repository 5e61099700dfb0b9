//! Accepting connections and serving them.
//!
//! HTTP/2 is spoken through `h2` itself: whoever reads too slowly is told so and loses one stream, and a connection
//! is bounded in all that its client can make grow.

use super::answer::answer;
use super::services::Services;
use crate::chain::Chain;
use crate::closing::Closing;
use crate::error::Error;
use crate::health::Health;
use crate::host::Host;
use crate::metrics::Metrics;
use crate::node::Node;
use crate::settings::Settings;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use h2::server::{Builder, Connection};
use h2::{Ping, PingPong};
use std::future::poll_fn;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use troupe_rpc::Api;
use troupe_types::Bytes as Size;

/// The most bytes of a request's header.
const MAX_HEADER: u32 = 16 << 10;
/// What a client may send of a request before it is read, and of all requests of a connection.
const WINDOWS: (u32, u32) = (64 << 10, 1 << 20);
/// What is held of a response that the socket does not take yet.
const SEND_BUFFER: usize = 64 << 10;
/// How long to wait when the system has no socket left to give.
const NO_SOCKET: Duration = Duration::from_millis(100);

/// A server that listens, until it is stopped. Dropped, it lets open requests end all the same.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Stop,
    task: JoinHandle<()>,
    permits: Arc<Semaphore>,
    settings: Settings,
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
    closing: Closing,
}

fn seats(number: u32) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(Size(number.into()).as_usize()))
}

impl Server {
    /// Answers from `api` on a socket that listens already and does not block. Panics outside of a runtime.
    pub fn on(
        listener: std::net::TcpListener,
        api: Arc<Api>,
        host: Arc<dyn Host>,
        settings: Settings,
        metrics: Metrics,
    ) -> Result<Self, Error> {
        let nowhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let address = listener.local_addr().unwrap_or(nowhere);
        let failed = |error: std::io::Error| Error::Listen { address, reason: error.to_string() };
        let listener = TcpListener::from_std(listener).map_err(failed)?;
        let closing = Closing::new();
        let chain =
            Chain { api: Arc::clone(&api), closing: closing.clone(), most: settings.response };
        let node = Node { api, host: Arc::clone(&host), is_told: settings.node };
        let health = Health { host, closing: closing.clone(), look: settings.look.into() };
        let sizes = (settings.request, settings.response);
        let permits = seats(settings.connections);
        let door = Door {
            services: Services::new(chain, node, health, sizes)?,
            metrics,
            requests: seats(settings.requests),
            streams: seats(settings.streams),
            closing: closing.clone(),
            settings: settings.clone(),
        };
        let task = tokio::spawn(accept(listener, Arc::new(door), Arc::clone(&permits)));
        tracing::info!(%address, "listening for clients of gRPC");
        Ok(Self { address, stop: Stop(closing), task, permits, settings })
    }

    /// Where it listens: the port is known, whatever was asked for.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Says that it serves no more, accepts nobody, ends streams, lets requests end that have begun, and returns when
    /// all is closed or [`Settings::drain`] is over.
    pub async fn stop(self) {
        drop(self.stop);
        let closed = async {
            let _ = self.task.await;
            let _ = self.permits.acquire_many(self.settings.connections).await;
        };
        if tokio::time::timeout(self.settings.drain.into(), closed).await.is_err() {
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

/// One of the connections that may be open.
struct Seat {
    metrics: Metrics,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.metrics.disconnected();
    }
}

async fn accept(listener: TcpListener, door: Arc<Door>, permits: Arc<Semaphore>) {
    loop {
        let accepted = tokio::select! {
            () = door.closing.wait() => return,
            accepted = listener.accept() => accepted,
        };
        let (socket, _) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "no connection was accepted");
                tokio::time::sleep(NO_SOCKET).await;
                continue;
            }
        };
        match Arc::clone(&permits).try_acquire_owned() {
            Ok(permit) => {
                door.metrics.connected();
                let seat = Seat { metrics: door.metrics.clone(), _permit: permit };
                tokio::spawn(converse(socket, Arc::clone(&door), seat));
            }
            // Its client sees that the connection is closed before it has begun, and tries again later.
            Err(_) => door.metrics.turned_away(),
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
async fn converse(socket: TcpStream, door: Arc<Door>, _seat: Seat) {
    // Answers go out at once; where that cannot be, they go out later.
    let _ = socket.set_nodelay(true);
    let begin = protocol(&door.settings).handshake::<_, Bytes>(socket);
    let begun = tokio::time::timeout(door.settings.begin_time.into(), begin).await;
    match begun {
        Ok(Ok(mut connection)) => serve(&mut connection, &door).await,
        Ok(Err(error)) => tracing::debug!(%error, "a connection did not begin"),
        Err(_) => tracing::debug!("a connection did not begin in time"),
    }
}

async fn serve(connection: &mut Connection<TcpStream, Bytes>, door: &Arc<Door>) {
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
