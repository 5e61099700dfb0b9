//! `elector`: says of every round who validates in it, and what that is to this node.
//!
//! Who is elected is a rule of the chain, decided where blocks are executed; here it becomes gauges and lines of the log.

mod metrics;

use crate::shared::Shared;
use metrics::Metrics;
use std::sync::Arc;
use troupe_chain::state::Layered;
use troupe_ledger::{Standing, standing};
use troupe_runtime::{Actor, Cx, Fault, Handle, Node, Pool, Reply};
use troupe_types::{Epoch, Height, Millis, NodeId};
use troupe_wire::{Lane, Message};

/// Told by the executor: a final block is durable.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) height: Height,
    pub(crate) epoch: Epoch,
    /// Whether it elects.
    pub(crate) elects: bool,
    /// The state after it.
    pub(crate) state: Layered,
}

impl Message for Decided {
    type Reply = ();
    const NAME: &'static str = "decided";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::MAX;
}

pub(crate) struct Elector {
    shared: Arc<Shared>,
    me: NodeId,
    metrics: Metrics,
    /// The epoch of the last block that was looked at.
    epoch: Option<Epoch>,
    last: Option<Standing>,
    /// The last round whose place was told.
    told: Option<Epoch>,
}

impl Elector {
    pub(crate) fn new(shared: Arc<Shared>, node: &Node, me: NodeId) -> Result<Self, Fault> {
        let metrics = Metrics::register(node).map_err(|error| Fault::Fatal(error.to_string()))?;
        Ok(Self { shared, me, metrics, epoch: None, last: None, told: None })
    }

    fn stands(&mut self, now: Standing) {
        let me = self.me;
        self.metrics.stands(&now, &me);
        if let Some(next) = &now.next
            && self.told < Some(next.epoch)
        {
            self.told = Some(next.epoch);
            self.metrics.elected(next.newcomers(&now.round));
            let (epoch, first, last) = (next.epoch, next.first, next.last);
            match (now.round.has(&me), next.has(&me)) {
                (false, true) => {
                    tracing::info!(%epoch, %first, %last, "this node was elected: it validates next");
                }
                (true, false) => {
                    tracing::info!(%epoch, %first, "this node was not elected again: it only follows then");
                }
                (true, true) => tracing::debug!(%epoch, "this node was elected again"),
                (false, false) => {}
            }
        }
        let before = self.last.as_ref().and_then(|last| last.candidate);
        let status = |one: Option<troupe_ledger::Candidate>| one.map(|one| one.status);
        if self.last.is_some() && status(before) != status(now.candidate) {
            match now.candidate {
                Some(one) if one.status.is_valid() => {
                    tracing::info!(votes = one.votes, "this node is a candidate");
                }
                Some(one) => tracing::warn!(status = %one.status, "this node is no candidate"),
                None => tracing::warn!("this node is a candidate no more"),
            }
        }
        if let Some((version, from)) = &now.upcoming
            && !now.knows_upcoming
        {
            tracing::warn!(
                %version,
                round = %from,
                "a newer version will be in force: without it this node stops before that round"
            );
        }
        self.last = Some(now);
    }
}

impl Actor for Elector {
    const KIND: &'static str = "elector";
}

impl Handle<Decided> for Elector {
    fn handle(
        &mut self,
        decided: Decided,
        _: Reply<Decided>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let Decided { height, epoch, elects, state } = decided;
        let is_news = elects || self.epoch != Some(epoch);
        self.epoch = Some(epoch);
        if !is_news {
            return Ok(());
        }
        if !self.shared.offices.is_staked() {
            if let Ok(roster) = self.shared.offices.roster(epoch) {
                let is_in = roster.validators.iter().any(|one| one.node == self.me);
                self.metrics.scheduled(epoch, roster.validators.len(), is_in);
            }
            return Ok(());
        }
        let me = self.me;
        let job = move || standing(&state, &me).map_err(|error| error.to_string());
        // With a full pool the next round is told.
        let _ = cx.pool(Pool::Jobs, job, move |elector, looked, _| {
            match looked {
                Ok(Ok(Some(now))) => elector.stands(now),
                Ok(Ok(None)) => {}
                Ok(Err(error)) => tracing::warn!(%error, %height, "the election was not read"),
                Err(why) => tracing::warn!(%why, %height, "the election was not read"),
            }
            Ok(())
        });
        Ok(())
    }
}
