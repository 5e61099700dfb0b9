//! One request from its header to the end of its response.

use super::deadline::{deadline, over};
use super::incoming::Incoming;
use super::listen::Door;
use super::outgoing::{Pace, refuse, send};
use crate::methods::Method;
use crate::status::{BUSY, TIME_OVER};
use bytes::Bytes;
use h2::RecvStream;
use h2::server::SendResponse;
use http::Request;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::{Code, Status};

/// Answers a request. Given up before its end, so is the work for it.
pub(super) async fn answer(
    door: Arc<Door>,
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
) {
    let method = door.services.find(request.uri().path()).map(Arc::clone);
    let counting = door.metrics.begin(method.clone());
    let method = method.as_deref();
    let code = match admit(&door, method) {
        Ok(_seat) => converse(&door, method, request, &mut respond).await,
        Err(status) => refuse(&mut respond, status),
    };
    counting.end(code);
}

/// Room for a request among all that are under way.
fn admit(door: &Door, method: Option<&Method>) -> Result<OwnedSemaphorePermit, Status> {
    let is_stream = method.is_some_and(|method| method.is_stream);
    let (seats, what, most) = match is_stream {
        true => (&door.streams, "streams", door.settings.streams),
        false => (&door.requests, "requests", door.settings.requests),
    };
    let seat = Semaphore::try_acquire_owned(Arc::clone(seats));
    seat.map_err(|_| BUSY.status(format!("{most} {what} are open already; try again later")))
}

async fn converse(
    door: &Door,
    method: Option<&Method>,
    request: Request<RecvStream>,
    respond: &mut SendResponse<Bytes>,
) -> Code {
    let is_stream = method.is_some_and(|method| method.is_stream);
    let most = (!is_stream).then(|| Duration::from(door.settings.request_time));
    let until = match deadline(request.headers(), most) {
        Ok(until) => until,
        Err(status) => return refuse(respond, status),
    };
    let limit = door.settings.request.as_usize();
    let reply = door.services.call(request.map(|body| Incoming::new(body, limit)));
    let response = tokio::select! {
        biased;
        _ = poll_fn(|cx| respond.poll_reset(cx)) => return Code::Cancelled,
        response = reply => response,
        () = over(until) => {
            return refuse(respond, TIME_OVER.status("the request took too long"));
        }
    };
    let pace = Pace { until, patience: door.settings.write_time };
    let closing = is_stream.then_some(&door.closing);
    send(respond, response, pace, closing).await
}
