//! What the node offers is listed on the chain.

use crate::actor::{AGAIN, Market};
use crate::duties::{Became, again};
use crate::leave::leaving;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use troupe_market::call::abi::DataRegistry::Dataset;
use troupe_market::contract::DATA;
use troupe_market::data::Listing;
use troupe_market::message::{Offer, Unseen};
use troupe_market::offer::{changes, check, numbers};
use troupe_runtime::{Cx, Fault, Handle, Reply};
use troupe_types::{Hash, Millis};

/// Offers that wait for the one before.
const WAITING: usize = 8;
/// What the chain refused so often is not tried again.
const TRIES: u32 = 3;
/// How soon something is handed in again that the account did not take.
const PAUSE: Millis = Millis::secs(2);

/// Offers, one after the other.
#[derive(Default)]
pub(crate) struct Offers {
    waiting: VecDeque<(Vec<Listing>, Reply<Offer>)>,
    /// The changes of the first one that are on their way.
    out: usize,
    is_busy: bool,
    /// How often the chain has refused a change.
    tries: BTreeMap<Hash, u32>,
}

impl Handle<Offer> for Market {
    fn handle(
        &mut self,
        Offer(offered): Offer,
        reply: Reply<Offer>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let (got, most) = (self.offers.waiting.len(), WAITING);
        if cx.node().is_draining() {
            reply.send(Err(leaving()), cx);
        } else if got >= most {
            reply.send(Err(Unseen::TooMany { what: "offers", got, most }), cx);
        } else if let Err(wrong) = check(&self.opening.node, &offered) {
            reply.send(Err(Unseen::Refused(wrong.to_string())), cx);
        } else {
            self.offers.waiting.push_back((offered, reply));
            if !self.offers.is_busy {
                self.list(cx);
            }
        }
        Ok(())
    }
}

impl Market {
    /// Goes on with the first offer: finds out what is listed.
    fn list(&mut self, cx: &mut Cx<'_, Self>) {
        self.offers.is_busy = !self.offers.waiting.is_empty();
        if !self.offers.is_busy {
            self.offers.tries.clear();
            return;
        }
        let (chain, clock) = (Arc::clone(&self.chain), Arc::clone(cx.node().clock()));
        let listed = async move {
            while !chain.reader.is_there() {
                clock.alarm(clock.now().mono.plus(AGAIN)).await;
            }
            chain.datasets().await
        };
        self.when(cx, listed, |market, listed, cx| match listed {
            Ok(listed) => market.change(&listed, cx),
            Err(error) => {
                tracing::debug!(%error, "data sets not read");
                market.later(cx, PAUSE, |market, cx| {
                    market.list(cx);
                    Ok(())
                });
                Ok(())
            }
        });
    }

    /// Does what is missing, or answers.
    fn change(&mut self, listed: &[Dataset], cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let Some((offered, _)) = self.offers.waiting.front() else { return Ok(()) };
        let node = self.opening.node;
        let missing = changes(&node, listed, offered);
        if missing.is_empty() {
            let found = numbers(&node, listed, offered);
            let found = found.ok_or_else(|| Unseen::Refused("something is not listed".to_owned()));
            self.answer(found, cx);
            return Ok(());
        }
        let (chain_id, me) = (self.chain.reader.chain_id(), self.opening.account);
        let ids: Vec<Hash> = missing.iter().map(|change| change.id(chain_id, &me)).collect();
        let tries = |id: &Hash| self.offers.tries.get(id).copied().unwrap_or(0);
        if ids.iter().any(|id| tries(id) >= TRIES) {
            let text = "a data set cannot be listed as it is; has the account funds for it?";
            tracing::warn!(account = %me, "{text}");
            self.answer(Err(Unseen::Refused(text.to_owned())), cx);
            return Ok(());
        }
        tracing::info!(changes = missing.len(), "data sets are listed");
        self.offers.out = missing.len();
        for (id, change) in ids.into_iter().zip(missing) {
            let what = (again(id, self.offers.tries.get(&id).copied().unwrap_or(0)), DATA, 0);
            self.submit(what, (change.call(), 0), cx, move |market, became, cx| {
                market.changed(id, became, cx);
                Ok(())
            })?;
        }
        Ok(())
    }

    fn changed(&mut self, id: Hash, became: Became, cx: &mut Cx<'_, Self>) {
        if became == Became::Failed {
            *self.offers.tries.entry(id).or_default() += 1;
        }
        self.offers.out = self.offers.out.saturating_sub(1);
        if self.offers.out > 0 {
            return;
        }
        // What is in a block may not be in the state yet that is read.
        let pause = if became == Became::Done { AGAIN } else { PAUSE };
        self.later(cx, pause, |market, cx| {
            market.list(cx);
            Ok(())
        });
    }

    /// Answers all whose data sets are not listed yet. What is on its way to the chain may still get there.
    pub(crate) fn refuse_offers(&mut self, cx: &mut Cx<'_, Self>) {
        for (_, reply) in std::mem::take(&mut self.offers.waiting) {
            reply.send(Err(leaving()), cx);
        }
    }

    fn answer(&mut self, found: Result<Vec<u64>, Unseen>, cx: &mut Cx<'_, Self>) {
        if let Some((_, reply)) = self.offers.waiting.pop_front() {
            reply.send(found, cx);
        }
        self.list(cx);
    }
}
