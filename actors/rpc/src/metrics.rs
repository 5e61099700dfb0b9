//! What is counted, for whoever watches the process.

use crate::methods::label;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use std::time::Instant;
use troupe_door::{Counters, Told};

/// Counters of a server. Clones share them; one registration tells of all.
#[derive(Debug, Clone)]
pub struct Metrics(pub(crate) Counters);

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Counting {
    metrics: Metrics,
    method: &'static str,
    since: Instant,
}

impl Default for Metrics {
    fn default() -> Self {
        let requests = Told {
            help: "Requests by their Ethereum method (`unknown` for all that are none) and how they ended.",
            labels: &["method", "outcome"],
        };
        let help = "Time from a request's turn to its answer.";
        Self(Counters::of("rpc", requests, Told { help, labels: &["method"] }))
    }
}

impl Metrics {
    pub(crate) fn begin(&self, method: &str) -> Counting {
        Counting { metrics: self.clone(), method: label(method), since: Instant::now() }
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
        let Metrics(counters) = &self.metrics;
        counters.answered(&[self.method, outcome]);
        counters.took(&[self.method], self.since.elapsed());
    }
}

impl Collector for Metrics {
    fn desc(&self) -> Vec<&Desc> {
        self.0.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.0.collect()
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
        let count = |labels: [&str; 2]| metrics.0.count(&labels);
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
