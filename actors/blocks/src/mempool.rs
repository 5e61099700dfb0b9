//! `mempool`: transactions that wait for a block.

mod messages;
mod serve;

pub(crate) use messages::{Best, Settled, Waiting};
pub use messages::{NextNonce, PoolContent, PoolStatus, Pooled, Submit, Submitted};

use crate::executor::Look;
use crate::shared::Shared;
use std::sync::Arc;
use troupe_chain::pool::{Limits, Pool, Sender};
use troupe_chain::transaction::{Recovered, Transaction, recover};
use troupe_runtime::{Actor, Cx, Fault, Handle, Link, Node, Pool as Threads, Reply};
use troupe_wire::CallError;

pub(crate) struct Mempool {
    shared: Arc<Shared>,
    pool: Pool,
    executor: Link<Look>,
    consensus: Link<Waiting>,
}

impl Mempool {
    pub(crate) fn new(shared: Arc<Shared>, node: &Node, limits: Limits, base_fee: u64) -> Self {
        let pool = Pool::new(limits, base_fee);
        // A pool that fell left its own behind.
        shared.signers.clear();
        let (executor, consensus) = (node.link("executor"), node.link("consensus"));
        Self { shared, pool, executor, consensus }
    }

    fn let_in(
        &mut self,
        recovered: Recovered,
        sender: Sender,
        reply: Reply<Submit>,
        cx: &mut Cx<'_, Self>,
    ) {
        let hash = recovered.hash();
        let outcome = self.pool.insert(recovered.clone(), sender, cx.now().mono);
        if let Ok(inserted) = &outcome {
            self.shared.signers.learn(recovered);
            self.shared.watch.arrive(hash);
            let gone = inserted.replaced.iter().chain(&inserted.evicted);
            self.shared.signers.forget(gone.map(Recovered::hash));
        }
        reply.send(outcome.map(|_| hash), cx);
        self.say_waiting(cx);
    }

    fn say_waiting(&mut self, cx: &mut Cx<'_, Self>) {
        let status = self.pool.status();
        self.shared.metrics.waiting(status.executable, status.queued);
        let is_waiting = status.executable > 0;
        // Said again with the next transaction and the next block.
        let _ = cx.tell(&self.consensus, Waiting(is_waiting));
    }
}

impl Actor for Mempool {
    const KIND: &'static str = "mempool";
}

impl Handle<Submit> for Mempool {
    fn handle(
        &mut self,
        Submit(envelope): Submit,
        reply: Reply<Submit>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let rules = self.shared.rules;
        let job = move || {
            let transaction = Transaction::decode(&envelope)?;
            rules.check_for_pool(&transaction)?;
            recover(transaction)
        };
        // A full pool drops the reply: the asker hears that it was lost, and may try again.
        let _ = cx.pool(Threads::Urgent, job, move |mempool, recovered, cx| {
            let recovered = match recovered {
                Ok(Ok(recovered)) => recovered,
                Ok(Err(invalid)) => {
                    reply.send(Err(invalid), cx);
                    return Ok(());
                }
                Err(_) => return Ok(()),
            };
            let executor = mempool.executor.clone();
            cx.ask(&executor, Look(vec![recovered.sender()]), move |mempool, seen, cx| {
                let seen: Result<Vec<Sender>, CallError> = seen;
                if let Some(sender) = seen.ok().and_then(|mut seen| seen.pop()) {
                    mempool.let_in(recovered, sender, reply, cx);
                }
                Ok(())
            });
            Ok(())
        });
        Ok(())
    }
}

impl Handle<Settled> for Mempool {
    fn handle(
        &mut self,
        Settled { changed, base_fee }: Settled,
        _: Reply<Settled>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.pool.set_base_fee(base_fee);
        let mut gone = self.pool.refresh(changed);
        gone.extend(self.pool.expire(cx.now().mono));
        self.shared.signers.forget(gone.iter().map(Recovered::hash));
        self.say_waiting(cx);
        Ok(())
    }
}
