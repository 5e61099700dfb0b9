//! `executor`: hosts the ledger. Makes and executes blocks in the urgent pool, keeps what is final.

use crate::mempool::{Best, Settled};
use crate::validator::{Shared, Signers};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use troupe_chain::Recovered;
use troupe_chain::block::next_base_fee;
use troupe_chain::pool::{Sender, Wanted};
use troupe_chain::state::{Layered, StateView};
use troupe_consensus::{Block, CommitProof, Fill, MAX_BODY, Order, Outcome, Term};
use troupe_ledger::{Committed, Done, Job, Worker};
use troupe_runtime::{Actor, Cx, Driven, Drives, Fault, Handle, Link, Place, Pool, Reply};
use troupe_types::{Address, Bytes, Hash, Height, Millis};
use troupe_wire::{Lane, Message, Sequential};

/// Asked by consensus: make a block. The answer is the block and what it elects; `None` when its parent
/// can no longer become final.
#[derive(Debug)]
pub(crate) struct Build(pub(crate) Order);

/// Asked by consensus: execute a block. `None` when it can no longer become final.
#[derive(Debug)]
pub(crate) struct Execute(pub(crate) Arc<Block>);

/// Told by consensus: a block is final.
#[derive(Debug)]
pub(crate) struct Commit {
    pub(crate) hash: Hash,
    pub(crate) proof: CommitProof,
}

/// Asked by the pool: what does the last final state say of these senders?
#[derive(Debug)]
pub(crate) struct Look(pub(crate) Vec<Address>);

/// Asks for the last final block that is durable here.
#[derive(Debug)]
pub struct Head;

/// The answer to [`Head`].
#[derive(Debug, Clone)]
pub struct Headed {
    /// Its height.
    pub height: Height,
    /// Its hash.
    pub hash: Hash,
    /// The state after it.
    pub state: Layered,
}

impl Message for Build {
    type Reply = Option<(Block, Option<Term>)>;
    const NAME: &'static str = "build";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::secs(30);
}

impl Message for Execute {
    type Reply = Option<Outcome>;
    const NAME: &'static str = "execute";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::secs(30);
}

impl Message for Commit {
    type Reply = ();
    const NAME: &'static str = "commit";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::MAX;
}

impl Message for Look {
    type Reply = Vec<Sender>;
    const NAME: &'static str = "look";
}

impl Message for Head {
    type Reply = Headed;
    const NAME: &'static str = "head";
}

/// Bytes of jobs that may wait while the ledger is at work: blocks of several views.
const WAITING: Bytes = Bytes::mib(64);

type LedgerWorker = Worker<Signers, Sequential>;

pub(crate) struct Executor {
    shared: Arc<Shared>,
    worker: Driven<LedgerWorker>,
    pool: Link<Best>,
    settled: Link<Settled>,
    head: Headed,
    gas: troupe_types::Gas,
    last: u64,
    builds: BTreeMap<u64, (Order, Reply<Build>)>,
    executes: BTreeMap<u64, Reply<Execute>>,
    /// Final blocks on their way to the disk, in order.
    keeping: VecDeque<(Arc<Committed>, CommitProof, Layered)>,
    is_keeping: bool,
}

impl Executor {
    pub(crate) fn new(
        shared: Arc<Shared>,
        worker: LedgerWorker,
        pool: Link<Best>,
        settled: Link<Settled>,
    ) -> Result<Self, Fault> {
        let ledger = worker.ledger();
        let block = &ledger.head().block;
        let (height, hash) = (block.header().height, block.hash());
        let state = ledger.view(hash).map_err(|error| Fault::Restart(error.to_string()))?;
        let gas = block.header().gas_limit;
        Ok(Self {
            shared,
            worker: Driven::new(worker, Place::Pooled(Pool::Urgent), WAITING),
            pool,
            settled,
            head: Headed { height, hash, state },
            gas,
            last: 0,
            builds: BTreeMap::new(),
            executes: BTreeMap::new(),
            keeping: VecDeque::new(),
            is_keeping: false,
        })
    }

    fn give(&mut self, job: Job, weight: usize, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        // Consensus and the ledger must not come apart: what the one says the other has to do.
        cx.drive::<LedgerWorker>(self, (), job, Bytes::of(weight))?
            .map_err(|why| Fault::Restart(format!("the ledger takes no jobs: {why}")))
    }

    fn candidates(
        &mut self,
        id: u64,
        nonces: BTreeMap<Address, u64>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let Some((order, _)) = self.builds.get(&id) else { return Ok(()) };
        let order = *order;
        if order.fill == Fill::Nothing {
            return self.give(Job::Build { id, order, candidates: Vec::new() }, 64, cx);
        }
        let wanted =
            Wanted { gas: self.gas, bytes: Bytes::of(MAX_BODY), next: nonces, ..Wanted::default() };
        let pool = self.pool.clone();
        cx.ask(&pool, Best(wanted), move |executor, best, cx| {
            // Without a pool the block is empty.
            let candidates: Vec<Recovered> = best.unwrap_or_default();
            let weight = candidates.len() * size_of::<Recovered>();
            executor.give(Job::Build { id, order, candidates }, weight, cx)
        });
        Ok(())
    }

