//! `mempool`: transactions that wait for a block.
//!
//! What comes in waits until a job in the urgent pool has found out who signed it, as many at a time as
//! have come in since the last job; then one look at their senders' accounts, and they are in the pool and
//! on their way to others.

mod gossip;
mod intake;
mod judge;
mod messages;
mod serve;

pub(crate) use messages::{Again, Best, Settled, Waiting};
pub use messages::{NextNonce, PoolContent, PoolStatus, Pooled, Submit, Submitted};

use crate::executor::{Head, Look};
use crate::shared::Shared;
use gossip::Links;
use intake::{Incoming, Intake};
use judge::{Judged, is_fault, judge};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use troupe_chain::gossip::{Fault as Blame, Gossip, Source};
use troupe_chain::message::Announced;
use troupe_chain::pool::{Limits, Pool, Sender};
use troupe_chain::transaction::Recovered;
use troupe_chain::{Invalid, Recovered as Transaction};
use troupe_runtime::{Actor, Cx, Fault, Handle, Link, Node, Pool as Threads, Reply};
use troupe_types::{Address, Hash, Millis, NodeId};
use troupe_wire::CallError;

/// The most envelopes in one job: less than ten milliseconds of a thread for which consensus may wait.
const BATCH: usize = 256;
/// How soon something is tried again that found no room.
const AGAIN: Millis = Millis(2);

pub(crate) struct Mempool {
    shared: Arc<Shared>,
    pool: Pool,
    intake: Intake,
    is_judging: bool,
    gossip: Gossip,
    links: BTreeMap<NodeId, Links>,
    validators: BTreeSet<NodeId>,
    /// When a timer looks what is to be said.
    flush_at: Option<Millis>,
    /// A word to itself is on its way.
    is_woken: bool,
    /// How many could go into a block when consensus was told last.
    said: usize,
    executor: Link<Look>,
    head: Link<Head>,
    consensus: Link<Waiting>,
    myself: Link<Again>,
}

/// A transaction whose sender was found out, and whom that interests.
struct Candidate {
    transaction: Transaction,
    envelope: Vec<u8>,
    source: Source,
    reply: Option<Reply<Submit>>,
}

impl Mempool {
    pub(crate) fn new(
        shared: Arc<Shared>,
        node: &Node,
        me: NodeId,
        limits: Limits,
        base_fee: u64,
    ) -> Self {
        // A pool that fell left its own behind.
        shared.signers.clear();
        Self {
            shared,
            pool: Pool::new(limits, base_fee),
            intake: Intake::default(),
            is_judging: false,
            gossip: Gossip::new(me),
            links: BTreeMap::new(),
            validators: BTreeSet::new(),
            flush_at: None,
            said: 0,
            is_woken: false,
            executor: node.link("executor"),
            head: node.link("executor"),
            consensus: node.link("consensus"),
            myself: node.link("mempool"),
        }
    }

    /// Goes on with what waits, outside of the call being handled: what is asked then has its own time.
    fn wake(&mut self, cx: &mut Cx<'_, Self>) {
        if self.is_woken {
            return;
        }
        self.is_woken = true;
        if cx.tell(&self.myself, Again).is_err() {
            cx.after(AGAIN, Self::go_on);
        }
    }

    fn go_on(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.is_woken = false;
        self.begin(cx);
        self.speak(cx);
        Ok(())
    }

    /// Starts on what has come in, unless a job is under way.
    fn begin(&mut self, cx: &mut Cx<'_, Self>) {
        if self.is_judging || self.intake.is_empty() {
            return;
        }
        let mut batch = self.intake.take(BATCH);
        let envelopes: Vec<Vec<u8>> =
            batch.iter_mut().map(|incoming| std::mem::take(&mut incoming.envelope)).collect();
        let (rules, signers) = (self.shared.rules, self.shared.signers.clone());
        let forks = cx.node().forks();
        let job = move || {
            let judged = judge(envelopes.iter().map(Vec::as_slice), &rules, &signers, &forks);
            (envelopes, judged)
        };
        // A full pool drops the replies: the askers hear that they were lost, and may try again.
        let submitted = cx.pool(Threads::Urgent, job, move |mempool, outcome, cx| {
            mempool.is_judging = false;
            if let Ok((envelopes, judged)) = outcome {
                mempool.judged(batch, envelopes, judged, cx);
            }
            mempool.wake(cx);
            Ok(())
        });
        match submitted {
            Ok(()) => self.is_judging = true,
            Err(_) => {
                cx.after(AGAIN, |mempool, cx| {
                    mempool.begin(cx);
                    Ok(())
                });
            }
        }
    }

