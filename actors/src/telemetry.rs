//! `telemetry`: metrics and health over HTTP.

use crate::kind::{Kind, PLAIN, Start};
use crate::{Error, Health};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus::{IntGaugeVec, Opts};
use std::convert::Infallible;
use std::net::TcpListener;
use std::time::Duration;
use tokio::net::TcpStream;
use troupe_runtime::{Actor, Cx, Fault, Node, Spec};
use troupe_types::Millis;

/// A scraper, a probe and a curious operator are three; the rest waits.
const MOST_CONNECTIONS: usize = 64;
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// An actor that is so many times longer in one handler than what is reported makes `/livez` fail.
const DEAD: u64 = 5;

pub(crate) const KIND: Kind = Kind {
    about: troupe_config::Kind {
        name: "telemetry",
        summary: "Serves metrics and health on the metrics port.",
        ..PLAIN
    },
    start,
};

struct Telemetry {
    listener: TcpListener,
    pages: Pages,
}

/// What the pages are made from.
#[derive(Clone)]
struct Pages {
    node: Node,
    health: Health,
    dead: Millis,
}

fn start(start: &Start<'_>) -> Result<(), Error> {
    let address = start.manifest.metrics.listen;
    let failed = |source| Error::Listen { what: "telemetry", address, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    build_info(start)?;
    let dead = Millis(start.manifest.process.stuck.0.saturating_mul(DEAD));
    let pages = Pages { node: start.node.clone(), health: start.health.clone(), dead };
    let spec = Spec::new(move |_| {
        let listener = listener.try_clone().map_err(|error| Fault::Restart(error.to_string()))?;
        Ok(Telemetry { listener, pages: pages.clone() })
    });
    start.node.spawn(start.place(spec));
    Ok(())
}

fn build_info(start: &Start<'_>) -> Result<(), Error> {
    let options = Opts::new("troupe_build_info", "What is running; always 1.");
    let info = IntGaugeVec::new(options, &["version", "role"]).expect("the names are valid");
    let labels = [env!("CARGO_PKG_VERSION"), start.manifest.role.as_str()];
    info.with_label_values(&labels).set(1);
    Ok(start.node.metrics().register(info)?)
}

impl Actor for Telemetry {
    const KIND: &'static str = "telemetry";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let clone = self.listener.try_clone().and_then(tokio::net::TcpListener::from_std);
        let listener = clone.map_err(|error| Fault::Restart(error.to_string()))?;
        cx.task(serve(listener, self.pages.clone()));
        Ok(())
    }
}

/// Accepts while there is room and drives all connections in one task.
async fn serve(listener: tokio::net::TcpListener, pages: Pages) {
    let mut connections = FuturesUnordered::new();
    loop {
        let has_room = connections.len() < MOST_CONNECTIONS;
        tokio::select! {
            accepted = listener.accept(), if has_room => match accepted {
                Ok((stream, _)) => connections.push(converse(stream, pages.clone())),
                Err(error) => tracing::warn!(%error, "metrics connection was not accepted"),
            },
            Some(()) = connections.next(), if !connections.is_empty() => {}
        }
    }
}

async fn converse(stream: TcpStream, pages: Pages) {
    let service = service_fn(move |request: Request<hyper::body::Incoming>| {
        let response = pages.answer(request.method(), request.uri().path());
        async move { Ok::<_, Infallible>(response) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(16 << 10)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "metrics connection ended");
    }
}

impl Pages {
    fn answer(&self, method: &Method, path: &str) -> Response<Full<Bytes>> {
        if method != Method::GET && method != Method::HEAD {
            return page(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered here\n".to_owned());
        }
        match path {
            "/metrics" => page(StatusCode::OK, self.node.metrics().text()),
            "/livez" => verdict(self.stuck()),
            "/readyz" => verdict(self.unready()),
            "/startupz" => verdict(lines(self.health.starting())),
            _ => {
                let known = "pages: /metrics /livez /readyz /startupz\n";
                page(StatusCode::NOT_FOUND, known.to_owned())
            }
        }
    }

    fn stuck(&self) -> Vec<String> {
        let stuck = self.node.stuck(self.dead);
        stuck
            .into_iter()
            .map(|s| format!("{}: in one handler for {}", s.kind, s.busy_for))
            .collect()
    }

    fn unready(&self) -> Vec<String> {
        if self.node.is_draining() {
            return vec!["process: draining".to_owned()];
        }
        lines(self.health.waiting())
    }
}

fn lines(parts: Vec<(&'static str, String)>) -> Vec<String> {
    parts.into_iter().map(|(name, reason)| format!("{name}: {reason}")).collect()
}

fn verdict(complaints: Vec<String>) -> Response<Full<Bytes>> {
    if complaints.is_empty() {
        return page(StatusCode::OK, "ok\n".to_owned());
    }
    page(StatusCode::SERVICE_UNAVAILABLE, complaints.join("\n") + "\n")
}

fn page(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let kind = header::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use troupe_runtime::Parts;

    async fn get(address: std::net::SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[test]
    fn pages_say_what_runs_and_why_it_is_not_ready() {
        troupe_runtime::run(async {
            let node = Node::new(Parts::system(1, 1).unwrap());
            let health = Health::default();
            let part = health.part("member", "not announced yet");
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.set_nonblocking(true).unwrap();
            let address = listener.local_addr().unwrap();
            let pages = Pages { node: node.clone(), health, dead: Millis::secs(10) };
            node.spawn(Spec::new(move |_| {
                Ok(Telemetry { listener: listener.try_clone().unwrap(), pages: pages.clone() })
            }));
            let page =
                |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            let ready = get(address, &page("/readyz")).await;
            assert!(
                ready.contains(" 503 ") && ready.contains("member: not announced yet"),
                "{ready}"
            );
            assert!(get(address, &page("/startupz")).await.contains(" 503 "));
            part.ready();
            for path in ["/readyz", "/livez", "/startupz"] {
                assert!(get(address, &page(path)).await.contains(" 200 "), "{path}");
            }
            let metrics = get(address, &page("/metrics")).await;
            assert!(metrics.contains("troupe_actor_queue_depth{actor=\"telemetry\"}"), "{metrics}");
            assert!(get(address, &page("/secret")).await.contains(" 404 "));
            let post = "POST /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            assert!(get(address, post).await.contains(" 405 "));
            assert!(get(address, "rubbish\r\n\r\n").await.contains(" 400 "));
            let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(64 << 10));
            // Refused without reading it to its end.
            let mut stream = TcpStream::connect(address).await.unwrap();
            let _ = stream.write_all(long.as_bytes()).await;
            part.not_ready("no bootstrap peer answers");
            assert!(get(address, &page("/readyz")).await.contains("no bootstrap peer answers"));
        });
    }
}