    /// Keeps final blocks one after the other, each before anybody hears of it.
    fn keep(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        if self.is_keeping {
            return Ok(());
        }
        let Some((committed, proof, _)) = self.keeping.front() else { return Ok(()) };
        let (vault, committed, proof) =
            (Arc::clone(&self.shared.vault), Arc::clone(committed), proof.clone());
        let job = move || {
            let mut vault = Shared::lock(&vault);
            vault.keep(&committed, &proof).map_err(|error| error.to_string())
        };
        let submitted = cx.pool(Pool::Urgent, job, |executor, kept, cx| {
            executor.is_keeping = false;
            match kept {
                Ok(Ok(())) => executor.kept(cx),
                Ok(Err(error)) => Err(Fault::Storage(error)),
                Err(why) => Err(Fault::Storage(format!("the write {why}"))),
            }
        });
        match submitted {
            Ok(()) => self.is_keeping = true,
            Err(_) => {
                cx.after(Millis(2), Self::keep);
            }
        }
        Ok(())
    }

    fn kept(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let Some((committed, _, state)) = self.keeping.pop_front() else { return Ok(()) };
        let header = committed.block.header();
        self.head = Headed { height: header.height, hash: committed.block.hash(), state };
        let touched = committed.changes.accounts.keys().copied().collect();
        let changed = self.senders(touched)?;
        let base_fee = next_base_fee(header, self.shared.base_fee_floor);
        // The pool looks again with the next block; what it keeps meanwhile is only stale.
        let _ = cx.tell(&self.settled, Settled { changed, base_fee });
        if self.keeping.is_empty() {
            self.give(Job::Freeze, 64, cx)?;
        }
        self.keep(cx)
    }

    fn senders(&self, addresses: Vec<Address>) -> Result<Vec<(Address, Sender)>, Fault> {
        let look = |address: Address| {
            let found = self.head.state.account(&address);
            let account = found.map_err(|error| Fault::Storage(error.to_string()))?;
            let account = account.unwrap_or_default();
            Ok((address, Sender { nonce: account.nonce, balance: account.balance }))
        };
        addresses.into_iter().map(look).collect()
    }

    fn flush(&mut self, to: Height, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let vault = Arc::clone(&self.shared.vault);
        let job = move || Shared::lock(&vault).flush_to(to).map_err(|error| error.to_string());
        // With a full pool it is tried again after the next block.
        let _ = cx.pool(Pool::Urgent, job, |executor, flushed, cx| match flushed {
            Ok(Ok(true)) => executor.give(Job::Flushed, 64, cx),
            Ok(Ok(false)) => Ok(()),
            Ok(Err(error)) => Err(Fault::Storage(error)),
            Err(why) => Err(Fault::Storage(format!("the flush {why}"))),
        });
        Ok(())
    }
}

impl Actor for Executor {
    const KIND: &'static str = "executor";
}

impl Drives<LedgerWorker> for Executor {
    type Key = ();

    fn driven(&mut self, (): ()) -> Option<&mut Driven<LedgerWorker>> {
        Some(&mut self.worker)
    }

    fn perform(&mut self, (): (), done: Done, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        match done {
            Done::Nonces { id, nonces } => self.candidates(id, nonces, cx),
            Done::Built { id, block, elected } => {
                if let Some((_, reply)) = self.builds.remove(&id) {
                    reply.send(Some((block, elected)), cx);
                }
                Ok(())
            }
            Done::Executed { id, outcome, .. } => {
                if let Some(reply) = self.executes.remove(&id) {
                    reply.send(Some(outcome), cx);
                }
                Ok(())
            }
            Done::Gone { id } => {
                if let Some((_, reply)) = self.builds.remove(&id) {
                    reply.send(None, cx);
                }
                if let Some(reply) = self.executes.remove(&id) {
                    reply.send(None, cx);
                }
                Ok(())
            }
            Done::Committed { committed, proof, view } => {
                self.keeping.push_back((Arc::new(committed), proof, view));
                self.keep(cx)
            }
            Done::Frozen(Some(to)) => self.flush(to, cx),
            Done::Frozen(None) | Done::Flushed => Ok(()),
            Done::Failed(error) => Err(Fault::Storage(error.to_string())),
        }
    }
}

impl Handle<Build> for Executor {
    fn handle(
        &mut self,
        Build(order): Build,
        reply: Reply<Build>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.last += 1;
        let (id, above) = (self.last, order.parent);
        self.builds.insert(id, (order, reply));
        self.give(Job::Nonces { id, above }, 64, cx)
    }
}

impl Handle<Execute> for Executor {
    fn handle(
        &mut self,
        Execute(block): Execute,
        reply: Reply<Execute>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.last += 1;
        let (id, weight) = (self.last, block.body.len());
        self.executes.insert(id, reply);
        self.give(Job::Execute { id, block }, weight, cx)
    }
}

impl Handle<Commit> for Executor {
    fn handle(
        &mut self,
        Commit { hash, proof }: Commit,
        _: Reply<Commit>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.give(Job::Commit { hash, proof }, 1_024, cx)
    }
}

impl Handle<Look> for Executor {
    fn handle(
        &mut self,
        Look(addresses): Look,
        reply: Reply<Look>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let senders = self.senders(addresses)?.into_iter().map(|(_, sender)| sender).collect();
        reply.send(senders, cx);
        Ok(())
    }
}

impl Handle<Head> for Executor {
    fn handle(
        &mut self,
        Head: Head,
        reply: Reply<Head>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        reply.send(self.head.clone(), cx);
        Ok(())
    }
}
