//! What every server of clients counts, whatever they speak: requests, how long they took, and connections.

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts};
use std::fmt;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// Upper bounds of what is told apart, in seconds.
const SECONDS: [f64; 10] = [0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

/// Counters of a server. Clones share them; one registration tells of all.
#[derive(Clone)]
pub struct Counters {
    requests: IntCounterVec,
    seconds: HistogramVec,
    connections: IntGauge,
    turned_away: IntCounter,
}

/// What is told of something that is counted, and by which labels.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// What it is, for whoever reads the page.
    pub help: &'a str,
    /// What it is told apart by.
    pub labels: &'a [&'a str],
}

/// One of the connections that may be open.
#[derive(Debug)]
pub struct Seat {
    counters: Counters,
    _permit: OwnedSemaphorePermit,
}

impl fmt::Debug for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counters")
    }
}

impl Counters {
    /// Of a server that is called this in the names of what is counted.
    ///
    /// # Panics
    ///
    /// With a name, or a label, that Prometheus has no room for.
    #[must_use]
    pub fn of(server: &str, requests: Told<'_>, seconds: Told<'_>) -> Self {
        let valid = "the names are valid";
        let named = |what: &str| format!("troupe_{server}_{what}");
        let times = HistogramOpts::new(named("request_seconds"), seconds.help);
        let times = times.buckets(SECONDS.to_vec());
        let (count, labels) = (Opts::new(named("requests_total"), requests.help), requests.labels);
        let connections = "Connections of clients that are open.";
        let turned_away = "Connections refused because too many were open.";
        Self {
            requests: IntCounterVec::new(count, labels).expect(valid),
            seconds: HistogramVec::new(times, seconds.labels).expect(valid),
            connections: IntGauge::new(named("connections"), connections).expect(valid),
            turned_away: IntCounter::new(named("turned_away_total"), turned_away).expect(valid),
        }
    }

    /// A request has ended that is told apart by these, in the order of the labels.
    pub fn answered(&self, labels: &[&str]) {
        self.requests.with_label_values(labels).inc();
    }

    /// How long one took that is told apart by these.
    pub fn took(&self, labels: &[&str], time: Duration) {
        self.seconds.with_label_values(labels).observe(time.as_secs_f64());
    }

    /// Requests that have ended and are told apart by these.
    #[must_use]
    pub fn count(&self, labels: &[&str]) -> u64 {
        self.requests.with_label_values(labels).get()
    }

    /// A connection has begun, and goes on for as long as it has its seat.
    #[must_use]
    pub fn seat(&self, permit: OwnedSemaphorePermit) -> Seat {
        self.connections.inc();
        Seat { counters: self.clone(), _permit: permit }
    }

    /// There was no seat for one.
    pub fn turned_away(&self) {
        self.turned_away.inc();
    }

    fn parts(&self) -> [&dyn Collector; 4] {
        [&self.requests, &self.seconds, &self.connections, &self.turned_away]
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.counters.connections.dec();
    }
}

impl Collector for Counters {
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
    use std::sync::Arc;
    use tokio::sync::Semaphore;

    #[test]
    fn connections_are_counted_for_as_long_as_they_have_a_seat() {
        let told = |labels| Told { help: "x", labels };
        let counters = Counters::of("test", told(&["method", "how"]), told(&["method"]));
        let permits = Arc::new(Semaphore::new(1));
        let seat = counters.seat(Arc::clone(&permits).try_acquire_owned().unwrap());
        assert!(Arc::clone(&permits).try_acquire_owned().is_err());
        counters.turned_away();
        counters.answered(&["a", "well"]);
        counters.took(&["a"], Duration::from_millis(3));
        let count = |name: &str| {
            let all = counters.collect();
            let family = all.iter().find(|family| family.name() == name).unwrap();
            let metric = &family.get_metric()[0];
            metric.get_gauge().get_value() + metric.get_counter().get_value()
        };
        assert_eq!(count("troupe_test_connections"), 1.0);
        assert_eq!(count("troupe_test_turned_away_total"), 1.0);
        assert_eq!((counters.count(&["a", "well"]), counters.count(&["a", "badly"])), (1, 0));
        drop(seat);
        assert_eq!(count("troupe_test_connections"), 0.0);
        assert!(permits.try_acquire_owned().is_ok());
    }
}
