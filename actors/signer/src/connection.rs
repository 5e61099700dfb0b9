//! A connection of somebody who may ask: calls, and their answers.

use crate::call::{self, CONTENT_TYPE, PATH};
use crate::convert::{self, Asked};
use crate::serve::Shared;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::{HeaderMap, HeaderValue, Request, Response};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

/// Calls of a connection at a time.
const CALLS: u32 = 8;
/// How long the handshake of HTTP, and the body of a call, may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Bytes of headers of a call.
const HEADERS: u32 = 4 << 10;

/// Numbers of gRPC.
const OK: &str = "0";
const INVALID_ARGUMENT: &str = "3";
const UNIMPLEMENTED: &str = "12";

/// Answers until the other side has no more, or the signer ends.
pub(crate) async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    shared: &Shared,
) -> Result<(), String> {
    let mut builder = h2::server::Builder::new();
    builder.max_concurrent_streams(CALLS).max_header_list_size(HEADERS);
    let begun = timeout(PATIENCE, builder.handshake::<_, Bytes>(stream)).await;
    let begun = begun.map_err(|_| "no handshake of HTTP in time".to_owned())?;
    let mut http = begun.map_err(|error| error.to_string())?;
    let (mut ending, mut is_open) = (shared.ending(), true);
    let mut calls = FuturesUnordered::new();
    loop {
        tokio::select! {
            biased;
            Some(answered) = calls.next() => {
                if let Ok(Err(error)) = answered {
                    tracing::debug!(%error, "a call went without its answer");
                }
            }
            // Also what moves bytes in both directions.
            call = http.accept() => match call {
                Some(Ok((request, respond))) => {
                    calls.push(timeout(PATIENCE, answer(request, respond, shared)));
                }
                Some(Err(error)) => return Err(error.to_string()),
                None => return Ok(()),
            },
            _ = ending.wait_for(|is_ending| *is_ending), if is_open => {
                is_open = false;
                http.graceful_shutdown();
            }
        }
    }
}

async fn answer(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    shared: &Shared,
) -> Result<(), h2::Error> {
    let (head, mut stream) = request.into_parts();
    if head.method != http::Method::POST || head.uri.path() != PATH {
        return status(&mut respond, UNIMPLEMENTED, "there is no such method");
    }
    let body = match call::body(&mut stream).await {
        Ok(body) => body,
        Err(reason) => return status(&mut respond, INVALID_ARGUMENT, &reason),
    };
    let asked = match Asked::read_body(&body) {
        Ok(asked) => asked,
        Err(reason) => return status(&mut respond, INVALID_ARGUMENT, reason),
    };
    let outcome = shared.sign(&asked);
    let said = asked.statement;
    match &outcome {
        Ok(_) => tracing::debug!(?said.kind, place = %said.place, height = %said.height, "signed"),
        Err(refusal) => {
            tracing::warn!(?said.kind, place = %said.place, height = %said.height, %refusal, "not signed");
        }
    }
    let mut sending = respond.send_response(headers(), false)?;
    sending.send_data(convert::answer(outcome), false)?;
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static(OK));
    sending.send_trailers(trailers)
}

fn headers() -> Response<()> {
    let mut response = Response::new(());
    response.headers_mut().insert("content-type", HeaderValue::from_static(CONTENT_TYPE));
    response
}

/// An answer that is only a status.
fn status(
    respond: &mut SendResponse<Bytes>,
    code: &'static str,
    text: &str,
) -> Result<(), h2::Error> {
    let mut response = headers();
    response.headers_mut().insert("grpc-status", HeaderValue::from_static(code));
    let text = HeaderValue::from_str(text).map_err(|_| h2::Error::from(Reason::INTERNAL_ERROR))?;
    response.headers_mut().insert("grpc-message", text);
    respond.send_response(response, true).map(drop)
}
