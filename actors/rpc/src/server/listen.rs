//! Accepting connections and serving them.
//!
//! The methods, batches, bodies, WebSockets and subscriptions are jsonrpsee's. It bounds neither how
//! long a header takes nor how many sockets are open, so that the loop that accepts is ours, and hyper
//! serves jsonrpsee's service behind it.

use super::desk::Desk;
use super::host::Hosts;
use super::local;
use super::patience::Patient;
use super::scalar::Beginning;
use crate::backend::{Backend, Operator};
use crate::context::Api;
use crate::error::Error;
use crate::metrics::Metrics;
use crate::settings::Settings;
use crate::{methods, subscribe};
use hyper::body::Incoming;
use hyper::header::UPGRADE;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use jsonrpsee::core::middleware::RpcServiceBuilder;
use jsonrpsee::server::{
    BatchRequestConfig, HttpBody, HttpResponse, Methods, PingConfig, RpcModule, ServerConfig,
    ServerHandle, StopHandle, stop_channel,
};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use troupe_door::{Local, Seat};
use troupe_types::Bytes;

/// The most bytes of a request's header.
const MAX_HEADER: usize = 16 << 10;
/// How long to wait when the system has no socket left to give.
const NO_SOCKET: Duration = Duration::from_millis(100);
/// What a connection too many is told.
const TOO_MANY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\
    Retry-After: 1\r\nContent-Length: 0\r\n\r\n";

/// A server that listens, until it is stopped. Dropped, it lets open requests end all the same.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    handle: ServerHandle,
    task: JoinHandle<()>,
    permits: Arc<Semaphore>,
    settings: Settings,
    api: Arc<Api>,
    stopped: StopHandle,
    local: Option<Local>,
}

impl Server {
    /// Begins to listen, on the runtime of the caller.
    pub async fn start(backend: Arc<dyn Backend>, settings: Settings) -> Result<Self, Error> {
        let bound = TcpListener::bind(settings.listen).await.and_then(TcpListener::into_std);
        let listener = bound.map_err(|error| cannot_listen(&settings, &error))?;
        Self::on(listener, backend, settings, Metrics::default())
    }

    /// As [`Server::start`], on a socket that listens already and does not block, and with counters
    /// that were there before. Panics outside of a runtime.
    pub fn on(
        listener: std::net::TcpListener,
        backend: Arc<dyn Backend>,
        settings: Settings,
        metrics: Metrics,
    ) -> Result<Self, Error> {
        let failed = |error: std::io::Error| cannot_listen(&settings, &error);
        let listener = TcpListener::from_std(listener).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        // The port is known from now on.
        let settings = Settings { listen: address, ..settings };
        let api = Arc::new(Api::new(backend, settings.clone()));
        let mut module = RpcModule::from_arc(Arc::clone(&api));
        let twice =
            |error: jsonrpsee::server::RegisterMethodError| Error::Internal(error.to_string());
        methods::register(&mut module).map_err(twice)?;
        subscribe::register(&mut module).map_err(twice)?;
        let (stopped, handle) = stop_channel();
        let permits = Arc::new(Semaphore::new(Bytes(settings.connections.into()).as_usize()));
        let door = Door {
            methods: module.into(),
            config: config(&settings),
            hosts: Hosts::new(&settings.hosts),
            settings: settings.clone(),
            metrics,
            stopped: stopped.clone(),
        };
        let task = tokio::spawn(accept(listener, Arc::new(door), Arc::clone(&permits)));
        tracing::info!(%address, "listening for Ethereum's clients");
        Ok(Self { address, handle, task, permits, settings, api, stopped, local: None })
    }

    /// Listens at a file too, which nobody but the owner of the process can open, for as long as the server does. Panics
    /// outside of a runtime.
    pub fn listen_at(&mut self, path: &Path, operator: Arc<dyn Operator>) -> Result<(), Error> {
        let (api, stopped) = (Arc::clone(&self.api), self.stopped.clone());
        // First of all: it would take the new one's file along.
        self.local = None;
        self.local = Some(local::open(path, api, operator, stopped)?);
        tracing::info!(path = %path.display(), "listening for the node's owner");
        Ok(())
    }

    /// Where it listens: the port is known, whatever was asked for.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connections that are open.
    #[must_use]
    pub fn connections(&self) -> usize {
        let most = Bytes(self.settings.connections.into()).as_usize();
        most.saturating_sub(self.permits.available_permits())
    }

