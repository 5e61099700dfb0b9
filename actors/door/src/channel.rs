//! How clients of this process call: what [`crate::proto`] has of clients, over one connection.

use crate::error::Error;
use crate::local::{check, denied, mode_and_owner};
use crate::server::{Incoming, lost};
use bytes::Bytes;
use h2::SendStream;
use h2::client::{Builder, SendRequest};
use http::uri::{PathAndQuery, Uri};
use http::{Request, Response};
use http_body_util::BodyExt;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tokio::time::timeout;
use tonic::Status;
use tonic::body::Body;
use tower_service::Service;
use troupe_types::Bytes as Size;

/// How long a server may take to begin.
const PATIENCE: Duration = Duration::from_secs(10);
/// What may come of one answer before it is read, and of all of them.
const WINDOWS: (u32, u32) = (1 << 20, 4 << 20);
/// The largest message of an answer; clients bound it further, where they wish to.
const MOST: Size = Size::mib(64);

/// A connection to a server, for calls with one request and any number of answers. Clones share it; it ends with the last of
/// them and of the answers.
#[derive(Clone)]
pub struct Channel(SendRequest<Bytes>);

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Channel")
    }
}

impl Channel {
    /// To whoever listens at a file.
    pub async fn connect(path: &Path) -> Result<Self, Error> {
        check(path, 0)?;
        let socket = UnixStream::connect(path).await.map_err(|error| match error.kind() {
            ErrorKind::PermissionDenied => denied(path, mode_and_owner),
            _ => Error::Unanswered(error.to_string()),
        });
        Self::begin(socket?).await
    }

    /// To whoever is at the other end.
    pub(crate) async fn begin(
        socket: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Result<Self, Error> {
        let refused = |error: h2::Error| Error::Unanswered(error.to_string());
        let mut builder = Builder::new();
        builder
            .enable_push(false)
            .initial_window_size(WINDOWS.0)
            .initial_connection_window_size(WINDOWS.1);
        let begun = async {
            let (send, connection) = builder.handshake(socket).await.map_err(refused)?;
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection ended");
                }
            });
            send.ready().await.map_err(refused)
        };
        let late = |_| Error::Unanswered("it does not say anything".to_owned());
        Ok(Self(timeout(PATIENCE, begun).await.map_err(late)??))
    }
}

/// The same request as HTTP/2 wants it: with a scheme, and somebody it is for.
fn whole(uri: &Uri) -> Result<Uri, Status> {
    let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let whole = Uri::builder().scheme("http").authority("localhost").path_and_query(path).build();
    whole.map_err(|error| Status::internal(error.to_string()))
}

/// Sends a body as the other side makes room for it.
async fn send(mut body: Body, mut stream: SendStream<Bytes>) -> Result<(), Status> {
    while let Some(frame) = body.frame().await {
        let Ok(mut bytes) = frame?.into_data() else { continue };
        while !bytes.is_empty() {
            stream.reserve_capacity(bytes.len());
            let Some(room) = poll_fn(|cx| stream.poll_capacity(cx)).await else { return Ok(()) };
            let piece = bytes.split_to(room.map_err(lost)?.min(bytes.len()));
            stream.send_data(piece, false).map_err(lost)?;
        }
    }
    stream.send_data(Bytes::new(), true).map_err(lost)
}

impl Service<Request<Body>> for Channel {
    type Response = Response<Incoming>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Status>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Status>> {
        self.0.poll_ready(cx).map_err(lost)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let connection = self.0.clone();
        Box::pin(async move {
            let (mut head, body) = request.into_parts();
            head.uri = whole(&head.uri)?;
            let mut connection = connection.ready().await.map_err(lost)?;
            let sent = connection.send_request(Request::from_parts(head, ()), false);
            let (mut response, stream) = sent.map_err(lost)?;
            let response = tokio::select! {
                biased;
                // Whoever refuses early does not take all of it.
                response = &mut response => response.map_err(lost),
                // Why it did not take all, the answer says, if there is one.
                sent = send(body, stream) => {
                    response.await.map_err(|error| sent.err().unwrap_or_else(|| lost(error)))
                }
            };
            Ok(response?.map(|body| Incoming::new(body, MOST.as_usize())))
        })
    }
}
