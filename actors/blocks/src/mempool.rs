//! `mempool`: transactions that wait for a block.

use crate::executor::Look;
use crate::validator::Shared;
use std::sync::Arc;
use troupe_chain::Invalid;
use troupe_chain::pool::{Limits, Pool, Sender, Wanted};
use troupe_chain::transaction::{Recovered, Transaction, recover};
use troupe_runtime::{Actor, Cx, Fault, Handle, Link, Pool as Threads, Reply};
use troupe_types::{Address, Bytes, Hash};
use troupe_wire::{CallError, Lane, Message};

/// Asked by whoever has a transaction, as its envelope: let it in.
#[derive(Debug)]
pub struct Submit(pub Vec<u8>);

/// The answer to [`Submit`]: its hash, or why it was not let in.
pub type Submitted = Result<Hash, Invalid>;

/// Asked by the executor: what goes into a block?
#[derive(Debug)]
pub(crate) struct Best(pub(crate) Wanted);

/// Told by the executor: a block is final.
#[derive(Debug)]
pub(crate) struct Settled {
    /// Accounts that it changed.
    pub(crate) changed: Vec<(Address, Sender)>,
    /// The base fee of the next one.
    pub(crate) base_fee: u64,
}

/// Told to consensus: is there anything for a block?
#[derive(Debug)]
pub(crate) struct Waiting(pub(crate) bool);

impl Message for Submit {
    type Reply = Submitted;
    const NAME: &'static str = "submit";
    const LANE: Lane = Lane::Bulk;

    fn weight(&self) -> Bytes {
        Bytes::of(self.0.len())
    }
}

impl Message for Best {
    type Reply = Vec<Recovered>;
    const NAME: &'static str = "best";
    const LANE: Lane = Lane::Control;
}

impl Message for Settled {
    type Reply = ();
    const NAME: &'static str = "settled";
    const LANE: Lane = Lane::Control;
}

impl Message for Waiting {
    type Reply = ();
    const NAME: &'static str = "waiting";
    const LANE: Lane = Lane::Control;
}

pub(crate) struct Mempool {
    shared: Arc<Shared>,
    pool: Pool,
    executor: Link<Look>,
    consensus: Link<Waiting>,
}

impl Mempool {
    pub(crate) fn new(
        shared: Arc<Shared>,
        base_fee: u64,
        executor: Link<Look>,
        consensus: Link<Waiting>,
    ) -> Self {
        let pool = Pool::new(Limits::default(), base_fee);
        // A pool that fell left its own behind.
        shared.signers.clear();
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
            let gone = inserted.replaced.iter().chain(&inserted.evicted);
            self.shared.signers.forget(gone.map(Recovered::hash));
        }
        reply.send(outcome.map(|_| hash), cx);
        self.say_waiting(cx);
    }

    fn say_waiting(&mut self, cx: &mut Cx<'_, Self>) {
        let is_waiting = self.pool.status().executable > 0;
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

impl Handle<Best> for Mempool {
    fn handle(
        &mut self,
        Best(wanted): Best,
        reply: Reply<Best>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        reply.send(self.pool.best(&wanted), cx);
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
