//! What Prometheus is told of the chain.

use crate::pen::Unsigned;
use prometheus::{
    Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
};
use std::time::Duration;
use troupe_chain::Block;
use troupe_consensus::{Place, Signature};
use troupe_runtime::{Error, Node};
use troupe_types::{Height, UnixMillis};

/// The metrics of one chain. Clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    head: IntGauge,
    committed: IntGauge,
    transactions: IntCounter,
    view: IntGauge,
    epoch: IntGauge,
    finality: Histogram,
    evidence: IntCounter,
    silent: IntGauge,
    signer: IntCounterVec,
    signing: Histogram,
    pool: IntGaugeVec,
    target: IntGauge,
}

/// From a fraction of a block's time to what a dead validator costs.
const FINALITY: [f64; 12] = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0];

/// From a signer beside the node to one that does not answer.
const SIGNING: [f64; 10] = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0];

impl Metrics {
    pub(crate) fn register(node: &Node) -> Result<Self, Error> {
        let gauge =
            |name: &str, help: &str| IntGauge::new(name, help).expect("the names are valid");
        let counter =
            |name: &str, help: &str| IntCounter::new(name, help).expect("the names are valid");
        let finality = HistogramOpts::new(
            "troupe_consensus_finality_seconds",
            "Time from a block's time stamp until it is final and durable here.",
        );
        let pool = Opts::new("troupe_mempool_transactions", "Transactions that wait.");
        let signer = Opts::new(
            "troupe_signer_calls_total",
            "Calls of a signer elsewhere, by what came of them.",
        );
        let signing = HistogramOpts::new(
            "troupe_signer_call_seconds",
            "How long calls of a signer elsewhere took, whatever came of them.",
        );
        let it = Self {
            head: gauge("troupe_chain_head_height", "The highest block that is certified."),
            committed: gauge(
                "troupe_chain_committed_height",
                "The highest block that is final and durable.",
            ),
            transactions: counter(
                "troupe_chain_transactions_total",
                "Transactions in blocks that became final.",
            ),
            view: gauge("troupe_consensus_view", "The view of the epoch that is worked on."),
            epoch: gauge("troupe_consensus_epoch", "The epoch that is worked on."),
            finality: Histogram::with_opts(finality.buckets(FINALITY.to_vec()))
                .expect("the buckets ascend"),
            evidence: counter(
                "troupe_consensus_evidence_total",
                "Proofs seen that a validator contradicted itself.",
            ),
            silent: gauge(
                "troupe_consensus_silent",
                "1 while this validator watches whether another process votes with its key.",
            ),
            signer: IntCounterVec::new(signer, &["outcome"]).expect("the names are valid"),
            signing: Histogram::with_opts(signing.buckets(SIGNING.to_vec()))
                .expect("the buckets ascend"),
            pool: IntGaugeVec::new(pool, &["state"]).expect("the names are valid"),
            target: gauge(
                "troupe_sync_target_height",
                "The height that is being caught up to; 0 while nothing is.",
            ),
        };
        let metrics = node.metrics();
        metrics.register(it.head.clone())?;
        metrics.register(it.committed.clone())?;
        metrics.register(it.transactions.clone())?;
        metrics.register(it.view.clone())?;
        metrics.register(it.epoch.clone())?;
        metrics.register(it.finality.clone())?;
        metrics.register(it.evidence.clone())?;
        metrics.register(it.silent.clone())?;
        metrics.register(it.signer.clone())?;
        metrics.register(it.signing.clone())?;
        metrics.register(it.pool.clone())?;
        metrics.register(it.target.clone())?;
        Ok(it)
    }

    /// What came of a call of a signer elsewhere, and how long that took.
    pub(crate) fn signed_elsewhere(&self, outcome: &Result<Signature, Unsigned>, took: Duration) {
        let label = outcome.as_ref().map_or_else(Unsigned::label, |_| "signed");
        self.signer.with_label_values(&[label]).inc();
        self.signing.observe(took.as_secs_f64());
    }

    pub(crate) fn silent(&self, is_silent: bool) {
        self.silent.set(i64::from(is_silent));
    }

    pub(crate) fn begun(&self, height: Height) {
        self.head.set(whole(height.0));
        self.committed.set(whole(height.0));
    }

    pub(crate) fn committed(&self, block: &Block, now: UnixMillis) {
        let header = block.header();
        self.committed.set(whole(header.height.0));
        self.transactions.inc_by(block.body().transactions.len() as u64);
        let age = now.0.saturating_sub(header.time.0);
        self.finality.observe(std::time::Duration::from_millis(age).as_secs_f64());
    }

    pub(crate) fn certified(&self, height: Height) {
        if whole(height.0) > self.head.get() {
            self.head.set(whole(height.0));
        }
    }

    pub(crate) fn entered(&self, place: Place) {
        self.epoch.set(whole(place.epoch.0));
        self.view.set(whole(place.view.0));
    }

    pub(crate) fn contradicted(&self) {
        self.evidence.inc();
    }

    pub(crate) fn waiting(&self, executable: usize, queued: usize) {
        self.pool.with_label_values(&["executable"]).set(whole(executable as u64));
        self.pool.with_label_values(&["queued"]).set(whole(queued as u64));
    }

    pub(crate) fn aim(&self, target: Option<Height>) {
        self.target.set(whole(target.map_or(0, |height| height.0)));
    }
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