    /// Accepts nobody any more, lets requests end that have begun, closes WebSockets, and returns when
    /// all is closed or [`Settings::drain`] is over.
    pub async fn stop(self) {
        // An error says that it was stopped before.
        let _ = self.handle.stop();
        let closed = async {
            let _ = self.task.await;
            let _ = self.permits.acquire_many(self.settings.connections).await;
        };
        if tokio::time::timeout(self.settings.drain.into(), closed).await.is_err() {
            tracing::warn!("clients were still connected when the server stopped");
        }
    }
}

/// What every connection is served with.
struct Door {
    methods: Methods,
    config: ServerConfig,
    hosts: Hosts,
    settings: Settings,
    metrics: Metrics,
    stopped: StopHandle,
}

fn cannot_listen(settings: &Settings, error: &std::io::Error) -> Error {
    Error::Listen { address: settings.listen, reason: error.to_string() }
}

fn config(settings: &Settings) -> ServerConfig {
    let size = |bytes: Bytes| u32::try_from(bytes.0).unwrap_or(u32::MAX);
    let ping = PingConfig::new()
        .ping_interval(settings.ping.into())
        .inactive_limit(Duration::from(settings.ping).saturating_mul(2))
        .max_failures(1);
    ServerConfig::builder()
        .max_request_body_size(size(settings.request))
        .max_response_body_size(size(settings.response))
        .max_connections(settings.connections)
        .max_subscriptions_per_connection(settings.subscriptions)
        .set_batch_request_config(BatchRequestConfig::Limit(settings.batch))
        .set_message_buffer_capacity(settings.queue)
        .enable_ws_ping(ping)
        .set_id_provider(subscribe::Numbers::default())
        .build()
}

async fn accept(listener: TcpListener, door: Arc<Door>, permits: Arc<Semaphore>) {
    let stopped = door.stopped.clone().shutdown();
    tokio::pin!(stopped);
    loop {
        let accepted = tokio::select! {
            () = &mut stopped => return,
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
                let seat = door.metrics.0.seat(permit);
                tokio::spawn(serve(socket, Arc::clone(&door), Arc::new(seat)));
            }
            Err(_) => {
                door.metrics.0.turned_away();
                // It fits the buffer of a new socket, or the client goes without.
                let _ = socket.try_write(TOO_MANY);
            }
        }
    }
}

/// Serves a connection to its end.
async fn serve(socket: TcpStream, door: Arc<Door>, seat: Arc<Seat>) {
    // Answers go out at once; where that cannot be, they go out later.
    let _ = socket.set_nodelay(true);
    let (metrics, most) = (door.metrics.clone(), door.settings.response.as_usize());
    let desk = RpcServiceBuilder::new().layer_fn(move |inner| Desk {
        inner,
        metrics: metrics.clone(),
        most,
    });
    let builder = jsonrpsee::server::Server::builder()
        .set_config(door.config.clone())
        .set_rpc_middleware(desk)
        .to_service_builder();
    let inner = TowerToHyperService::new(builder.build(door.methods.clone(), door.stopped.clone()));
    let service = service_fn(|mut request: Request<Incoming>| {
        if request.headers().contains_key(UPGRADE) {
            // It goes with the request into a WebSocket's session, which outlives this connection.
            request.extensions_mut().insert(Arc::clone(&seat));
        }
        let (inner, door) = (inner.clone(), Arc::clone(&door));
        async move { Ok::<_, Infallible>(answer(&door, inner, request).await) }
    });
    let socket = Patient::new(socket, door.settings.write_time.into());
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from(door.settings.header_time))
        .max_buf_size(MAX_HEADER)
        .serve_connection(TokioIo::new(socket), service)
        .with_upgrades();
    let stopped = door.stopped.clone().shutdown();
    tokio::pin!(connection, stopped);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = &mut stopped => {
            connection.as_mut().graceful_shutdown();
            match tokio::time::timeout(door.settings.drain.into(), connection).await {
                Ok(ended) => ended,
                Err(_) => Ok(()),
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

async fn answer<S>(door: &Door, inner: S, request: Request<Incoming>) -> HttpResponse
where
    S: Service<Request<HttpBody>, Response = HttpResponse>,
{
    if !door.hosts.admits(&request) {
        return told(StatusCode::FORBIDDEN, "this host is not on the list\n");
    }
    let beginning = Beginning::default();
    let request = beginning.watch(request);
    match tokio::time::timeout(door.settings.request_time.into(), inner.call(request)).await {
        Ok(Ok(response)) => beginning.judge(response),
        Ok(Err(_)) => told(StatusCode::INTERNAL_SERVER_ERROR, "the request could not be served\n"),
        Err(_) => told(StatusCode::REQUEST_TIMEOUT, "the request took too long\n"),
    }
}

fn told(status: StatusCode, text: &'static str) -> HttpResponse {
    let mut response = HttpResponse::new(HttpBody::from(text));
    *response.status_mut() = status;
    response
}
