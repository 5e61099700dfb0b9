//! What is counted, for whoever watches the process.

use crate::methods::label;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts};
use std::fmt;
use std::time::Instant;

/// Upper bounds of what is told apart, in seconds.
const SECONDS: [f64; 10] = [0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

/// Counters of a server. Clones share them; one registration tells of all.
#[derive(Clone)]
pub struct Metrics {
    requests: IntCounterVec,
    seconds: HistogramVec,
    connections: IntGauge,
    turned_away: IntCounter,
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Counting {
    metrics: Metrics,
    method: &'static str,
    since: Instant,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let valid = "the names are valid";
        let requests = Opts::new(
            "troupe_rpc_requests_total",
            "Requests by their Ethereum method (`unknown` for all that are none) and how they ended.",
        );
        let seconds = HistogramOpts::new(
            "troupe_rpc_request_seconds",
            "Time from a request's turn to its answer.",
        )
        .buckets(SECONDS.to_vec());
        let connections = "Connections of clients that are open.";
        let turned_away = "Connections refused because too many were open.";
        Self {
            requests: IntCounterVec::new(requests, &["method", "outcome"]).expect(valid),
            seconds: HistogramVec::new(seconds, &["method"]).expect(valid),
            connections: IntGauge::new("troupe_rpc_connections", connections).expect(valid),
            turned_away: IntCounter::new("troupe_rpc_turned_away_total", turned_away).expect(valid),
        }
    }
}

impl Metrics {
    pub(crate) fn begin(&self, method: &str) -> Counting {
        Counting { metrics: self.clone(), method: label(method), since: Instant::now() }
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

    fn parts(&self) -> [&dyn Collector; 4] {
        [&self.requests, &self.seconds, &self.connections, &self.turned_away]
    }
}

impl Counting {
    /// The answer is there: a result, or an error with this number.
    pub(crate) fn end(self, error: Option<i32>) {
        let outcome = match error {
            None => "answered",
            Some(-32603) => "failed",
            Some(_) => "refused",
        };
        self.metrics.requests.with_label_values(&[self.method, outcome]).inc();
        let seconds = self.metrics.seconds.with_label_values(&[self.method]);
        seconds.observe(self.since.elapsed().as_secs_f64());
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

    #[test]
    fn whatever_clients_call_there_are_no_labels_but_ours() {
        let metrics = Metrics::default();
        for (method, error) in [
            ("eth_call", None),
            ("platon_call", Some(3)),
            ("eth_subscribe", Some(-32603)),
            ("rm -rf", Some(-32601)),
            ("personal_unlockAccount", Some(-32601)),
        ] {
            metrics.begin(method).end(error);
        }
        let count = |labels: [&str; 2]| metrics.requests.with_label_values(&labels).get();
        assert_eq!(count(["eth_call", "answered"]), 1);
        assert_eq!(count(["eth_call", "refused"]), 1);
        assert_eq!(count(["eth_subscribe", "failed"]), 1);
        assert_eq!(count(["unknown", "refused"]), 2);
        let registry = prometheus::Registry::new();
        registry.register(Box::new(metrics.clone())).unwrap();
        let families = registry.gather();
        assert_eq!(families.len(), 4);
        assert!(families.iter().all(|family| family.name().starts_with("troupe_rpc_")));
    }
}