    fn judged(
        &mut self,
        batch: Vec<Incoming>,
        envelopes: Vec<Vec<u8>>,
        judged: Vec<Judged>,
        cx: &mut Cx<'_, Self>,
    ) {
        let mut candidates = Vec::with_capacity(batch.len());
        for ((incoming, envelope), judged) in batch.into_iter().zip(envelopes).zip(judged) {
            let Incoming { source, reply, .. } = incoming;
            match judged {
                Judged::Sound(transaction) => {
                    candidates.push(Candidate { transaction, envelope, source, reply });
                }
                Judged::Known => self.refuse(None, Invalid::AlreadyKnown, source, reply, cx),
                Judged::Refused(hash, invalid) => self.refuse(hash, invalid, source, reply, cx),
            }
        }
        if candidates.is_empty() {
            return;
        }
        let senders: BTreeSet<Address> =
            candidates.iter().map(|candidate| candidate.transaction.sender()).collect();
        let asked: Vec<Address> = senders.into_iter().collect();
        let executor = self.executor.clone();
        cx.ask(&executor, Look(asked.clone()), move |mempool, seen, cx| {
            let seen: Result<Vec<Sender>, CallError> = seen;
            // Nobody knows of the state: the askers hear that they were lost.
            let Ok(seen) = seen else { return Ok(()) };
            let senders: BTreeMap<Address, Sender> = asked.into_iter().zip(seen).collect();
            mempool.let_in(candidates, &senders, cx);
            Ok(())
        });
    }

    fn refuse(
        &mut self,
        hash: Option<Hash>,
        invalid: Invalid,
        source: Source,
        reply: Option<Reply<Submit>>,
        cx: &mut Cx<'_, Self>,
    ) {
        if let Source::Peer(peer) = source {
            let blame = if is_fault(&invalid) { Blame::Invalid } else { Blame::Useless };
            if invalid != Invalid::AlreadyKnown {
                self.gossip.blame(cx.now().mono, peer, blame, 1);
            }
            hash.iter().for_each(|hash| self.gossip.gone(hash));
        }
        if let Some(reply) = reply {
            reply.send(Err(invalid), cx);
        }
    }

    fn let_in(
        &mut self,
        candidates: Vec<Candidate>,
        senders: &BTreeMap<Address, Sender>,
        cx: &mut Cx<'_, Self>,
    ) {
        let now = cx.now().mono;
        let (mut learned, mut gone) = (Vec::with_capacity(candidates.len()), Vec::new());
        for Candidate { transaction, envelope, source, reply } in candidates {
            let hash = transaction.hash();
            let Some(sender) = senders.get(&transaction.sender()) else { continue };
            let inserted = match self.pool.insert(transaction.clone(), *sender, now) {
                Ok(inserted) => inserted,
                Err(invalid) => {
                    self.refuse(Some(hash), invalid, source, reply, cx);
                    continue;
                }
            };
            gone.extend(inserted.replaced);
            gone.extend(inserted.evicted);
            let whole = (source == Source::Local).then_some(envelope);
            self.gossip.added(now, Announced::of(&transaction), whole, source);
            learned.push(transaction);
            self.shared.watch.arrive(hash);
            if let Some(reply) = reply {
                reply.send(Ok(hash), cx);
            }
        }
        self.shared.signers.learn(learned);
        self.forget(&gone);
        self.say_waiting(cx);
        self.wake(cx);
    }

    /// They are out of the pool.
    fn forget(&mut self, gone: &[Transaction]) {
        for transaction in gone {
            self.gossip.gone(&transaction.hash());
        }
        self.shared.signers.forget(gone.iter().map(Recovered::hash));
    }

    fn say_waiting(&mut self, cx: &mut Cx<'_, Self>) {
        let status = self.pool.status();
        self.shared.metrics.waiting(status.executable, status.queued);
        self.said = status.executable;
        let is_waiting = status.executable > 0;
        // Said again with the next transaction and the next block.
        let _ = cx.tell(&self.consensus, Waiting(is_waiting));
    }
}

impl Actor for Mempool {
    const KIND: &'static str = "mempool";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        cx.after(Millis::ZERO, Self::look);
        Ok(())
    }
}

impl Handle<Submit> for Mempool {
    fn handle(
        &mut self,
        Submit(envelope): Submit,
        reply: Reply<Submit>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let incoming = Incoming { envelope, source: Source::Local, reply: Some(reply) };
        if let Err(Incoming { reply: Some(reply), .. }) = self.intake.push(incoming) {
            reply.send(Err(Invalid::PoolFull), cx);
            return Ok(());
        }
        self.begin(cx);
        Ok(())
    }
}

impl Handle<Again> for Mempool {
    fn handle(
        &mut self,
        Again: Again,
        _: Reply<Again>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.go_on(cx)
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
        let is_empty = changed.is_empty();
        let mut gone = self.pool.refresh(changed);
        gone.extend(self.pool.expire(cx.now().mono));
        self.forget(&gone);
        // After an empty block the same ones wait, and may all be in blocks that are not final yet.
        if !is_empty || self.pool.status().executable > self.said {
            self.say_waiting(cx);
        }
        Ok(())
    }
}
