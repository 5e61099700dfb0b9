//! What a run has shown.

use super::args::{Kind, LoadArgs};
use super::percentile::Ranked;
use super::processor::Used;
use super::tally::{Seen, Totals};
use crate::exit::Outcome;
use crate::output::{Report, columns};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Processor time between the first transaction that was sent and the last block.
#[derive(Debug, Clone, Default)]
pub(super) struct Cost {
    pub(super) nodes: Vec<Used>,
    /// Of the generator itself.
    pub(super) own: Duration,
}

/// What a run has shown.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    pub(super) totals: Totals,
    pub(super) begin: Instant,
    pub(super) cost: Cost,
    /// Time and processor time of signing.
    pub(super) signing: (Duration, Duration),
    /// How many nodes were sent to.
    pub(super) nodes: usize,
    /// Why sending ended early.
    pub(super) failed: Option<String>,
}

/// Transactions a second between the first and the last block, those of the first left out: when they
/// began to be made is not known. A single block counts from the first send.
fn rate(begin: Instant, blocks: &[Seen]) -> (f64, Duration) {
    let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else {
        return (0.0, Duration::ZERO);
    };
    let span = last.at.saturating_duration_since(first.at);
    let count: usize = blocks.iter().map(|block| block.ours).sum();
    let (count, span) = if span.is_zero() {
        (count, last.at.saturating_duration_since(begin))
    } else {
        (count - first.ours, span)
    };
    #[expect(clippy::cast_precision_loss, reason = "a count of transactions")]
    let count = count as f64;
    (count / span.as_secs_f64().max(1e-3), span)
}

impl Measured {
    pub(super) fn report(self, args: &LoadArgs) -> Outcome<Report> {
        let Self { totals, begin, cost, signing, nodes, failed } = self;
        let (rate, span) = rate(begin, &totals.blocks);
        let latency = Ranked::new(totals.latencies);
        let per = |time: Duration| 1_000.0 * time.as_secs_f64() / totals.committed.max(1) as f64;
        let kind = match args.kind {
            Kind::Ecdsa => "ecdsa",
            Kind::Sr25519 => "sr25519",
        };
        let refused: usize = totals.refused.values().sum();
        let mut rows = vec![
            (
                "transfers",
                format!(
                    "{} {kind}, of {} accounts, to {nodes} nodes",
                    args.txs,
                    args.senders.min(args.txs)
                ),
            ),
            ("committed", format!("{} in {} blocks", totals.committed, totals.blocks.len())),
            ("rate", format!("{rate:.0} a second for {:.1} s", span.as_secs_f64())),
            ("latency", latency.text()),
            ("refused", with_reasons(refused, &totals.refused)),
        ];
        if totals.missing > 0 {
            rows.push(("missing", format!("{} in no block", totals.missing)));
        }
        if !totals.delayed.is_empty() {
            rows.push(("sent again", with_reasons(totals.delayed.values().sum(), &totals.delayed)));
        }
        let mean = mean(&cost.nodes).map(per);
        if let Some(mean) = mean {
            let each: Vec<String> = cost
                .nodes
                .iter()
                .map(|used| format!("{} {:.3}", used.name, per(used.time)))
                .collect();
            rows.push((
                "processor",
                format!("{mean:.3} ms for a transaction and process: {}", each.join(", ")),
            ));
        }
        let signed = per(signing.1);
        rows.push((
            "generator",
            format!(
                "{:.3} ms for a transaction; before, {signed:.3} for signing it",
                per(cost.own)
            ),
        ));
        let json = json!({
            "kind": kind, "transactions": args.txs, "senders": args.senders.min(args.txs),
            "nodes": nodes, "committed": totals.committed, "blocks": totals.blocks.len(),
            "rate": rate, "seconds": span.as_secs_f64(), "latency_ms": latency.json(),
            "refused": totals.refused, "sent_again": totals.delayed, "missing": totals.missing,
            "processor_ms": {
                "mean": mean,
                "processes": cost.nodes.iter().map(|used| (used.name.clone(), json!(per(used.time))))
                    .collect::<BTreeMap<String, Value>>(),
                "generator": per(cost.own), "signing": signed,
            },
            "failed": failed,
        });
        let rows: Vec<Vec<String>> =
            rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect();
        let mut report = Report::new(columns(&rows), json);
        report.notes.extend(failed.map(|failure| format!("sending ended early: {failure}")));
        Ok(report)
    }
}

fn mean(nodes: &[Used]) -> Option<Duration> {
    let sum: Duration = nodes.iter().map(|used| used.time).sum();
    sum.checked_div(u32::try_from(nodes.len()).ok()?)
}

fn with_reasons(total: usize, reasons: &BTreeMap<String, usize>) -> String {
    let each: Vec<String> =
        reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    if each.is_empty() { total.to_string() } else { format!("{total}: {}", each.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_between_the_first_and_the_last_block() {
        let begin = Instant::now();
        let seen = |millis, ours| Seen { at: begin + Duration::from_millis(millis), ours };
        let span = Duration::from_millis(500);
        assert_eq!(rate(begin, &[seen(300, 70), seen(400, 10), seen(800, 40)]), (100.0, span));
        assert_eq!(rate(begin, &[seen(500, 50)]), (100.0, span));
        assert_eq!(rate(begin, &[]), (0.0, Duration::ZERO));
    }
}
