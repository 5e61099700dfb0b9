//! What is counted, for whoever watches the process.

use crate::counters::{Counters, Told};
use crate::methods::Method;
use prometheus::IntGauge;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use std::sync::Arc;
use std::time::Instant;
use tonic::Code;

/// Counters of a server. Clones share them; one registration tells of all.
#[derive(Debug, Clone)]
pub struct Metrics {
    pub(crate) counters: Counters,
    streams: IntGauge,
}

impl Metrics {
    /// Of a server that is called this in the names of what is counted.
    #[must_use]
    pub fn of(server: &str) -> Self {
        let labels = &["method", "code"];
        let requests = "Requests of clients by method and code.";
        let seconds = "Time from a request that is no stream to the end of its response.";
        let told = |help| Told { help, labels };
        let streams = IntGauge::new(format!("troupe_{server}_streams"), "Streams that are open.");
        Self {
            counters: Counters::of(server, told(requests), told(seconds)),
            streams: streams.expect("the name is valid"),
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
        self.metrics.counters.answered(&labels);
        if self.method.as_ref().is_some_and(|method| method.is_stream) {
            self.metrics.streams.dec();
            return;
        }
        self.metrics.counters.took(&labels, self.since.elapsed());
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
        [self.counters.desc(), self.streams.desc()].concat()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        [self.counters.collect(), self.streams.collect()].concat()
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
        let count = |labels: [&str; 2]| metrics.counters.count(&labels);
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
