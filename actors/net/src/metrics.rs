//! What the network counts.

use crate::score::Misdeed;
use crate::{Close, DialError, Error};
use prometheus::{IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};
use std::collections::BTreeMap;

/// What a byte belonged to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Ask,
    Answer,
    Tell,
    Bulk,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Ask, Self::Answer, Self::Tell, Self::Bulk];

    const fn label(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Answer => "answer",
            Self::Tell => "tell",
            Self::Bulk => "bulk",
        }
    }

    const fn index(self) -> usize {
        match self {
            Self::Ask => 0,
            Self::Answer => 1,
            Self::Tell => 2,
            Self::Bulk => 3,
        }
    }
}

/// How a first packet of another was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handshake {
    /// It became a line.
    Done,
    /// Its sender was asked to show that it is there.
    Retried,
    /// It was turned away at the door.
    Refused,
    /// It broke off, or its keys were not proven.
    Failed,
}

impl Handshake {
    const ALL: [Self; 4] = [Self::Done, Self::Retried, Self::Refused, Self::Failed];

    const fn label(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retried => "retried",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// The metrics of one network; every label comes from a closed set.
#[derive(Debug)]
pub(crate) struct Metrics {
    pub(crate) listed: IntGauge,
    pub(crate) strangers: IntGauge,
    sent: [IntCounter; 4],
    received: [IntCounter; 4],
    handshakes: BTreeMap<&'static str, IntCounter>,
    closed: BTreeMap<&'static str, IntCounter>,
    violations: BTreeMap<&'static str, IntCounter>,
    dial_failures: BTreeMap<&'static str, IntCounter>,
    /// Tells that were accepted and then dropped: expired, or their peer could not be reached.
    pub(crate) tells_dropped: IntCounter,
}

impl Metrics {
    pub(crate) fn register(registry: &Registry) -> Result<Self, Error> {
        let peers = IntGaugeVec::new(
            Opts::new("troupe_net_peers", "Peers connected, by whether they are listed."),
            &["kind"],
        )?;
        registry.register(Box::new(peers.clone()))?;
        let bytes = IntCounterVec::new(
            Opts::new("troupe_net_bytes_total", "Bytes of messages, without frames."),
            &["kind", "direction"],
        )?;
        registry.register(Box::new(bytes.clone()))?;
        let handshakes = Handshake::ALL.map(Handshake::label);
        let closes = Close::ALL.map(Close::label);
        let violations = Misdeed::ALL.map(Misdeed::label);
        let tells_dropped = IntCounter::new(
            "troupe_net_tells_dropped_total",
            "Tells that expired or lost their peer before they were sent.",
        )?;
        registry.register(Box::new(tells_dropped.clone()))?;
        Ok(Self {
            listed: peers.with_label_values(&["listed"]),
            strangers: peers.with_label_values(&["stranger"]),
            sent: Kind::ALL.map(|kind| bytes.with_label_values(&[kind.label(), "out"])),
            received: Kind::ALL.map(|kind| bytes.with_label_values(&[kind.label(), "in"])),
            handshakes: family(
                registry,
                ("troupe_net_handshakes_total", "Handshakes that others began."),
                ("outcome", &handshakes),
            )?,
            closed: family(
                registry,
                ("troupe_net_connections_closed_total", "Connections closed by this process."),
                ("reason", &closes),
            )?,
            violations: family(
                registry,
                ("troupe_net_violations_total", "What peers did that no honest peer does."),
                ("kind", &violations),
            )?,
            dial_failures: family(
                registry,
                ("troupe_net_dial_failures_total", "Dials that led to no peer."),
                ("reason", &DialError::LABELS),
            )?,
            tells_dropped,
        })
    }

    pub(crate) fn sent(&self, kind: Kind, bytes: usize) {
        self.sent[kind.index()].inc_by(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    pub(crate) fn received(&self, kind: Kind, bytes: usize) {
        self.received[kind.index()].inc_by(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    pub(crate) fn handshake(&self, handshake: Handshake) {
        count(&self.handshakes, handshake.label());
    }

    pub(crate) fn closed(&self, close: Close) {
        count(&self.closed, close.label());
    }

    pub(crate) fn violation(&self, misdeed: Misdeed) {
        count(&self.violations, misdeed.label());
    }

    pub(crate) fn dial_failed(&self, error: &DialError) {
        count(&self.dial_failures, error.label());
    }
}

fn family(
    registry: &Registry,
    (name, help): (&str, &str),
    (label, values): (&str, &[&'static str]),
) -> Result<BTreeMap<&'static str, IntCounter>, Error> {
    let counters = IntCounterVec::new(Opts::new(name, help), &[label])?;
    registry.register(Box::new(counters.clone()))?;
    Ok(values.iter().map(|value| (*value, counters.with_label_values(&[*value]))).collect())
}

fn count(family: &BTreeMap<&'static str, IntCounter>, label: &str) {
    if let Some(counter) = family.get(label) {
        counter.inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_is_there_from_the_start() {
        let registry = Registry::new();
        let metrics = Metrics::register(&registry).unwrap();
        metrics.violation(Misdeed::ForeignBulk);
        let names: Vec<(String, usize)> = registry
            .gather()
            .iter()
            .map(|family| (family.name().to_owned(), family.get_metric().len()))
            .collect();
        let expected = [
            ("troupe_net_bytes_total", 8),
            ("troupe_net_connections_closed_total", Close::ALL.len()),
            ("troupe_net_dial_failures_total", DialError::LABELS.len()),
            ("troupe_net_handshakes_total", 4),
            ("troupe_net_peers", 2),
            ("troupe_net_tells_dropped_total", 1),
            ("troupe_net_violations_total", 4),
        ];
        assert_eq!(names, expected.map(|(name, count)| (name.to_owned(), count)));
        assert!(matches!(Metrics::register(&registry), Err(Error::Metrics(_))));
    }
}
