//! Metrics of a node. Counting is in `stats.rs`; here it becomes Prometheus text.

use crate::fault::Error;
use crate::seat::Seat;
use crate::stats::{KindStats, seconds};
use prometheus::core::{Collector, Desc};
use prometheus::proto::{self, MetricFamily, MetricType};
use prometheus::{Encoder, Registry, TextEncoder};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A node's metrics: those of its actors, for free, and whatever is registered beside them.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    actors: Actors,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

#[derive(Clone)]
struct Actors {
    kinds: Arc<Mutex<BTreeMap<&'static str, Arc<KindStats>>>>,
    seats: Arc<Mutex<Vec<Arc<Seat>>>>,
    descriptions: Arc<Vec<Desc>>,
}

const FAMILIES: [(&str, &str, &[&str]); 7] = [
    (
        "troupe_actor_messages_total",
        "Messages by how they ended.",
        &["actor", "message", "outcome"],
    ),
    ("troupe_actor_queue_depth", "Messages admitted and not yet handled.", &["actor"]),
    ("troupe_actor_queue_bytes", "Bytes of messages admitted and not yet handled.", &["actor"]),
    ("troupe_actor_queue_seconds", "Time from admission to handling.", &["actor", "message"]),
    ("troupe_actor_handle_seconds", "Time spent handling.", &["actor", "message"]),
    ("troupe_actor_restarts_total", "Falls and forced rebuilds by cause.", &["actor", "cause"]),
    ("troupe_actor_busy_seconds_total", "Time an actor kind was not idle.", &["actor"]),
];

impl Metrics {
    pub(crate) fn new(seats: Arc<Mutex<Vec<Arc<Seat>>>>) -> Self {
        let describe = |(name, help, labels): &(&str, &str, &[&str])| {
            let labels = labels.iter().map(|label| (*label).to_owned()).collect();
            Desc::new((*name).to_owned(), (*help).to_owned(), labels, Default::default())
                .expect("the names are valid")
        };
        let descriptions = Arc::new(FAMILIES.iter().map(describe).collect());
        let actors = Actors { kinds: Arc::default(), seats, descriptions };
        let registry = Registry::new();
        registry.register(Box::new(actors.clone())).expect("the registry is new");
        Self { registry, actors }
    }

    /// Adds a metric; its name must be new.
    pub fn register(&self, metric: impl Collector + 'static) -> Result<(), Error> {
        let name = metric.desc().first().map(|desc| desc.fq_name.clone()).unwrap_or_default();
        self.registry.register(Box::new(metric)).map_err(|_| Error::MetricTaken(name))
    }

    /// The registry itself, for crates that register several metrics at once.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Everything in Prometheus' text format.
    #[must_use]
    pub fn text(&self) -> String {
        let mut bytes = Vec::new();
        // Writing to memory does not fail; a family that cannot be encoded is our own bug.
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut bytes) {
            tracing::error!(%error, "metrics do not encode");
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub(crate) fn kind(&self, kind: &'static str) -> Arc<KindStats> {
        let mut kinds = self.actors.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(kinds.entry(kind).or_insert_with(|| Arc::new(KindStats::new(kind))))
    }
}

impl Collector for Actors {
    fn desc(&self) -> Vec<&Desc> {
        self.descriptions.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let mut families = FAMILIES.map(|(name, help, _)| family(name, help));
        let [messages, depth, bytes, queue, handle, restarts, busy] = &mut families;
        for kind in self.kinds.lock().unwrap_or_else(PoisonError::into_inner).values() {
            let actor = ("actor", kind.kind);
            for stats in kind.totals() {
                let message = ("message", stats.message);
                for (outcome, count) in stats.outcomes() {
                    if count > 0 {
                        let labels = [actor, message, ("outcome", outcome)];
                        messages.mut_metric().push(counter(&labels, count as f64));
                    }
                }
                queue.mut_metric().push(histogram(&[actor, message], stats.queue.read()));
                handle.mut_metric().push(histogram(&[actor, message], stats.handle.read()));
            }
            for (cause, count) in kind.restarts() {
                restarts.mut_metric().push(counter(&[actor, ("cause", cause)], count as f64));
            }
            busy.mut_metric().push(counter(&[actor], seconds(kind.busy_nanos())));
            let (waiting, held) = self.queued(kind.kind);
            depth.mut_metric().push(gauge(&[actor], waiting as f64));
            bytes.mut_metric().push(gauge(&[actor], held as f64));
        }
        for counted in [messages, restarts, busy] {
            counted.set_field_type(MetricType::COUNTER);
        }
        for measured in [depth, bytes] {
            measured.set_field_type(MetricType::GAUGE);
        }
        for spread in [queue, handle] {
            spread.set_field_type(MetricType::HISTOGRAM);
        }
        families.into_iter().filter(|family| !family.get_metric().is_empty()).collect()
    }
}

impl Actors {
    fn queued(&self, kind: &str) -> (u64, u64) {
        let seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        seats
            .iter()
            .filter(|seat| seat.kind == kind && !seat.is_gone())
            .fold((0, 0), |(n, b), seat| (n + seat.gate.messages(), b + seat.gate.bytes().0))
    }
}

fn family(name: &str, help: &str) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_help(help.to_owned());
    family
}

fn labelled(labels: &[(&str, &str)]) -> proto::Metric {
    let pair = |(name, value): &(&str, &str)| {
        let mut pair = proto::LabelPair::default();
        pair.set_name((*name).to_owned());
        pair.set_value((*value).to_owned());
        pair
    };
    let mut metric = proto::Metric::default();
    metric.set_label(labels.iter().map(pair).collect());
    metric
}

fn counter(labels: &[(&str, &str)], value: f64) -> proto::Metric {
    let mut counter = proto::Counter::default();
    counter.set_value(value);
    let mut metric = labelled(labels);
    metric.set_counter(counter);
    metric
}

fn gauge(labels: &[(&str, &str)], value: f64) -> proto::Metric {
    let mut gauge = proto::Gauge::default();
    gauge.set_value(value);
    let mut metric = labelled(labels);
    metric.set_gauge(gauge);
    metric
}

fn histogram(labels: &[(&str, &str)], read: (Vec<(f64, u64)>, u64, f64)) -> proto::Metric {
    let (cumulative, count, sum) = read;
    let bucket = |(upper, count): (f64, u64)| {
        let mut bucket = proto::Bucket::default();
        bucket.set_upper_bound(upper);
        bucket.set_cumulative_count(count);
        bucket
    };
    let mut histogram = proto::Histogram::default();
    histogram.set_sample_count(count);
    histogram.set_sample_sum(sum);
    histogram.set_bucket(cumulative.into_iter().map(bucket).collect());
    let mut metric = labelled(labels);
    metric.set_histogram(histogram);
    metric
}
