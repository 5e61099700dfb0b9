//! JSON that is no request: `7`, `"eth_chainId"`, `null`.
//!
//! The library calls a body no JSON that begins neither an object nor a list. JSON-RPC tells the two apart.

use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use hyper::{Request, StatusCode};
use jsonrpsee::server::{HttpBody, HttpResponse};
use serde::de::IgnoredAny;
use std::sync::{Arc, OnceLock};

/// JSON-RPC 2.0, 5.1
const INVALID: &str =
    r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid request"}}"#;

/// The first piece of a request's body, as soon as it has come.
#[derive(Debug, Default)]
pub(super) struct Beginning(Arc<OnceLock<Bytes>>);

impl Beginning {
    /// A request whose body is watched.
    pub(super) fn watch(&self, request: Request<Incoming>) -> Request<HttpBody> {
        let seen = Arc::clone(&self.0);
        request.map(|body| {
            HttpBody::new(body.map_frame(move |frame| {
                if let Some(piece) = frame.data_ref() {
                    let _ = seen.set(piece.clone());
                }
                frame
            }))
        })
    }

    /// What is answered in place of the library's "no JSON" to JSON that is no request. A value that comes in several
    /// pieces stays no JSON.
    pub(super) fn judge(&self, response: HttpResponse) -> HttpResponse {
        let is_refused = response.status() == StatusCode::BAD_REQUEST;
        let Some(piece) = self.0.get().filter(|_| is_refused) else { return response };
        if serde_json::from_slice::<IgnoredAny>(piece).is_err() {
            return response;
        }
        let (mut head, _) = response.into_parts();
        head.status = StatusCode::OK;
        head.headers.remove(hyper::header::CONTENT_LENGTH);
        HttpResponse::from_parts(head, HttpBody::from(INVALID))
    }
}
