//! What Prometheus is told of elections.

use prometheus::{IntCounter, IntGauge};
use troupe_ledger::Standing;
use troupe_runtime::{Error, Node};
use troupe_types::{Epoch, NodeId};

#[derive(Debug, Clone)]
pub(super) struct Metrics {
    round: IntGauge,
    period: IntGauge,
    seats: IntGauge,
    in_office: IntGauge,
    in_office_next: IntGauge,
    candidate: IntGauge,
    status: IntGauge,
    votes: IntGauge,
    elections: IntCounter,
    newcomers: IntCounter,
    outdated: IntGauge,
}

fn number(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

impl Metrics {
    pub(super) fn register(node: &Node) -> Result<Self, Error> {
        let gauge =
            |name: &str, help: &str| IntGauge::new(name, help).expect("the names are valid");
        let counter =
            |name: &str, help: &str| IntCounter::new(name, help).expect("the names are valid");
        let it = Self {
            round: gauge("troupe_elector_round", "The round of the next block."),
            period: gauge("troupe_elector_settlement_epoch", "The settlement epoch, from 1."),
            seats: gauge("troupe_elector_seats", "How many validate in the round."),
            in_office: gauge("troupe_elector_in_office", "1 while this node is one of them."),
            in_office_next: gauge(
                "troupe_elector_in_office_next",
                "1 once this node is elected for the round after.",
            ),
            candidate: gauge(
                "troupe_elector_alternative",
                "1 while this node may be elected in the settlement epoch.",
            ),
            status: gauge(
                "troupe_elector_status",
                "A bit for each thing that happened to this node's candidate; 0 for a candidate, -1 for none.",
            ),
            votes: gauge(
                "troupe_elector_votes_lat",
                "Votes of this node's candidate, in whole LAT.",
            ),
            elections: counter("troupe_elector_elections_total", "Elections seen."),
            newcomers: counter(
                "troupe_elector_newcomers_total",
                "Validators elected that were not in the round before.",
            ),
            outdated: gauge(
                "troupe_elector_outdated",
                "1 while a version was voted for that this program does not know.",
            ),
        };
        let metrics = node.metrics();
        let gauges = [
            &it.round,
            &it.period,
            &it.seats,
            &it.in_office,
            &it.in_office_next,
            &it.candidate,
            &it.status,
            &it.votes,
            &it.outdated,
        ];
        for gauge in gauges {
            metrics.register(gauge.clone())?;
        }
        metrics.register(it.elections.clone())?;
        metrics.register(it.newcomers.clone())?;
        Ok(it)
    }

    /// A round that the genesis schedules.
    pub(super) fn scheduled(&self, epoch: Epoch, seats: usize, is_in: bool) {
        self.round.set(number(epoch.0));
        self.seats.set(number(seats));
        self.in_office.set(is_in.into());
    }

    /// A round that stakes elected.
    pub(super) fn stands(&self, now: &Standing, me: &NodeId) {
        self.scheduled(now.round.epoch, now.round.nodes.len(), now.round.has(me));
        self.period.set(number(now.period));
        self.in_office_next.set(now.next.as_ref().is_some_and(|next| next.has(me)).into());
        self.candidate.set(now.candidate.is_some_and(|one| one.is_alternative).into());
        self.status.set(now.candidate.map_or(-1, |one| one.status.0.into()));
        self.votes.set(now.candidate.map_or(0, |one| number(one.votes)));
        self.outdated.set((!now.knows_upcoming).into());
    }

    pub(super) fn elected(&self, newcomers: usize) {
        self.elections.inc();
        self.newcomers.inc_by(newcomers as u64);
    }
}
