//! The node's side: one connection, made anew where it fell.

use crate::call::{self, ALPN, CONTENT_TYPE, PATH};
use crate::convert::{Asked, read_answer};
use crate::refusal::Failure;
use bytes::Bytes;
use h2::client::SendRequest;
use http::{Method, Request};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;
use troupe_consensus::{PublicKey, Signature, Statement};
use troupe_net::{Identity, streams};
use troupe_types::{Hash, NodeId};

/// How long a call may take, a connection included. A view lasts longer.
const PATIENCE: Duration = Duration::from_secs(2);

/// A signer elsewhere.
pub struct Remote {
    /// Host and port.
    authority: String,
    key: PublicKey,
    tls: Arc<ClientConfig>,
    connection: Mutex<Option<SendRequest<Bytes>>>,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Remote({})", self.authority)
    }
}

impl Remote {
    /// The signer at `authority`, host and port, whose own key is of the name `signer`, and which holds `key`.
    /// Nothing is connected before the first signature is wanted.
    pub fn new(
        authority: String,
        signer: NodeId,
        key: PublicKey,
        identity: &Identity,
    ) -> Result<Self, troupe_net::Error> {
        let tls = Arc::new(streams::client(identity, signer, ALPN)?);
        Ok(Self { authority, key, tls, connection: Mutex::new(None) })
    }

    /// The key that it signs with.
    #[must_use]
    pub const fn key(&self) -> PublicKey {
        self.key
    }

    /// Asks for a signature. The signature is not checked here. Runs in a runtime that has time and sockets.
    pub async fn sign(&self, genesis: Hash, statement: &Statement) -> Result<Signature, Failure> {
        let call = self.call(genesis, statement);
        let said = tokio::time::timeout(PATIENCE, call).await;
        let said =
            said.unwrap_or_else(|_| Err(Failure::Unreachable("no answer in time".to_owned())));
        if let Err(Failure::Unreachable(_)) = &said {
            *self.connection.lock().await = None;
        }
        said
    }

    async fn call(&self, genesis: Hash, statement: &Statement) -> Result<Signature, Failure> {
        let mut connection = self.connection.lock().await;
        let asked = Asked { chain: genesis, key: self.key, statement: *statement };
        let sending = match connection.take() {
            Some(open) => open,
            None => self.connect().await.map_err(Failure::Unreachable)?,
        };
        let (sending, body) =
            exchange(sending, &self.authority, asked.body()).await.map_err(Failure::Unreachable)?;
        *connection = Some(sending);
        read_answer(&body)
    }

    async fn connect(&self) -> Result<SendRequest<Bytes>, String> {
        let socket =
            TcpStream::connect(&self.authority).await.map_err(|error| error.to_string())?;
        let _ = socket.set_nodelay(true);
        // Keys are names here: this one is not looked at.
        let name = ServerName::try_from("troupe").map_err(|error| error.to_string())?;
        let tls = TlsConnector::from(Arc::clone(&self.tls)).connect(name, socket).await;
        let tls = tls.map_err(|error| error.to_string())?;
        let (sending, connection) =
            h2::client::handshake(tls).await.map_err(|error| error.to_string())?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "the connection to the signer ended");
            }
        });
        Ok(sending)
    }
}

async fn exchange(
    sending: SendRequest<Bytes>,
    authority: &str,
    message: Bytes,
) -> Result<(SendRequest<Bytes>, Vec<u8>), String> {
    let text = |error: h2::Error| error.to_string();
    let mut sending = sending.ready().await.map_err(text)?;
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("https://{authority}{PATH}"))
        .header("content-type", CONTENT_TYPE)
        .header("te", "trailers")
        .body(())
        .map_err(|error| error.to_string())?;
    let (response, mut body) = sending.send_request(request, false).map_err(text)?;
    body.send_data(message, true).map_err(text)?;
    let (head, mut stream) = response.await.map_err(text)?.into_parts();
    let refused = |headers: &http::HeaderMap| {
        let status = headers.get("grpc-status").filter(|status| *status != "0")?;
        let said = headers.get("grpc-message").and_then(|said| said.to_str().ok());
        Some(format!("status {status:?}: {}", said.unwrap_or("no reason")))
    };
    if let Some(reason) = refused(&head.headers) {
        return Err(reason);
    }
    let whole = call::body(&mut stream).await?;
    if let Some(trailers) = stream.trailers().await.map_err(text)?
        && let Some(reason) = refused(&trailers)
    {
        return Err(reason);
    }
    Ok((sending, whole))
}
