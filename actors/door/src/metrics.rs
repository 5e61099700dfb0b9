//! What is counted, for whoever watches the process.

use crate::methods::Method;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts};
use std::fmt;
use std::sync::Arc;
use std::time::Instant;
use tonic::Code;

/// Upper bounds of what is told apart, in seconds.
const SECONDS: [f64; 10] = [0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

/// Counters of a server. Clones share them; one registration tells of all.
#[derive(Clone)]
pub struct Metrics {
    requests: IntCounterVec,
    seconds: HistogramVec,
    streams: IntGauge,
    connections: IntGauge,
    turned_away: IntCounter,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    /// Of a server that is called this in the names of what is counted.
    #[must_use]
    pub fn of(server: &str) -> Self {
        let valid = "the names are valid";
        let named = |what: &str| format!("troupe_{server}_{what}");
        let gauge = |what, help| IntGauge::new(named(what), help).expect(valid);
        let requests =
            Opts::new(named("requests_total"), "Requests of clients by method and code.");
        let seconds = HistogramOpts::new(
            named("request_seconds"),
            "Time from a request that is no stream to the end of its response.",
        )
        .buckets(SECONDS.to_vec());
        let turned_away = "Connections refused because too many were open.";
        Self {
            requests: IntCounterVec::new(requests, &["method", "code"]).expect(valid),
            seconds: HistogramVec::new(seconds, &["method", "code"]).expect(valid),
            streams: gauge("streams", "Streams that are open."),
            connections: gauge("connections", "Connections that are open."),
            turned_away: IntCounter::new(named("turned_away_total"), turned_away).expect(valid),
        }
    }
}

/// A request that is being answered. Dropped before it has ended, it was given up by its client.
#[derive(Debug)]
pub(crate) struct Counting {
    metrics: Metrics,
    method: Option<Arc<Method>>,
    since: Instant,
    code: Code,
}

impl Metrics {
    pub(crate) fn begin(&self, method: Option<Arc<Method>>) -> Counting {
        if method.as_ref().is_some_and(|method| method.is_stream) {
            self.streams.inc();
        }
        Counting { metrics: self.clone(), method, since: Instant::now(), code: Code::Cancelled }
    }

    pub(crate) fn connected(&self) {
        self.connections.inc();
    }

    pub(crate) fn disconnected(&self) {
        self.connections.dec();
    }

    pub(crate) fn turned_away(&self) {
        self.turned_away.inc();
    }

    fn parts(&self) -> [&dyn Collector; 5] {
        [&self.requests, &self.seconds, &self.streams, &self.connections, &self.turned_away]
    }
}

impl Counting {
    /// How it ended.
    pub(crate) fn end(mut self, code: Code) {
        self.code = code;
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        let method = self.method.as_ref().map_or("unknown", |method| method.label.as_str());
        let labels = [method, label(self.code)];
        self.metrics.requests.with_label_values(&labels).inc();
        if self.method.as_ref().is_some_and(|method| method.is_stream) {
            self.metrics.streams.dec();
            return;
        }
        let seconds = self.metrics.seconds.with_label_values(&labels);
        seconds.observe(self.since.elapsed().as_secs_f64());
    }
}

// gRPC, "Status codes and their use in gRPC"
const fn label(code: Code) -> &'static str {
    match code {
        Code::Ok => "ok",
        Code::Cancelled => "cancelled",
        Code::Unknown => "unknown",
        Code::InvalidArgument => "invalid_argument",
        Code::DeadlineExceeded => "deadline_exceeded",
        Code::NotFound => "not_found",
        Code::AlreadyExists => "already_exists",
        Code::PermissionDenied => "permission_denied",
        Code::ResourceExhausted => "resource_exhausted",
        Code::FailedPrecondition => "failed_precondition",
        Code::Aborted => "aborted",
        Code::OutOfRange => "out_of_range",
        Code::Unimplemented => "unimplemented",
        Code::Internal => "internal",
        Code::Unavailable => "unavailable",
        Code::DataLoss => "data_loss",
        Code::Unauthenticated => "unauthenticated",
    }
}

impl Collector for Metrics {
    fn desc(&self) -> Vec<&Desc> {
        self.parts().into_iter().flat_map(Collector::desc).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.parts().into_iter().flat_map(Collector::collect).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::methods;
    use crate::proto::chain;

    #[test]
    fn whatever_clients_call_there_are_no_labels_but_ours() {
        let metrics = Metrics::of("grpc");
        let known = methods(chain::DESCRIBED, "troupe.chain.v1.Chain").unwrap();
        let find = |name: &str| {
            let path = format!("/troupe.chain.v1.Chain/{name}");
            known.iter().find(|(known, _)| *known == path).map(|(_, method)| Arc::clone(method))
        };
        metrics.begin(find("Call")).end(Code::Ok);
        metrics.begin(find("SubscribeBlocks")).end(Code::Unavailable);
        drop(metrics.begin(find("GetBlock")));
        metrics.begin(find("rm -rf")).end(Code::Unimplemented);
        metrics.begin(find("Drop")).end(Code::Unimplemented);
        let count = |labels: [&str; 2]| metrics.requests.with_label_values(&labels).get();
        assert_eq!(count(["Chain/Call", "ok"]), 1);
        assert_eq!(count(["Chain/GetBlock", "cancelled"]), 1);
        assert_eq!(count(["Chain/SubscribeBlocks", "unavailable"]), 1);
        assert_eq!(count(["unknown", "unimplemented"]), 2);
        assert_eq!(metrics.streams.get(), 0);
        let registry = prometheus::Registry::new();
        registry.register(Box::new(metrics.clone())).unwrap();
        let families = registry.gather();
        assert_eq!(families.len(), 5);
        assert!(families.iter().all(|family| family.name().starts_with("troupe_grpc_")));
    }
}
