//! What a client is sent, as fast as it reads and no slower than it has to.

use super::deadline::over;
use crate::closing::Closing;
use crate::status::{STOPPING, TIME_OVER, TOO_SLOW};
use bytes::Bytes;
use h2::SendStream;
use h2::server::SendResponse;
use http::{HeaderMap, Response};
use http_body::Body as _;
use http_body_util::BodyExt;
use std::future::poll_fn;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use tonic::body::Body;
use tonic::{Code, Status};
use troupe_types::Millis;

/// Where responses say how they ended.
const STATUS: &str = "grpc-status";

/// How long a stream may still say something when the server stops.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Why a response did not come to its own end.
enum Broken {
    /// The client has gone, or does not want it any more.
    Gone,
    /// The client is told this instead of what is missing.
    Told(Status),
}

impl From<h2::Error> for Broken {
    fn from(_: h2::Error) -> Self {
        Self::Gone
    }
}

/// How long a response may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Until when all of it is sent.
    pub(super) until: Option<Instant>,
    /// How long the client may leave some of it unread.
    pub(super) patience: Millis,
}

fn code_of(headers: &HeaderMap) -> Code {
    headers.get(STATUS).map_or(Code::Unknown, |value| Code::from_bytes(value.as_bytes()))
}

/// Tells a client that there is no response.
pub(super) fn refuse(respond: &mut SendResponse<Bytes>, status: Status) -> Code {
    let code = status.code();
    match respond.send_response(status.into_http::<()>(), true) {
        Ok(_) => code,
        Err(_) => Code::Cancelled,
    }
}

/// Sends a response to its end, and says how it ended. With `closing` it ends when the server does.
pub(super) async fn send(
    respond: &mut SendResponse<Bytes>,
    response: Response<Body>,
    pace: Pace,
    closing: Option<&Closing>,
) -> Code {
    let (head, mut body) = response.into_parts();
    let early = code_of(&head.headers);
    let is_over = body.is_end_stream();
    let Ok(mut stream) = respond.send_response(Response::from_parts(head, ()), is_over) else {
        return Code::Cancelled;
    };
    if is_over {
        return early;
    }
    match send_body(&mut stream, &mut body, pace, closing).await {
        Ok(code) => code,
        Err(Broken::Gone) => Code::Cancelled,
        Err(Broken::Told(status)) => {
            // What was reserved for the rest is not used: the end is not held up by it.
            stream.reserve_capacity(0);
            let mut trailers = HeaderMap::new();
            let sent =
                status.add_header(&mut trailers).is_ok() && stream.send_trailers(trailers).is_ok();
            if sent { status.code() } else { Code::Cancelled }
        }
    }
}

async fn send_body(
    stream: &mut SendStream<Bytes>,
    body: &mut Body,
    pace: Pace,
    closing: Option<&Closing>,
) -> Result<Code, Broken> {
    let stopped = stopped(closing);
    tokio::pin!(stopped);
    loop {
        let frame = tokio::select! {
            biased;
            _ = poll_fn(|cx| stream.poll_reset(cx)) => return Err(Broken::Gone),
            frame = body.frame() => frame,
            () = over(pace.until) => {
                return Err(Broken::Told(TIME_OVER.status("the response took too long")));
            }
            () = &mut stopped => {
                return Err(Broken::Told(STOPPING.status("the node stops")));
            }
        };
        let Some(frame) = frame else {
            stream.send_data(Bytes::new(), true)?;
            return Ok(Code::Unknown);
        };
        let frame = frame.map_err(Broken::Told)?;
        match frame.into_data() {
            Ok(bytes) => send_data(stream, bytes, pace.patience).await?,
            Err(frame) => {
                let Ok(trailers) = frame.into_trailers() else { continue };
                let code = code_of(&trailers);
                stream.send_trailers(trailers)?;
                return Ok(code);
            }
        }
    }
}

/// Completes when the server has stopped for a while.
async fn stopped(closing: Option<&Closing>) {
    match closing {
        Some(closing) => closing.wait().await,
        None => std::future::pending().await,
    }
    tokio::time::sleep(LAST_WORDS).await;
}

/// Sends bytes as the client makes room for them.
async fn send_data(
    stream: &mut SendStream<Bytes>,
    mut bytes: Bytes,
    patience: Millis,
) -> Result<(), Broken> {
    while !bytes.is_empty() {
        stream.reserve_capacity(bytes.len());
        let room = poll_fn(|cx| stream.poll_capacity(cx));
        let room = timeout(Duration::from(patience), room).await.map_err(|_| {
            let text = format!("the response was not read for {patience}");
            Broken::Told(TOO_SLOW.status(text))
        })?;
        let room = room.ok_or(Broken::Gone)??;
        stream.send_data(bytes.split_to(room.min(bytes.len())), false)?;
    }
    Ok(())
}
